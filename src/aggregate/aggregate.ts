// The contract of an aggregate: one file each, and nothing else in asof knows what a sum is.
import type { ColumnKind, Value, ValueKind } from "../schema/value-type.ts";
import type { Input } from "./input.ts";
import type { Vector } from "../schema/vector.ts";

/**
 * The running state of one aggregate over one window of one key at a time. The kernel calls `start` for each key, then
 * `add` and `remove` for rows by index (each row at most once in, then at most once out, out in the source's order),
 * and `finish` to write the value of the rows that are in.
 */
export interface Accumulator {
  /** Begins a key whose rows are `[from, to)`, with nothing in. */
  start(from: number, to: number): void;
  add(row: number): void;
  remove(row: number): void;
  /** Writes the value to position `at` of the output. */
  finish(at: number): void;
}

/** Values of one feature as they are written, and where they failed. */
export interface Output {
  readonly vector: Vector;
  /** 1 where the value cannot be represented (a sum beyond a double): null, `ERROR`. */
  readonly failed: Uint8Array;
}

/** One aggregate. */
export interface Aggregation {
  /** The kinds of input that it takes; empty if it takes none. */
  readonly accepts: readonly ColumnKind[];
  /** The kind of its values, by the kind of its input. */
  readonly result: (input: ColumnKind | null) => ValueKind;
  /** Its value over nothing. */
  readonly empty: Value;
  /** Whether its value depends on the order of rows that tie in event time. */
  readonly ordered: boolean;
  /** An accumulator for `length` values, and their output once all are written. `input` is null for `count()`. */
  readonly accumulate: (input: Input | null, length: number) => { readonly accumulator: Accumulator; readonly output: () => Output };
}
