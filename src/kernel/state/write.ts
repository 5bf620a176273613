// Writes the parts of a state, each under a hash of its content, and keeps count of what they replace.
import { chainsOfEntries, chainsOfRows, type Chain, type Entry, type Root, type StoredSummary, type Trail } from "./tree.ts";
import { encodeEntries, encodeRoot, encodeRows, encodeTrail, nameOf } from "./format.ts";
import { pieceOf, summarise } from "./summary.ts";
import type { Micros } from "../../time.ts";
import type { Place, Rows } from "./rows.ts";
import type { Slot } from "./absorb.ts";
import type { StateLayout } from "./layout.ts";

/** Writes chunks, nodes and the root of one batch. */
export class PartWriter {
  readonly #layout: StateLayout;
  readonly written: Map<string, Uint8Array> = new Map();
  readonly replaced: Set<string> = new Set();

  constructor(layout: StateLayout) {
    this.#layout = layout;
  }

  /** A slot as entries again: itself where nothing changed in it. */
  sealed({ entry, node }: Slot): Entry[] {
    if (node === null || (node.kind === "rows" && !node.rows.isChanged)) return [entry];
    if (node.kind === "rows") {
      this.replaced.add(entry.name);
      const rows = node.rows.rows();
      return cuts(rows.length, this.#layout.chunk).map(([from, to]) => this.rows(rows.slice(from, to)).entry);
    }
    const entries = node.slots.flatMap((slot) => this.sealed(slot));
    if (entries.length === node.slots.length && entries.every(({ name }, i) => name === node.slots[i]?.entry.name)) return [entry];
    this.replaced.add(entry.name);
    return cuts(entries.length, this.#layout.fanout).map(([from, to]) => this.node(entries.slice(from, to), entry.level));
  }

  /** A chunk of rows, of which there is at least one, with its trail. */
  rows(rows: Rows): { readonly entry: Entry; readonly trail: Trail } {
    const { calls, gaps, kept, trailing } = this.#layout;
    const all = summarise(this.#layout, [{ rows }], calls);
    const summaries = kept.map((call, c) => (call === null ? null : (all[c] as StoredSummary)));
    const entry = this.#entry(encodeRows(rows), 0, rows.eventTime(0), rows.place(rows.length - 1), chainsOfRows(rows, gaps), summaries);
    return { entry, trail: trailing.map((call) => all[calls.indexOf(call)] as StoredSummary) };
  }

  /** A node of a level, of at least one entry. */
  node(entries: readonly Entry[], level: number): Entry {
    const summaries = summarise(this.#layout, entries.map(pieceOf), this.#layout.kept);
    const [first, last] = [entries[0]?.first as Micros, entries.at(-1)?.last as Place];
    return this.#entry(encodeEntries(this.#layout, entries), level, first, last, chainsOfEntries(entries, this.#layout.gaps), summaries);
  }

  /** Packs the oldest entries of each level into nodes of the next, where a level has more than twice as many as a node. */
  levelled(entries: readonly Entry[]): Entry[] {
    const { fanout } = this.#layout;
    let levelled = [...entries];
    for (let level = 0; levelled.some((entry) => entry.level === level); level++) {
      const from = levelled.findIndex((entry) => entry.level === level);
      const count = levelled.filter((entry) => entry.level === level).length;
      const nodes = Math.max(0, Math.ceil((count - 2 * fanout) / fanout));
      const packed = Array.from({ length: nodes }, (_, i) => this.node(levelled.slice(from + i * fanout, from + (i + 1) * fanout), level + 1));
      levelled = [...levelled.slice(0, from), ...packed, ...levelled.slice(from + nodes * fanout)];
    }
    return levelled;
  }

  /** The name of a root. */
  root(root: Root): string {
    return this.#write(encodeRoot(this.#layout, root));
  }

  /** The name of a trail. */
  trail(trail: Trail): string {
    return this.#write(encodeTrail(this.#layout, trail));
  }

  #entry(bytes: Uint8Array, level: number, first: Micros, last: Place, chains: readonly Chain[], summaries: Entry["summaries"]): Entry {
    return { name: this.#write(bytes), level, first, last, chains, summaries };
  }

  #write(bytes: Uint8Array): string {
    const name = nameOf(bytes);
    this.written.set(name, bytes);
    this.replaced.delete(name); // what was changed and changed back has its old name again
    return name;
  }
}

/** Where a list is cut into parts of about `size` if it has more than twice as many; no part for an empty list. */
function cuts(length: number, size: number): [from: number, to: number][] {
  if (length === 0) return [];
  const parts = length <= 2 * size ? 1 : Math.ceil(length / size);
  return Array.from({ length: parts }, (_, i) => [Math.floor((i * length) / parts), Math.floor(((i + 1) * length) / parts)]);
}
