// Multisets of values by rank: how often each value is in, in order of the values.
import { RankSet } from "./rank-set.ts";
import { intsFor } from "../schema/slab.ts";
import type { Summary } from "./aggregate.ts";

/** So many values have room from the start. */
const FIRST = 32;

/** The values of rows, as ranks, with how many rows have each. */
export class Multiset {
  /** The ranks that are in. */
  readonly ranks: RankSet = new RankSet();
  #counts = intsFor(FIRST);
  #rows = intsFor(FIRST);
  /** How many different values are in. */
  distinct = 0;

  /** Takes everything out, in time for what is in. */
  clear(): void {
    const { ranks } = this;
    for (let rank = ranks.first; rank >= 0; rank = ranks.first) {
      this.#counts[rank] = 0;
      ranks.remove(rank);
    }
    this.distinct = 0;
  }

  /** Adds a row, or one that stands for many of its value. */
  add(rank: number, row: number, times = 1): void {
    if (rank >= this.#counts.length) this.#grow(rank);
    const before = this.#counts[rank] as number;
    this.#counts[rank] = before + times;
    if (before === 0 || row > (this.#rows[rank] as number)) this.#rows[rank] = row;
    if (before > 0) return;
    this.ranks.add(rank);
    this.distinct++;
  }

  /** Removes a row of a value that is in. */
  remove(rank: number): void {
    const after = (this.#counts[rank] as number) - 1;
    this.#counts[rank] = after;
    if (after > 0) return;
    this.ranks.remove(rank);
    this.distinct--;
  }

  /** How many rows have a value; 0 for one that never was in. */
  count(rank: number): number {
    return rank < this.#counts.length ? (this.#counts[rank] as number) : 0;
  }

  /** A row with a value that is in: where no row was removed, its newest. */
  row(rank: number): number {
    return this.#rows[rank] as number;
  }

  /** A row for each value, and how often it is in; for the `most` values whose rows are the newest only. */
  summary(most: number = Infinity): Summary {
    const all: number[] = [];
    for (let rank = this.ranks.first; rank >= 0; rank = this.ranks.after(rank)) all.push(rank);
    const ranks = all.sort((a, b) => this.row(a) - this.row(b)).slice(-most);
    return { rows: ranks.map((rank) => this.row(rank)), numbers: ranks.map((rank) => this.count(rank)) };
  }

  #grow(rank: number): void {
    const size = Math.max(2 * this.#counts.length, rank + 1);
    const [counts, rows] = [intsFor(size), intsFor(size)];
    counts.set(this.#counts);
    rows.set(this.#rows);
    this.#counts = counts;
    this.#rows = rows;
  }
}
