// Sets of small whole numbers, in order: a tree of words, with a bit for each child that holds something.
import { intsFor } from "../schema/slab.ts";

/** The place of the lowest bit of a word that is not 0. */
function lowest(word: number): number {
  return 31 - Math.clz32(word & -word);
}

/** The place of the highest bit of a word that is not 0. */
function highest(word: number): number {
  return 31 - Math.clz32(word);
}

/**
 * Whole numbers from 0. Node 0 is the root, the children of node `i` are the nodes from `32 i + 1` on, and the bits of the leaves
 * are the numbers. To add, to remove and to step to a neighbour takes as many words as the tree is deep: 4 for a million numbers.
 */
export class RankSet {
  #words: Int32Array = new Int32Array(1);
  /** The first leaf. */
  #leaves = 0;
  #capacity = 32;

  add(rank: number): void {
    while (rank >= this.#capacity) this.#deepen();
    const words = this.#words;
    let node = this.#leaves + (rank >>> 5);
    let bit = rank & 31;
    for (;;) {
      const before = words[node] as number;
      words[node] = before | (1 << bit);
      if (before !== 0 || node === 0) return;
      bit = (node - 1) & 31;
      node = (node - 1) >>> 5;
    }
  }

  /** Takes out a number that is in. */
  remove(rank: number): void {
    const words = this.#words;
    let node = this.#leaves + (rank >>> 5);
    let bit = rank & 31;
    for (;;) {
      const after = (words[node] as number) & ~(1 << bit);
      words[node] = after;
      if (after !== 0 || node === 0) return;
      bit = (node - 1) & 31;
      node = (node - 1) >>> 5;
    }
  }

  /** The least number that is in; -1 if none is. */
  get first(): number {
    const root = this.#words[0] as number;
    return root === 0 ? -1 : this.#leastUnder(0, root);
  }

  /** The greatest number that is in; -1 if none is. */
  get last(): number {
    const root = this.#words[0] as number;
    return root === 0 ? -1 : this.#greatestUnder(0, root);
  }

  /** The least number above `rank` that is in; -1 if none is. `rank` was in at some time, or is 0. */
  after(rank: number): number {
    let node = this.#leaves + (rank >>> 5);
    let bit = rank & 31;
    for (;;) {
      const above = (this.#words[node] as number) & (-2 << bit);
      if (above !== 0) return this.#leastUnder(node, above);
      if (node === 0) return -1;
      bit = (node - 1) & 31;
      node = (node - 1) >>> 5;
    }
  }

  /** The greatest number below `rank` that is in; -1 if none is. `rank` was in at some time, or is 0. */
  before(rank: number): number {
    let node = this.#leaves + (rank >>> 5);
    let bit = rank & 31;
    for (;;) {
      const below = (this.#words[node] as number) & ((1 << bit) - 1);
      if (below !== 0) return this.#greatestUnder(node, below);
      if (node === 0) return -1;
      bit = (node - 1) & 31;
      node = (node - 1) >>> 5;
    }
  }

  /** The least number under those children of a node that `bits` names. */
  #leastUnder(node: number, bits: number): number {
    let at = node;
    let word = bits;
    while (at < this.#leaves) {
      at = 32 * at + 1 + lowest(word);
      word = this.#words[at] as number;
    }
    return 32 * (at - this.#leaves) + lowest(word);
  }

  #greatestUnder(node: number, bits: number): number {
    let at = node;
    let word = bits;
    while (at < this.#leaves) {
      at = 32 * at + 1 + highest(word);
      word = this.#words[at] as number;
    }
    return 32 * (at - this.#leaves) + highest(word);
  }

  /** Puts a root above the root, whose first child it becomes. */
  #deepen(): void {
    const old = this.#words;
    const leaves = 32 * this.#leaves + 1;
    const words = intsFor(leaves + this.#capacity);
    words[0] = old[0] === 0 ? 0 : 1;
    for (let from = 0, size = 1; from <= this.#leaves; from = 32 * from + 1, size *= 32) words.set(old.subarray(from, from + size), 32 * from + 1);
    this.#words = words;
    this.#leaves = leaves;
    this.#capacity *= 32;
  }
}
