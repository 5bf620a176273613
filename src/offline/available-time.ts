// When rows became available, in SQL, by the rule of their source.
import { MAX_MICROS } from "../time.ts";
import type { BatchColumn } from "./sources/batch.ts";
import type { Source } from "../define/source.ts";

/** SQL of the available time by the source's rule, over a batch's columns. */
export function availableMicros(source: Source<unknown>, columns: readonly BatchColumn[]): string {
  const { column, trustedFrom, delay } = source.available;
  const late = `epoch_us(${valueOf(columns, source.eventTime)}) + ${delay}`;
  if (column === null) return `(${late})`;
  const value = valueOf(columns, column);
  return trustedFrom === -Infinity ? `epoch_us(${value})` : `CASE WHEN epoch_us(${value}) < ${trustedFrom} THEN ${late} ELSE epoch_us(${value}) END`;
}

/** SQL that is true for times, in microseconds, that asof can tell apart. */
export function microsInRange(micros: string): string {
  return `${micros} BETWEEN ${-MAX_MICROS} AND ${MAX_MICROS}`;
}

function valueOf(columns: readonly BatchColumn[], name: string): string {
  return (columns.find((column) => column.name === name) as BatchColumn).value;
}
