// What a command says: results on stdout, for people or as one line of JSON; everything else on stderr.
import { AsofError, type Problem } from "../errors.ts";

/** Where a command writes its result. */
export interface Output {
  /** Whether the result is one line of JSON. */
  readonly json: boolean;
  /** Writes the result: `text` for people, `value` as JSON. */
  result(text: string, value: unknown): void;
  /** Says something on the way, on stderr. */
  say(text: string): void;
}

/** An output on this process's streams. */
export function createOutput(json: boolean): Output {
  return {
    json,
    result: (text, value) => void process.stdout.write(json ? `${toLine(value)}\n` : text.endsWith("\n") ? text : `${text}\n`),
    say: (text) => void process.stderr.write(`${text}\n`),
  };
}

function toLine(value: unknown): string {
  return JSON.stringify(value, (_name, field: unknown) => (typeof field === "bigint" ? String(field) : field));
}

/** Rows of text under a heading, with aligned columns: those that hold numbers only are aligned to the right. */
export function table(rows: readonly (readonly string[])[], indent = ""): string {
  const body = rows.slice(1);
  const columns = (rows[0] ?? []).map((_, column) => ({
    width: Math.max(...rows.map((row) => row[column]?.length ?? 0)),
    right: body.every((row) => /^([\d,.]+%?|-|)$/.test(row[column] ?? "")) && body.some((row) => /\d/.test(row[column] ?? "")),
  }));
  const line = (row: readonly string[]): string =>
    row.map((cell, i) => (columns[i]?.right === true ? cell.padStart(columns[i].width) : cell.padEnd(columns[i]?.width ?? 0))).join("  ");
  return rows.map((row) => `${indent}${line(row).trimEnd()}`).join("\n");
}

/** Characters of a value that are shown to people at most: a list may have thousands of items. */
const LONGEST = 100;

/** The text of a value for people: where it is long, what stands from `from` on, and how long it is. `--json` has it whole. */
export function shortened(text: string, from = 0): string {
  if (text.length <= LONGEST) return text;
  const end = from + LONGEST;
  return `${from > 0 ? "..." : ""}${text.slice(from, end)}${end < text.length ? "..." : ""} (${thousands(text.length)} characters)`;
}

/** Two texts that differ, each shortened to where they do. */
export function shortenedPair(a: string, b: string): readonly [string, string] {
  let same = 0;
  while (same < a.length && a[same] === b[same]) same++;
  const from = Math.max(0, same - LONGEST / 2);
  return [shortened(a, from), shortened(b, from)];
}

/** A whole number as people read it: 1,234,567. */
export function thousands(n: number): string {
  return n.toLocaleString("en-US");
}

/** What is told of an error. */
type Told = { readonly [P in keyof Problem]-?: Problem[P] | undefined } & Pick<Problem, "code" | "what">;

/** The error of a user, or what the operating system refused, which is no defect of asof either; null for a defect. */
function problemOf(error: unknown): Told | null {
  if (error instanceof AsofError) return error;
  const { code, syscall, path, message } = error as NodeJS.ErrnoException;
  if (!(error instanceof Error) || code === undefined || syscall === undefined) return null;
  const what = `${/: (.*?),/.exec(message)?.[1] ?? message} (${syscall})`;
  return { code: `SYSTEM_${code}`, what, where: path, cure: "Mend the path, its permissions or the space on its disk" };
}

/** An error as text: `error CODE: message`, its place and its cure on lines of their own; a defect says so. */
export function errorText(error: unknown, debug: boolean): string {
  const problem = problemOf(error);
  if (problem !== null) {
    const { code, what, where, cure } = problem;
    const cause = debug && error instanceof Error && error.cause instanceof Error ? `\n${error.cause.stack ?? ""}` : "";
    return `error ${code}: ${what}${where === undefined ? "" : `\n  at   ${where}`}${cure === undefined ? "" : `\n  cure ${cure}`}${cause}`;
  }
  const detail = error instanceof Error ? (debug ? (error.stack ?? error.message) : error.message) : String(error);
  return `error DEFECT: ${detail}\n  This is a defect of asof, not of your project: please report it${debug ? "" : " with what --debug prints"}`;
}

/** An error as JSON. */
export function errorJson(error: unknown): unknown {
  const problem = problemOf(error);
  if (problem === null) return { error: { code: "DEFECT", message: error instanceof Error ? error.message : String(error) } };
  const { code, what, where, cure } = problem;
  return { error: { code, message: what, where: where ?? null, cure: cure ?? null } };
}
