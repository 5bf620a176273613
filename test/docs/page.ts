// A page of documentation as a program: its blocks of TypeScript, and the values that its comments and tables show.

/** A value that a trailing comment shows: of a constant, or of one feature of a view. */
export interface ShownValue {
  /** The line of the page, from 1. */
  readonly line: number;
  readonly constant: string;
  readonly feature: string | null;
  readonly text: string;
}

/** A table that shows rows of a training set: `call` is what builds it. */
export interface ShownTable {
  readonly line: number;
  readonly call: { readonly service: string; readonly labels: string; readonly options: string };
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** A page, read. */
export interface Page {
  /** All blocks in one file; each line stands where it stands in the page. */
  readonly code: string;
  readonly values: readonly ShownValue[];
  readonly tables: readonly ShownTable[];
  /** Comments that show no value, with their lines. */
  readonly unread: readonly string[];
}

const CALL = /`store\.training\((\w+), (\w+)(?:, (\{.*?\}))?\)`/;

/** Reads a page. */
export function readPage(markdown: string): Page {
  const lines = markdown.split("\n");
  const isCode = codeLines(lines);
  const code = lines.map((line, i) => (isCode[i] === true ? line : "")).join("\n");
  return { code, ...shownValues(code), tables: shownTables(lines.map((line, i) => (isCode[i] === true ? "" : line))) };
}

/** The code as a module that exports its constants, and builds the training sets of its tables with a store that it is given. */
export function moduleOf({ code, tables }: Page): string {
  const sets = tables.map(({ call }, i) => {
    const options = call.options === "" ? "" : `, ...${call.options}`;
    return `  () => given.training(${call.service}, ${call.labels}, { out: "sets/${i}"${options} }),`;
  });
  const trainings = ["export const trainings = (given: import('asof').Store) => [", ...sets, "] as const;"];
  return [code.replaceAll(/^const /gm, "export const "), ...trainings].join("\n");
}

function codeLines(lines: readonly string[]): readonly boolean[] {
  let isInside = false;
  return lines.map((line) => {
    if (line.startsWith("```")) {
      isInside = line === "```ts";
      return false;
    }
    return isInside;
  });
}

function shownValues(code: string): Pick<Page, "values" | "unread"> {
  const values: ShownValue[] = [];
  const unread: string[] = [];
  let constant = "";
  for (const [i, line] of code.split("\n").entries()) {
    const begun = /^const (\w+)/.exec(line)?.[1];
    constant = begun ?? constant;
    const text = /(?:^|\s)\/\/ ?(.*)$/.exec(line)?.[1];
    if (text === undefined) continue;
    const feature = begun === undefined ? (/^\s+(\w+): /.exec(line)?.[1] ?? null) : null;
    if (begun === undefined && feature === null) unread.push(`line ${i + 1}: ${line.trim()}`);
    else values.push({ line: i + 1, constant, feature, text });
  }
  return { values, unread };
}

function shownTables(prose: readonly string[]): ShownTable[] {
  const tables: ShownTable[] = [];
  let call: RegExpExecArray | null = null;
  for (const [i, line] of prose.entries()) {
    call = CALL.exec(line) ?? call;
    if (call === null || !line.startsWith("|") || prose[i - 1]?.startsWith("|") === true) continue;
    const end = prose.findIndex((other, n) => n > i && !other.startsWith("|"));
    const [columns = [], , ...rows] = prose.slice(i, end).map((row) =>
      row
        .slice(1, -1)
        .split("|")
        .map((cell) => cell.trim()),
    );
    tables.push({ line: i + 1, call: { service: call[1] as string, labels: call[2] as string, options: call[3] ?? "" }, columns, rows });
    call = null;
  }
  return tables;
}
