// When rows became available, in SQL, by the rule of their reading.
import { MAX_MICROS } from "../time.ts";
import { takesStream, type Reading } from "./reading.ts";
import type { BatchColumn } from "./sources/batch.ts";
import type { Source } from "../define/source.ts";

/**
 * By which rule the rows of a batch are available: the source's own; where a streamed view takes them because no log has
 * begun, as long after the event as the source says, whatever else the batch says.
 */
export function availableRule(reading: Reading): Source<unknown>["available"] {
  const { available } = reading.source;
  return takesStream(reading) ? { column: null, trustedFrom: -Infinity, delay: available.delay } : available;
}

/** SQL of the available time by a rule, over a batch's columns. */
export function availableMicros({ column, trustedFrom, delay }: Source<unknown>["available"], eventTime: string, columns: readonly BatchColumn[]): string {
  const late = `epoch_us(${valueOf(columns, eventTime)}) + ${delay}`;
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
