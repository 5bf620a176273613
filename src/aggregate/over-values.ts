// Accumulators that hold nothing but how often each value is in.
import { Multiset } from "./multiset.ts";
import type { Accumulator, Summary } from "./aggregate.ts";
import type { LocalRanks } from "./local-ranks.ts";

/** Keeps a multiset of the values of the rows that are in, whatever the order in which they come and leave. */
export abstract class OverValues implements Accumulator {
  protected readonly values: Multiset = new Multiset();
  readonly #ranks: LocalRanks;

  constructor(ranks: LocalRanks) {
    this.#ranks = ranks;
  }

  start(from: number, to: number): void {
    this.#ranks.start(from, to);
    this.values.clear();
  }

  add(row: number): void {
    const rank = this.#ranks.ranks[row] as number;
    if (rank >= 0) this.values.add(rank, row);
  }

  remove(row: number): void {
    const rank = this.#ranks.ranks[row] as number;
    if (rank >= 0) this.values.remove(rank);
  }

  abstract finish(): void;
  abstract summary(): Summary;

  /** Each row counts as often as its number says, or once where there are no numbers. */
  merge(from: number, to: number, numbers: ArrayLike<number>, first: number = 0, end: number = numbers.length): void {
    const areCounted = first < end;
    for (let row = from; row < to; row++) {
      const rank = this.#ranks.ranks[row] as number;
      if (rank >= 0) this.values.add(rank, row, areCounted ? numbers[first + row - from] : 1);
    }
  }
}
