// What became of a source's definition, and what of that the log of its events cannot follow.
import type { ColumnKind } from "../schema/value-type.ts";
import type { RegisteredColumn, RegisteredSource, SourceSettings } from "./registered.ts";

/** What became of a source. */
export interface SourceChange {
  readonly source: string;
  readonly change: "new" | "changed" | "same";
  /** What is other than it was, a sentence each. */
  readonly what: readonly string[];
  /** Those of them that records of a log, written as it was, do not allow. */
  readonly conflicts: readonly string[];
}

/** Types that hold every value of another, in the JSON of records and in Parquet alike: a double does not hold every int64. */
const WIDER: { readonly [K in ColumnKind]?: readonly ColumnKind[] } = { int32: ["int64", "float64"] };

/** Settings by which records were let in, ordered and stamped when they were written. */
const FIXED: readonly (keyof SourceSettings)[] = ["kind", "eventTime", "availableAt", "id", "version", "deleted"];

/** Compares a source with what was applied of it. */
export function sourceChange(before: RegisteredSource | undefined, after: RegisteredSource): SourceChange {
  const source = after.name;
  if (before === undefined) return { source, change: "new", what: [], conflicts: [] };
  const names = [...new Set([...Object.keys(before.schema), ...Object.keys(after.schema)])];
  const columns = names.flatMap((name) => columnChange(name, before, after));
  const settings = (Object.keys(after.settings) as (keyof SourceSettings)[])
    .filter((name) => before.settings[name] !== after.settings[name])
    .map((name) => ({ text: `${name}: ${before.settings[name] ?? "none"} -> ${after.settings[name] ?? "none"}`, fits: !FIXED.includes(name) }));
  const all = [...columns, ...settings];
  const conflicts = all.filter(({ fits }) => !fits).map(({ text }) => text);
  return { source, change: all.length === 0 ? "same" : "changed", what: all.map(({ text }) => text), conflicts };
}

interface Change {
  readonly text: string;
  /** Whether records that were written before can be read as it says now. */
  readonly fits: boolean;
}

function columnChange(name: string, before: RegisteredSource, after: RegisteredSource): Change[] {
  const [was, is] = [columnOf(before, name), columnOf(after, name)];
  if (was === null) return [{ text: `column ${name} added, ${typeText(is)}`, fits: is?.nullable === true }];
  if (is === null) return [{ text: `column ${name} removed`, fits: false }];
  if (was.kind === is.kind && was.nullable === is.nullable) return [];
  const widened = was.kind === is.kind || (after.settings.id !== name && WIDER[was.kind]?.includes(is.kind) === true);
  return [{ text: `column ${name}: ${typeText(was)} -> ${typeText(is)}`, fits: widened && (is.nullable || !was.nullable) }];
}

function columnOf({ schema }: RegisteredSource, name: string): RegisteredColumn | null {
  return Object.hasOwn(schema, name) ? (schema[name] ?? null) : null;
}

function typeText(column: RegisteredColumn | null): string {
  return column === null ? "none" : `${column.kind}${column.nullable ? " or null" : ""}`;
}
