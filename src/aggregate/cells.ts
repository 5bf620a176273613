// Cells: where accumulators append their values, one after the other, until they are read as a vector.
import type { Coding } from "./input.ts";
import type { ColumnKind, MapKind } from "../schema/value-type.ts";
import type { Column } from "../schema/column.ts";
import type { Output } from "./aggregate.ts";

/** Doubles that are appended; NaN is null. */
export class Cells {
  #numbers: Float64Array;
  #failed: Uint8Array | null = null;
  length = 0;

  /** `expected`: how many there will be, about. */
  constructor(expected: number) {
    this.#numbers = new Float64Array(Math.max(1, expected));
  }

  push(x: number): void {
    if (this.length === this.#numbers.length) this.#grow();
    this.#numbers[this.length++] = x;
  }

  /** Appends null, because the value cannot be represented. */
  fail(): void {
    this.#failed ??= new Uint8Array(this.#numbers.length);
    this.push(Number.NaN);
    this.#failed[this.length - 1] = 1;
  }

  /** Appends what a computation gave; an infinity is null, because no double holds it. */
  pushFinite(x: number): void {
    if (x === Infinity || x === -Infinity) this.fail();
    else this.push(x);
  }

  get numbers(): Float64Array {
    return this.length === this.#numbers.length ? this.#numbers : this.#numbers.subarray(0, this.length);
  }

  get failed(): Uint8Array {
    return this.#failed?.subarray(0, this.length) ?? new Uint8Array(this.length);
  }

  /** As a vector of numbers. */
  output(kind: "float64" | "int32" | "boolean" | "timestamp"): Output {
    return { vector: { kind, numbers: this.numbers }, failed: this.failed };
  }

  /** As the values whose codes these are. */
  decoded(decode: Coding["decode"]): Output {
    return { vector: decode(this.numbers), failed: this.failed };
  }

  #grow(): void {
    const numbers = new Float64Array(2 * this.#numbers.length);
    numbers.set(this.#numbers);
    this.#numbers = numbers;
    if (this.#failed === null) return;
    const failed = new Uint8Array(numbers.length);
    failed.set(this.#failed);
    this.#failed = failed;
  }
}

/** Collections that are appended: items first, then `close`. */
export class Collections {
  readonly items: Cells;
  readonly #starts: Cells;
  readonly #lengths: Cells;
  #open = 0;

  constructor(expected: number) {
    this.items = new Cells(expected);
    this.#starts = new Cells(expected);
    this.#lengths = new Cells(expected);
  }

  /** Ends a collection of the items since the last one. */
  close(): void {
    this.#starts.push(this.#open);
    this.#lengths.push(this.items.length - this.#open);
    this.#open = this.items.length;
  }

  /** Appends null, because the value cannot be represented. */
  fail(): void {
    this.#starts.push(this.#open);
    this.#lengths.push(-1);
  }

  get #places(): { readonly starts: Int32Array; readonly lengths: Int32Array; readonly failed: Uint8Array } {
    const lengths = new Int32Array(this.#lengths.numbers);
    const failed = new Uint8Array(lengths.length);
    for (let i = 0; i < failed.length; i++) if ((lengths[i] as number) < 0) failed[i] = 1;
    return { starts: new Int32Array(this.#starts.numbers), lengths, failed };
  }

  /** As lists of the values whose codes the items are. */
  lists(decode: Coding["decode"]): Output {
    const { starts, lengths, failed } = this.#places;
    const items = decode(this.items.numbers);
    return { vector: { kind: { list: items.kind }, starts, lengths, items }, failed };
  }

  /** As maps from the values whose codes the items are. */
  maps(decode: (codes: Float64Array) => Column & { readonly kind: ColumnKind }, { vector: items }: Output): Output {
    const { starts, lengths, failed } = this.#places;
    const keys = decode(this.items.numbers);
    const kind: MapKind = { map: keys.kind, of: items.kind };
    return { vector: { kind, starts, lengths, keys, items }, failed };
  }
}
