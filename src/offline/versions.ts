// Versions: rows of one id are one row, corrected or deleted as time goes by. Settled before anything is pruned by key or time.
import { compareText } from "../schema/canonical.ts";
import { microsInRange } from "./available-time.ts";
import type { BatchColumn } from "./sources/batch.ts";
import type { Source } from "../define/source.ts";

/** A source's batch or log, in SQL. */
export interface Versioned {
  readonly source: Source<unknown>;
  readonly relation: string;
  readonly columns: readonly BatchColumn[];
  /** The available time, in microseconds. */
  readonly available: string;
  /** The position in a log; null of a batch. */
  readonly position: string | null;
  /** Whether only rows count that a stream would have let in. */
  readonly streamed: boolean;
}

/**
 * A query over a batch or a log with one row for each version that ever counts: its columns, its available time `a`, and `u`,
 * when a later version took its place (null if none did). It counts at T while `a < T` and not `u < T`. Of a log also the
 * same by positions, `o` and `uo`. 1. Versions of an id are in order of the version column, then of their available time, then
 * of all their columns. Records of a log are in the log's order, since it takes no lesser version in; before them comes its history,
 * in order of the version column, then of its positions. 2. Neighbours of equal content are one version, available when the
 * first of them was. 3. Each counts until the earliest moment at which a version after it is available: so
 * at T the greatest that is available counts. 4. Deletes count nowhere, but do end what came before. Of a stream, rows that came
 * too late or too far ahead are no versions, and a row older than `late` is no longer corrected.
 */
export function versionsQuery(versioned: Versioned): string {
  const { source, relation, columns, available, position, streamed } = versioned;
  const column = (name: string): string => (columns.find((one) => one.name === name) as BatchColumn).value;
  const id = column(source.id as string);
  const happened = `epoch_us(${column(source.eventTime)})`;
  const kept = columns.flatMap(({ value, lost }) => (lost === null ? [value] : [value, lost]));
  const content = columns.filter(({ name }) => name !== source.available.column);
  const canonical = columns.toSorted((a, b) => compareText(a.name, b.name)).map(({ value }) => `${value} NULLS FIRST`);
  const declared = source.version === null ? "NULL" : column(source.version);
  const order = position === null ? [`${declared} NULLS FIRST`, "a", ...canonical] : ["o >= 0", `CASE WHEN o < 0 THEN ${declared} END NULLS FIRST`, "o"];
  const struct = `row(${content.map(({ value }) => value).join(", ")})`;
  const availableColumn = source.available.column === null ? null : column(source.available.column);
  const merged = kept.map((value) => `${value === availableColumn ? `arg_min(${value}, n)` : `any_value(${value})`} AS ${value}`);
  const clocks = position === null ? ["a"] : ["a", "o"];
  const following = `OVER (PARTITION BY ${id} ORDER BY n ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING)`;
  // the first record after it in the log is the first that was available: both clocks rise together
  const inTime = (clock: string): string =>
    streamed && source.late !== null ? `CASE WHEN next_a - ${happened} <= ${source.late} THEN next_${clock} END` : `next_${clock}`;
  const ends = clocks.map((clock) => `${inTime(clock)} AS ${endOf(clock)}`);
  const last = clocks.at(-1) as string;
  const counted = [
    `(${endOf(last)} IS NULL OR ${endOf(last)} > ${last})`,
    ...(source.deleted === null ? [] : [`${column(source.deleted)} IS DISTINCT FROM true`]),
  ];
  return `WITH admitted AS (SELECT ${[...kept, `${available} AS a`, ...(position === null ? [] : [`${position} AS o`])].join(", ")} FROM ${relation} WHERE ${admission(versioned).join(" AND ")}),
    numbered AS (SELECT *, row_number() OVER w AS n, ${struct} IS DISTINCT FROM lag(${struct}) OVER w AS is_new FROM admitted WINDOW w AS (PARTITION BY ${id} ORDER BY ${order.join(", ")})),
    marked AS (SELECT *, sum(is_new::INTEGER) OVER (PARTITION BY ${id} ORDER BY n) AS version FROM numbered),
    versions AS (SELECT ${[...merged, ...clocks.map((clock) => `min(${clock}) AS ${clock}`)].join(", ")}, min(n) AS n FROM marked GROUP BY ${id}, version),
    followed AS (SELECT *, ${clocks.map((clock) => `min(${clock}) ${following} AS next_${clock}`).join(", ")} FROM versions),
    superseded AS (SELECT *, ${ends.join(", ")} FROM followed)
    SELECT ${[...kept, ...clocks, ...clocks.map(endOf)].join(", ")} FROM superseded WHERE ${counted.join(" AND ")}`;
}

/** The column that says until when a version counts, by available time or by position. */
function endOf(clock: string): string {
  return clock === "a" ? "u" : "uo";
}

/** SQL conditions for rows that count at all: whole ones, and of a stream those that came neither too late nor too far ahead. */
export function admission({ source, columns, available, streamed }: Versioned): string[] {
  const column = (name: string): string => (columns.find((one) => one.name === name) as BatchColumn).value;
  const happened = `epoch_us(${column(source.eventTime)})`;
  const whole = [...(source.id === null ? [] : [`${column(source.id)} IS NOT NULL`]), microsInRange(happened), microsInRange(available)];
  const { late, ahead } = source;
  const admitted = [...(late === null ? [] : [`${available} - ${happened} <= ${late}`]), `${happened} - ${available} <= ${ahead}`];
  return streamed ? [...whole, ...admitted] : whole;
}
