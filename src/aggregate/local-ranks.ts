// Small whole numbers for the values of one key's rows, in order of the values: what multisets are indexed by.
import { SortedRows } from "./sorted-rows.ts";
import { intsFor } from "../schema/slab.ts";

/** Codes that are whole numbers below this are ranks as they are, unless it is said otherwise. */
export const FEW = 256;

/**
 * The ranks of one key's values at a time, shared by all that compute on them. Equal values have equal ranks, and ranks compare
 * as values do. Where rows are in groups, each group has ranks of its own from 0 on, so that what is indexed by them stays as
 * small as the group.
 */
export class LocalRanks {
  /** The rank of each row of the key, -1 where it has no value or no group. */
  readonly ranks: Int32Array;
  readonly #codes: Float64Array;
  readonly #groups: LocalRanks | null;
  readonly #areFew: boolean;
  readonly #sorted: SortedRows = new SortedRows();
  /** Of each group: the rank that was given last, and the code that it was given to. */
  #last = new Int32Array(0);
  #lastCode = new Float64Array(0);
  #from = -1;
  #to = -1;

  /** `codes`: one per row, NaN for null; `groups`: numbers of the groups, if rows are in groups; `few`: where whole numbers are too many. */
  constructor(codes: Float64Array, groups: LocalRanks | null, few: number = FEW) {
    this.#codes = codes;
    this.#groups = groups;
    this.#areFew = areFew(codes, few);
    this.ranks = this.#areFew ? wholeOrNone(codes) : intsFor(codes.length).fill(-1);
  }

  /** Ranks the rows `[from, to)` of a key; a second call for the same key does nothing. */
  start(from: number, to: number): void {
    if (this.#areFew || (from === this.#from && to === this.#to)) return;
    this.#from = from;
    this.#to = to;
    this.#sorted.fill(this.#codes, from, to);
    if (this.#groups === null) this.#rank();
    else this.#rankWithin(this.#groups, from, to);
  }

  #rank(): void {
    const { rows, length } = this.#sorted;
    const { ranks } = this;
    const codes = this.#codes;
    let rank = -1;
    let last = Number.NaN;
    for (let i = 0; i < length; i++) {
      const row = rows[i] as number;
      const code = codes[row] as number;
      if (code !== last) rank++;
      ranks[row] = rank;
      last = code;
    }
  }

  #rankWithin(groups: LocalRanks, from: number, to: number): void {
    groups.start(from, to);
    const groupsAtMost = Math.max(FEW, to - from);
    if (this.#last.length < groupsAtMost) {
      this.#last = new Int32Array(2 * groupsAtMost);
      this.#lastCode = new Float64Array(2 * groupsAtMost);
    }
    const last = this.#last.fill(-1, 0, groupsAtMost);
    const lastCode = this.#lastCode.fill(Number.NaN, 0, groupsAtMost);
    const { rows, length } = this.#sorted;
    for (let i = 0; i < length; i++) {
      const row = rows[i] as number;
      const group = groups.ranks[row] as number;
      if (group < 0) continue;
      const code = this.#codes[row] as number;
      if (code !== lastCode[group]) last[group] = (last[group] as number) + 1;
      lastCode[group] = code;
      this.ranks[row] = last[group] as number;
    }
  }
}

function areFew(codes: Float64Array, few: number): boolean {
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i] as number;
    if (code === code && (code < 0 || code >= few || code !== (code | 0))) return false;
  }
  return true;
}

/** Codes as whole numbers, -1 for null. */
export function wholeOrNone(codes: Float64Array): Int32Array {
  const whole = intsFor(codes.length);
  for (let i = 0; i < whole.length; i++) {
    const code = codes[i] as number;
    whole[i] = code === code ? code : -1;
  }
  return whole;
}
