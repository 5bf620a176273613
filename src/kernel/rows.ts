// What goes into the kernel and what comes out: rows by key, moments by key, values by moment.
import type { Columns } from "../schema/column.ts";
import type { Mishaps } from "./mishaps.ts";
import type { Vector } from "../schema/vector.ts";

/**
 * Rows of a source for some keys. Key `k` (a number from 0) has the rows `[offsets[k], offsets[k + 1])`, sorted by the
 * source's total order. Times are whole microseconds. Rows with a bad key, event time or available time are not here.
 */
export interface KeyedRows {
  readonly offsets: Int32Array;
  readonly eventTime: Float64Array;
  readonly availableTime: Float64Array;
  /** When a version of a row was superseded or deleted: it counts at T only while `until >= T`; infinite, or null if none was. */
  readonly until: Float64Array | null;
  readonly columns: Columns;
}

/** The moments at which each key's values are wanted: key `k` has `at[offsets[k]]` to `at[offsets[k + 1] - 1]`, ascending. */
export interface KeyedTimes {
  readonly offsets: Int32Array;
  readonly at: Float64Array;
}

/** The values of a view at each of the moments, in their order. Defaults are not applied. */
export interface ViewValues {
  /** One vector per feature of the plan. */
  readonly features: readonly Vector[];
  /** One per feature: 1 where the value is null because it cannot be represented (`ERROR`). */
  readonly failed: readonly Uint8Array[];
  /** One per frame of the plan: the newest event time in the window, NaN where it is empty. */
  readonly newest: readonly Float64Array[];
  /** 1 where any window of the view holds a row; 0 is `NOT_FOUND`. */
  readonly found: Uint8Array;
  /** Values of row functions that count as null, over the rows that were read. */
  readonly mishaps: Readonly<Mishaps>;
}
