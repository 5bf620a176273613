// The contract of an aggregate: one file each, and nothing else in asof knows what a sum is.
import type { ColumnKind, FeatureValue, ValueKind } from "../schema/value-type.ts";
import type { Form, Parameters } from "../define/aggregate-call.ts";
import type { Input } from "./input.ts";
import type { Micros } from "../time.ts";
import type { Vector } from "../schema/vector.ts";

/**
 * Some of an accumulator's rows that stand for all that are in, ascending (by key those of each value), and numbers: what a state
 * keeps of closed rows.
 */
export interface Summary {
  readonly rows: readonly number[];
  readonly numbers: readonly number[];
}

/**
 * What slides over windows of one key at a time. Rows are numbers, ascending in the source's total order. A key begins with `start`; then
 * rows come in and go out, each at most once until the next `start`, and `finish` tells of the rows that are in. Rows leave in the order
 * of the source, and no row comes in that is older than one that has left; where the material `retracts`, they come in and leave in any
 * order.
 */
export interface Sliding {
  /** Begins a key whose rows are `[from, to)`, with nothing in. */
  start(from: number, to: number): void;
  add(row: number): void;
  remove(row: number): void;
  /** Appends the value at T to the output. */
  finish(at: Micros): void;
}

/**
 * The running state of one aggregate. A live state never removes: it calls `start`, then `add` and `merge`, in ascending order where the
 * aggregate is `ordered`, else in any, and `finish` or `summary` as often as it likes. To merge the summary of some rows, whose rows now
 * have the numbers `[from, to)`, and whose numbers are those in `[first, end)`, is the same as to add those rows.
 */
export interface Accumulator extends Sliding {
  summary(): Summary;
  merge(from: number, to: number, numbers: ArrayLike<number>, first?: number, end?: number): void;
}

/** Values of one feature as they are written, and where they failed. */
export interface Output {
  readonly vector: Vector;
  /** 1 where the value cannot be represented (a sum beyond a double, more values than the limit): null, `ERROR`. */
  readonly failed: Uint8Array;
}

/** What an accumulator works on. */
export interface Material {
  /** What the row function gave for each row; null where the aggregate takes none. */
  readonly value: Input | null;
  /** What `add` gave for each row, for `currentItems`; for `latest`, whether the row deletes its entity. */
  readonly add: Input | null;
  /** What the rows are grouped by, where an accumulator is given those of one group only; null where they are not. */
  readonly by: Input | null;
  readonly eventTime: Float64Array;
  readonly parameters: Parameters;
  /** How far the window ends before T. */
  readonly offset: Micros;
  /** Whether rows may come in and leave in any order. */
  readonly retracts: boolean;
  /** Whether summaries are merged: then values need not fit a common grid. */
  readonly live: boolean;
  /** How many values are to be expected; more may come. */
  readonly length: number;
}

/** Accumulators, as many as are made, and what they have written. */
export interface Running {
  readonly make: () => Accumulator;
  readonly output: () => Output;
}

/** One aggregate. */
export interface Aggregation {
  /** How a definition calls it; null where another call becomes it. */
  readonly form: Form | null;
  /** The kinds of input that it takes; empty if it takes none. */
  readonly accepts: readonly ColumnKind[];
  /** The kind of its values, by the kind of its input. */
  readonly result: (input: ColumnKind | null) => ValueKind;
  /** Its value over nothing. */
  readonly empty: FeatureValue;
  /** Whether its value depends on the order of rows that tie in event time. */
  readonly ordered: boolean;
  /** Whether the rows of a summary that lie from any moment on are a summary of all rows from that moment on. */
  readonly trails?: boolean;
  readonly accumulate: (material: Material) => Running;
}

/** The kinds of columns, for aggregates that take any. */
export const ANY_KIND: readonly ColumnKind[] = ["float64", "int32", "int64", "string", "boolean", "timestamp"];
