// .by(key): an aggregate for each value of a function, as a map in order of the values.
import { Collections } from "./cells.ts";
import { RankSet } from "./rank-set.ts";
import type { Accumulator, Running, Summary } from "./aggregate.ts";
import type { Input } from "./input.ts";
import type { LocalRanks } from "./local-ranks.ts";
import type { Micros } from "../time.ts";

/** The group of one value: an accumulator over its rows that are in, how many these are, and the row that came in first. */
interface Group {
  readonly accumulator: Accumulator;
  rows: number;
  named: number;
}

/** Runs one accumulator for each value of the key that the window holds. A window with more than `limit` values is null. */
export function byKey(inner: Running, key: Input, limit: number, length: number): Running {
  const maps = new Collections(length);
  const { codes, decode } = key.ranked();
  return { make: () => new By(inner.make, key.ranks(null), codes, limit, maps), output: () => maps.maps(decode, inner.output()) };
}

class By implements Accumulator {
  readonly #make: () => Accumulator;
  readonly #ranks: LocalRanks;
  readonly #codes: Float64Array;
  readonly #limit: number;
  readonly #out: Collections;
  /** The groups by the rank of their value. */
  readonly #groups: (Group | undefined)[] = [];
  /** The ranks of the groups that hold rows. */
  readonly #present = new RankSet();
  #size = 0;
  readonly #idle: Group[] = [];
  #from = 0;
  #to = 0;

  constructor(make: () => Accumulator, ranks: LocalRanks, codes: Float64Array, limit: number, out: Collections) {
    this.#make = make;
    this.#ranks = ranks;
    this.#codes = codes;
    this.#limit = limit;
    this.#out = out;
  }

  start(from: number, to: number): void {
    this.#from = from;
    this.#to = to;
    this.#ranks.start(from, to);
    for (let rank = this.#present.first; rank >= 0; rank = this.#present.first) this.#drop(rank);
  }

  add(row: number): void {
    const rank = this.#ranks.ranks[row] as number;
    if (rank < 0) return;
    const group = this.#group(rank, row);
    group.accumulator.add(row);
    group.rows++;
  }

  remove(row: number): void {
    const rank = this.#ranks.ranks[row] as number;
    if (rank < 0) return;
    const group = this.#groups[rank] as Group;
    group.accumulator.remove(row);
    if (--group.rows === 0) this.#drop(rank);
  }

  finish(at: Micros): void {
    if (this.#size > this.#limit) return this.#out.fail();
    for (let rank = this.#present.first; rank >= 0; rank = this.#present.after(rank)) {
      const { accumulator, named } = this.#groups[rank] as Group;
      this.#out.items.push(this.#codes[named] as number);
      accumulator.finish(at);
    }
    this.#out.close();
  }

  /**
   * Group by group how many rows and numbers its own summary has, and these numbers. The rows are those of the groups'
   * summaries, or one that names the group where there are none. One group beyond the limit tells as much as many: nothing is
   * ever taken away.
   */
  summary(): Summary {
    const rows: number[] = [];
    const numbers: number[] = [];
    let groups = 0;
    for (let rank = this.#present.first; rank >= 0 && groups <= this.#limit; rank = this.#present.after(rank), groups++) {
      const group = this.#groups[rank] as Group;
      const own = group.accumulator.summary();
      if (own.rows.length === 0) rows.push(group.named);
      for (const row of own.rows) rows.push(row);
      numbers.push(own.rows.length, own.numbers.length);
      for (const number of own.numbers) numbers.push(number);
    }
    return { rows, numbers };
  }

  merge(from: number, _to: number, numbers: ArrayLike<number>, first: number = 0, end: number = numbers.length): void {
    let row = from;
    for (let at = first; at < end;) {
      const ownRows = numbers[at] as number;
      const ownEnd = at + 2 + (numbers[at + 1] as number);
      const group = this.#group(this.#ranks.ranks[row] as number, row);
      group.accumulator.merge(row, row + ownRows, numbers, at + 2, ownEnd);
      row += Math.max(1, ownRows);
      at = ownEnd;
    }
  }

  #drop(rank: number): void {
    this.#idle.push(this.#groups[rank] as Group);
    this.#groups[rank] = undefined;
    this.#present.remove(rank);
    this.#size--;
  }

  #group(rank: number, row: number): Group {
    const known = this.#groups[rank];
    if (known !== undefined) return known;
    const group = this.#idle.pop() ?? { accumulator: this.#make(), rows: 0, named: row };
    group.accumulator.start(this.#from, this.#to);
    group.rows = 0;
    group.named = row;
    while (this.#groups.length <= rank) this.#groups.push(undefined);
    this.#groups[rank] = group;
    this.#present.add(rank);
    this.#size++;
    return group;
  }
}
