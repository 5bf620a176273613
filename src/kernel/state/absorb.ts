// Takes rows into a state, and out of it: late ones go where they belong, old ones are let go.
import { ChunkMissing, nodeOf, type Asking } from "./read.ts";
import { chainsOfEntries, chainsOfRows, comparePlaces, placeIn, type Chain, type Entry, type Head, type Place, type Position, type StateRow } from "./tree.ts";
import { encodeEntries, encodeRows, nameOf } from "./format.ts";
import { isChained } from "../../aggregate/window.ts";
import { summarise } from "./summary.ts";
import type { Micros } from "../../time.ts";
import type { StateLayout } from "./layout.ts";

/** A row that comes in, or one that a correction takes back: the version that came in before, exactly as it was. */
export interface Change {
  readonly kind: "insert" | "retract";
  readonly row: StateRow;
  readonly availableTime: Micros;
}

/** A state with changes taken in. */
export interface Absorbed {
  readonly head: Head;
  /** Chunks and nodes to write before the head. */
  readonly written: ReadonlyMap<string, Uint8Array>;
  /** Chunks and nodes that the head no longer names. */
  readonly unnamed: ReadonlySet<string>;
  /** Retractions of rows that are not there: let go before, or never in. */
  readonly missed: number;
}

/** A state with nothing in it. */
export const EMPTY: Head = Object.freeze({ newestAvailable: -Infinity, position: {}, entries: [], open: [] });

/** Closed rows while a batch is absorbed: an entry as it was, and what it holds where that was read. */
interface Slot {
  readonly entry: Entry;
  node: { readonly kind: "rows"; readonly rows: StateRow[]; changed: boolean } | { readonly kind: "slots"; readonly slots: Slot[] } | null;
}

/**
 * Absorbs a batch. 1. Each change belongs to the entry that covers its place in the order, or to the open rows; what is needed
 * of closed rows is asked for, level by level. 2. Changes are made. 3. Where the open rows are many, their oldest are closed.
 * 4. Changed chunks are written anew, each under the name of its content; too large ones are cut, and many entries of a level
 * become a node of the level above. 5. Entries that no window can see again are let go.
 * The values that it gives do not depend on how changes are cut into batches.
 */
export function* absorb(layout: StateLayout, head: Head, changes: readonly Change[], position: Position = head.position): Asking<Absorbed> {
  const slots = head.entries.map((entry): Slot => ({ entry, node: null }));
  const open = [...head.open];
  yield* readFor(slots, changes);
  let missed = 0;
  for (const change of changes) if (!apply(change, chunkFor(slots, change.row) ?? open)) missed++;
  const writer = new Writer(layout);
  const entries = slots.flatMap((slot) => writer.sealed(slot));
  while (open.length >= 2 * layout.chunk) entries.push(writer.rows(open.splice(0, layout.chunk)));
  const newestAvailable = changes.reduce((newest, { availableTime }) => Math.max(newest, availableTime), head.newestAvailable);
  const kept = writer.levelled(entries);
  const expired = expiredCount(layout, kept, open, newestAvailable);
  const unnamed = new Set([...writer.replaced, ...(yield* namesUnder(kept.slice(0, expired), writer.written))]);
  const after: Head = { newestAvailable, position, entries: kept.slice(expired), open };
  for (const name of unnamed) writer.written.delete(name);
  return { head: after, written: writer.written, unnamed, missed };
}

/** The deepest read slot for a place; null where it belongs to the open rows. */
function slotFor(slots: readonly Slot[], place: Place): Slot | null {
  const slot = slots.find(({ entry }) => comparePlaces(place, entry.last) <= 0);
  if (slot === undefined) return null;
  return slot.node?.kind === "slots" ? (slotFor(slot.node.slots, place) ?? slot) : slot;
}

function* readFor(slots: readonly Slot[], changes: readonly Change[]): Asking<void> {
  for (;;) {
    const wanted = new Set(changes.map(({ row }) => slotFor(slots, row)).filter((slot) => slot !== null && slot.node === null)) as Set<Slot>;
    if (wanted.size === 0) return;
    const chunks = yield [...wanted].map(({ entry }) => entry.name);
    for (const slot of wanted) {
      const node = nodeOf(chunks.get(slot.entry.name), slot.entry.name, slot.entry.level);
      slot.node =
        "rows" in node
          ? { kind: "rows", rows: [...node.rows], changed: false }
          : { kind: "slots", slots: node.entries.map((entry): Slot => ({ entry, node: null })) };
    }
  }
}

/** The rows of the chunk that a place belongs to, which are about to change. */
function chunkFor(slots: readonly Slot[], place: Place): StateRow[] | null {
  const slot = slotFor(slots, place);
  if (slot === null) return null;
  if (slot.node?.kind !== "rows") throw new ChunkMissing(slot.entry.name);
  slot.node.changed = true;
  return slot.node.rows;
}

/** False for a retraction of what is not there. */
function apply({ kind, row }: Change, rows: StateRow[]): boolean {
  const at = placeIn(rows, row);
  if (kind === "insert") {
    rows.splice(at, 0, row);
    return true;
  }
  const found = rows[at];
  if (found === undefined || comparePlaces(found, row) !== 0) return false;
  rows.splice(at, 1);
  return true;
}

/** Writes chunks and nodes, and keeps count of what is replaced. */
class Writer {
  readonly #layout: StateLayout;
  readonly written: Map<string, Uint8Array> = new Map();
  readonly replaced: Set<string> = new Set();

  constructor(layout: StateLayout) {
    this.#layout = layout;
  }

  /** A slot as entries again: itself where nothing changed in it. */
  sealed({ entry, node }: Slot): Entry[] {
    if (node === null || (node.kind === "rows" && !node.changed)) return [entry];
    if (node.kind === "rows") {
      this.replaced.add(entry.name);
      return cut(node.rows, this.#layout.chunk).map((rows) => this.rows(rows));
    }
    const entries = node.slots.flatMap((slot) => this.sealed(slot));
    if (entries.length === node.slots.length && entries.every(({ name }, i) => name === node.slots[i]?.entry.name)) return [entry];
    this.replaced.add(entry.name);
    return cut(entries, this.#layout.fanout).map((part) => this.node(part, entry.level));
  }

  rows(rows: readonly StateRow[]): Entry {
    const { gaps } = this.#layout;
    return this.#entry(encodeRows(rows), 0, rows[0] as Place, rows.at(-1) as Place, chainsOfRows(rows, gaps), summarise(this.#layout, [{ rows }]));
  }

  node(entries: readonly Entry[], level: number): Entry {
    const summaries = summarise(
      this.#layout,
      entries.map((entry) => ({ entry })),
    );
    const [first, last] = [entries[0]?.first as Place, entries.at(-1)?.last as Place];
    return this.#entry(encodeEntries(entries), level, first, last, chainsOfEntries(entries, this.#layout.gaps), summaries);
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

  #entry(bytes: Uint8Array, level: number, first: Place, last: Place, chains: readonly Chain[], summaries: Entry["summaries"]): Entry {
    const name = nameOf(bytes);
    this.written.set(name, bytes);
    this.replaced.delete(name); // what was changed and changed back has its old name again
    const place = ({ eventTime, order }: Place): Place => ({ eventTime, order });
    return { name, level, first: place(first), last: place(last), chains, summaries };
  }
}

/** Cuts a list into parts of about `size` where it has more than twice as many; none for an empty list. */
function cut<V>(list: readonly V[], size: number): (readonly V[])[] {
  if (list.length === 0) return [];
  if (list.length <= 2 * size) return [list];
  const parts = Math.ceil(list.length / size);
  return Array.from({ length: parts }, (_, i) => list.slice(Math.floor((i * list.length) / parts), Math.floor(((i + 1) * list.length) / parts)));
}

/**
 * How many of the oldest entries no window can see again. A row has left a sliding window for good once `e + reach` is not
 * above the newest available time, since every T lies above that. An old session is over for good where its last row is so old that
 * neither a row that may still come (`late` after its event at most) nor T can chain to it.
 */
function expiredCount({ plan, gaps, reach, late }: StateLayout, entries: readonly Entry[], open: readonly StateRow[], newest: Micros): number {
  const sliding = plan.frames.some(({ gap }) => gap === null) ? countWhile(entries, ({ last }) => last.eventTime + reach <= newest) : entries.length;
  const openChains = open.length === 0 ? null : chainsOfRows(open, gaps);
  const over = gaps.map((gap, g) => {
    const isOver = (last: Micros | null | undefined): boolean => last !== null && last !== undefined && !isChained(last, newest - late, gap);
    let count = 0;
    entries.forEach(({ last, chains }, i) => {
      const next = entries[i + 1]?.first.eventTime ?? open[0]?.eventTime ?? Infinity;
      if (isOver(chains[g]?.firstBreak)) count = Math.max(count, i);
      if (isOver(last.eventTime) && !isChained(last.eventTime, next, gap)) count = Math.max(count, i + 1);
    });
    return isOver(openChains?.[g]?.firstBreak) ? entries.length : count;
  });
  return Math.min(sliding, ...over);
}

function countWhile<V>(list: readonly V[], holds: (value: V) => boolean): number {
  const first = list.findIndex((value) => !holds(value));
  return first < 0 ? list.length : first;
}

/** The names of entries and of all below them. */
function* namesUnder(entries: readonly Entry[], written: ReadonlyMap<string, Uint8Array>): Asking<string[]> {
  const names = entries.map(({ name }) => name);
  const nodes = entries.filter(({ level }) => level > 0);
  if (nodes.length === 0) return names;
  const stored = nodes.filter(({ name }) => !written.has(name)).map(({ name }) => name);
  const chunks = stored.length === 0 ? new Map<string, Uint8Array>() : yield stored;
  for (const { name, level } of nodes) {
    const node = nodeOf(written.get(name) ?? chunks.get(name), name, level);
    if ("entries" in node) names.push(...(yield* namesUnder(node.entries, written)));
  }
  return names;
}
