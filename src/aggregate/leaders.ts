// Leaders: the most frequent values of a multiset, in order, while rows come and go.
import { Multiset } from "./multiset.ts";

/** So many leaders are kept beyond those that are asked for, at least and, beside these, at most (measured). */
const SPARE = 8;
const MOST = 1024;

/**
 * A multiset with its leaders: a value leads another if it is more frequent, or as frequent and less. All leaders lead all other
 * values. 1. A row that comes moves its value up, among the leaders or to their end, where the last is dropped if there is no
 * room. 2. A row that goes moves its value down; at the end it is dropped, since one that is not a leader may lead it now. 3. When
 * fewer are left than are asked for, all values are gone through once. About a sixteenth of the values are leaders, so that this is rare.
 */
export class Leaders {
  readonly values: Multiset = new Multiset();
  #leaders: Int32Array = new Int32Array(0);
  #size = 0;
  #room = 0;
  /** Where a value stands among the leaders, from 1 on; 0 where it is none. */
  #places: Int32Array = new Int32Array(32);
  readonly #asked: number;

  /** `asked`: how many leaders are asked for. */
  constructor(asked: number) {
    this.#asked = asked;
    this.#makeRoom();
  }

  clear(): void {
    this.#dismiss();
    this.values.clear();
    this.#makeRoom();
  }

  /** Adds a row, or one that stands for many of its value. */
  add(rank: number, row: number, times = 1): void {
    const { values } = this;
    if (rank >= this.#places.length) this.#grow(rank);
    const isComplete = this.#size === values.distinct;
    values.add(rank, row, times);
    const place = this.#places[rank] as number;
    if (place > 0) this.#moveUp(rank, place - 1);
    else if (isComplete || this.#leadsLast(rank)) this.#enter(rank);
  }

  /** Removes a row of a value that is in. */
  remove(rank: number): void {
    const { values } = this;
    const isComplete = this.#size === values.distinct;
    values.remove(rank);
    const place = this.#places[rank] as number;
    if (place === 0) return;
    const isLast = this.#moveDown(rank, place - 1) === this.#size - 1;
    if (isLast && (!isComplete || values.count(rank) === 0)) this.#dropLast();
  }

  /** How many leaders there are: as many as are asked for, or all values. */
  get size(): number {
    const size = Math.min(this.#asked, this.values.distinct);
    if (this.#size < size) this.#gather();
    return size;
  }

  /** The `i`th leader. `size` was asked for since the last change. */
  leader(i: number): number {
    return this.#leaders[i] as number;
  }

  #leads(a: number, b: number): boolean {
    const x = this.values.count(a);
    const y = this.values.count(b);
    return x > y || (x === y && a < b);
  }

  #leadsLast(rank: number): boolean {
    return this.#size > 0 && this.#leads(rank, this.#leaders[this.#size - 1] as number);
  }

  /** Makes a value a leader, unless there is no room and all lead it. */
  #enter(rank: number): void {
    if (this.#size === this.#room) {
      if (!this.#leadsLast(rank)) return;
      this.#dropLast();
    }
    this.#moveUp(rank, this.#size++);
  }

  #dropLast(): void {
    this.#places[this.#leaders[--this.#size] as number] = 0;
  }

  #moveUp(rank: number, from: number): void {
    const leaders = this.#leaders;
    const places = this.#places;
    let place = from;
    for (; place > 0; place--) {
      const other = leaders[place - 1] as number;
      if (this.#leads(other, rank)) break;
      leaders[place] = other;
      places[other] = place + 1;
    }
    leaders[place] = rank;
    places[rank] = place + 1;
  }

  #moveDown(rank: number, from: number): number {
    const leaders = this.#leaders;
    const places = this.#places;
    let place = from;
    for (; place + 1 < this.#size; place++) {
      const other = leaders[place + 1] as number;
      if (this.#leads(rank, other)) break;
      leaders[place] = other;
      places[other] = place + 1;
    }
    leaders[place] = rank;
    places[rank] = place + 1;
    return place;
  }

  #gather(): void {
    this.#dismiss();
    this.#makeRoom();
    const { ranks } = this.values;
    for (let rank = ranks.first; rank >= 0; rank = ranks.after(rank)) this.#enter(rank);
  }

  #dismiss(): void {
    while (this.#size > 0) this.#dropLast();
  }

  #makeRoom(): void {
    this.#room = this.#asked + SPARE + Math.min(MOST, this.values.distinct >> 4);
    if (this.#leaders.length < this.#room) this.#leaders = new Int32Array(this.#room);
  }

  #grow(rank: number): void {
    const places = new Int32Array(Math.max(2 * this.#places.length, rank + 1));
    places.set(this.#places);
    this.#places = places;
  }
}
