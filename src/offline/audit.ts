// The audit of a source: how many rows it has, which are refused and why, and what could not be held.
import { microsInRange } from "./available-time.ts";
import { isKey } from "./wanted-keys.ts";
import { MAX_KEY_BYTES } from "../schema/canonical.ts";
import type { EventTable } from "./event-table.ts";
import type { DuckDB } from "./duckdb.ts";
import type { EntityKey } from "../define/entity.ts";

/** Rows, or values, that do not count, with the place of the first. */
export interface Refusal {
  readonly reason: string;
  readonly rows: number;
  /** `data/a.csv, line 17: "2001-13-01"`. */
  readonly first: string;
}

/** What an audit found. */
export interface Audit {
  readonly source: string;
  readonly rows: number;
  /** Rows that count nowhere. A row is counted under the first reason that applies. */
  readonly refused: readonly Refusal[];
  /** Rows that are there but belong to no entity: a key column is null. */
  readonly withoutKey: readonly Refusal[];
  /** Values that are read as null: infinities, times out of range. */
  readonly lost: readonly Refusal[];
}

interface Check {
  readonly reason: string;
  /** SQL that is true for the rows in question. */
  readonly condition: string;
  /** SQL of the text to show. */
  readonly shown: string;
}

/** Audits a source for views with keys in `keySets` (attributes are not among what it audits), one scan of the columns concerned. */
export async function auditSource(db: DuckDB, events: EventTable, keySets: readonly (readonly EntityKey[])[], columns: ReadonlySet<string>): Promise<Audit> {
  const { source, batch } = events;
  const own = keySets.filter((keys) => keys.every(({ column }) => batch.columns.some(({ name }) => name === column)));
  const parts = (keys: readonly EntityKey[]): string[] => keys.map((key) => events.column(key.column).value);
  const refusals = exclusive([...timeChecks(events), ...own.map((keys) => tooLong(keys, parts(keys)))]);
  const keyless = own.map((keys): Check => ({
    reason: `${keys.map((key) => key.column).join(" or ")} is null`,
    condition: parts(keys)
      .map((part) => `${part} IS NULL`)
      .join(" OR "),
    shown: "NULL",
  }));
  const losses = batch.columns
    .filter(({ name, lost }) => lost !== null && columns.has(name) && name !== source.eventTime && name !== events.available.column)
    .map(({ name, lost }): Check => ({ reason: `${name} holds a value that is read as null`, condition: `${lost} IS NOT NULL`, shown: lost as string }));
  const checks = [...refusals, ...keyless, ...losses];
  const counts = checks.map(({ condition }, i) => `count(*) FILTER (${condition})::DOUBLE AS n${i}`);
  const [found] = await db
    .query(`SELECT count(*)::DOUBLE AS rows${counts.map((count) => `, ${count}`).join("")} FROM ${batch.relation}`)
    .catch((error: unknown) => {
      throw batch.mend(error);
    });
  const answers = await Promise.all(checks.map((check, i) => refusal(db, events, check, found?.[`n${i}`] as number)));
  const some = (from: number, to: number): Refusal[] => answers.slice(from, to).filter((answer) => answer !== null);
  const keylessEnd = refusals.length + keyless.length;
  return {
    source: source.name,
    rows: found?.["rows"] as number,
    refused: some(0, refusals.length),
    withoutKey: some(refusals.length, keylessEnd),
    lost: some(keylessEnd, checks.length),
  };
}

function timeChecks(events: EventTable): Check[] {
  const { source, batch, available } = events;
  const { column } = available;
  const idColumn = batch.columns.find(({ name }) => name === source.id);
  const times = [source.eventTime, ...(column === null || column === source.eventTime ? [] : [column])];
  return [
    ...times.flatMap((name): Check[] => {
      const { value, lost } = events.batch.columns.find((one) => one.name === name) as (typeof batch.columns)[number];
      return [
        { reason: `${name} is no time between the years 1684 and 2255`, condition: `${lost} IS NOT NULL`, shown: lost as string },
        { reason: `${name} is null`, condition: `${value} IS NULL`, shown: "NULL" },
      ];
    }),
    { reason: "its available time is after the year 2255", condition: `NOT (${microsInRange(available.micros)})`, shown: "NULL" },
    ...(idColumn === undefined ? [] : [{ reason: `${idColumn.name} is null`, condition: `${idColumn.value} IS NULL`, shown: "NULL" }]),
  ];
}

function tooLong(keys: readonly EntityKey[], parts: readonly string[]): Check {
  const filled = parts.map((part) => `${part} IS NOT NULL`).join(" AND ");
  return {
    reason: `its key ${keys.map((key) => key.column).join(", ")} has more than ${MAX_KEY_BYTES} encoded bytes`,
    condition: `${filled} AND NOT (${isKey(keys, parts)})`,
    shown: `substr(concat_ws(', ', ${parts.join(", ")}), 1, 40) || '...'`,
  };
}

/** A row is refused once, for the first reason that holds. */
function exclusive(checks: readonly Check[]): Check[] {
  return checks.map((check, i) => ({
    ...check,
    condition: [`(${check.condition})`, ...checks.slice(0, i).map((earlier) => `(${earlier.condition}) IS DISTINCT FROM true`)].join(" AND "),
  }));
}

async function refusal(db: DuckDB, { batch }: EventTable, { reason, condition, shown }: Check, rows: number): Promise<Refusal | null> {
  if (rows === 0) return null;
  const [first] = await db.query(`SELECT file, row::DOUBLE AS row, ${shown} AS shown FROM ${batch.relation} WHERE ${condition} ORDER BY file, row LIMIT 1`);
  const value = first?.["shown"];
  return {
    reason,
    rows,
    first: `${batch.place(first?.["file"] as string, first?.["row"] as number)}${value === null || value === undefined ? "" : `: ${JSON.stringify(value)}`}`,
  };
}
