// Takes rows into a state, and out of it: late ones go where they belong, old ones are let go.
import { closedBy, expiredCount, mayExpire } from "./expiry.ts";
import { comparePlaces, EditedRows, NO_ROWS, type Place, type Rows, type StateRow } from "./rows.ts";
import { decodeEntries, decodeRows } from "./format.ts";
import { found, rootOf, type Asking, type Chunks } from "./read.ts";
import { NO_TRAILS, trailOf, trailsAfter, trailsOf, type Trails } from "./trails.ts";
import { PartWriter } from "./write.ts";
import type { Closed, Entry, Head, Position } from "./tree.ts";
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
  /** Parts to write before the head. */
  readonly written: ReadonlyMap<string, Uint8Array>;
  /** Parts that the head no longer names. */
  readonly unnamed: ReadonlySet<string>;
  /** Retractions of rows that are not there: let go before, or never in. */
  readonly missed: number;
}

/** A state with nothing in it. */
export const EMPTY: Head = Object.freeze({ newestAvailable: -Infinity, position: {}, closed: null, open: NO_ROWS });

const NOTHING_WRITTEN: ReadonlyMap<string, Uint8Array> = new Map();
const NO_NAMES: ReadonlySet<string> = new Set();

/** Closed rows while a batch is absorbed: an entry as it was, and what it holds where that was read. */
export interface Slot {
  readonly entry: Entry;
  node: { readonly kind: "rows"; readonly rows: EditedRows } | { readonly kind: "slots"; readonly slots: readonly Slot[] } | null;
}

/**
 * Absorbs a batch. 1. What is newer than all closed rows changes the open rows. If these do not become too many and nothing is to be let
 * go, that is all: no part is asked for. 2. What is late belongs to the entry that covers its place in the order; what is needed
 * of closed rows is asked for, level by level, and changed. 3. Where the open rows are many, their oldest are closed.
 * 4. Changed chunks are written anew, each under the name of its content; too large ones are cut, and many entries of a level
 * become a node of the level above. 5. Entries that no window can see again are let go.
 * The values that it gives do not depend on how changes are cut into batches.
 */
export function* absorb(layout: StateLayout, head: Head, changes: readonly Change[], position: Position = head.position): Asking<Absorbed> {
  const { closed } = head;
  const opened = new EditedRows(layout.kinds, head.open);
  const late: Change[] = [];
  let { newestAvailable } = head;
  let missed = 0;
  for (const change of changes) {
    newestAvailable = Math.max(newestAvailable, change.availableTime);
    if (closed !== null && comparePlaces(change.row, closed.last) <= 0) late.push(change);
    else if (!apply(change, opened)) missed++;
  }
  const open = opened.rows();
  const isSettled = late.length === 0 && open.length < 2 * layout.chunk && (closed === null || !mayExpire(layout, closed, open, newestAvailable));
  if (isSettled) return { head: { newestAvailable, position, closed, open }, written: NOTHING_WRITTEN, unnamed: NO_NAMES, missed };
  const before = yield* closedBefore(layout, closed);
  yield* readFor(layout, before.slots, late);
  let isTakenFrom = false;
  const lateRows = new EditedRows(layout.kinds, NO_ROWS);
  for (const change of late) {
    if (!apply(change, chunkFor(before.slots, change.row))) missed++;
    else if (change.kind === "retract") isTakenFrom = true;
    else lateRows.insert(change.row);
  }
  const after = yield* regrown(layout, { ...before, late: isTakenFrom ? null : lateRows.rows() }, open, newestAvailable);
  if (closed !== null && after.closed?.name !== closed.name) after.unnamed.add(closed.name);
  for (const name of after.unnamed) after.written.delete(name);
  const { written, unnamed } = after;
  return { head: { newestAvailable, position, closed: after.closed, open: after.open }, written, unnamed, missed };
}

/** Lets go of all rows of a state. */
export function* emptied(layout: StateLayout, { closed, position, newestAvailable }: Head): Asking<Absorbed> {
  const head = { ...EMPTY, position, newestAvailable };
  if (closed === null) return { head, written: NOTHING_WRITTEN, unnamed: NO_NAMES, missed: 0 };
  const { entries } = yield* rootOf(layout, closed.name);
  const names = yield* namesUnder(layout, entries, NOTHING_WRITTEN);
  const unnamed = new Set([closed.name, ...(closed.trail === null ? [] : [closed.trail]), ...names]);
  return { head, written: NOTHING_WRITTEN, unnamed, missed: 0 };
}

/** What was closed before a batch. */
interface ClosedBefore {
  readonly slots: readonly Slot[];
  readonly trails: Trails;
}

function* closedBefore(layout: StateLayout, closed: Closed | null): Asking<ClosedBefore> {
  if (closed === null) return { slots: [], trails: NO_TRAILS };
  const { entries, oldRows, young } = yield* rootOf(layout, closed.name);
  return { slots: entries.map((entry): Slot => ({ entry, node: null })), trails: { old: closed.trail, oldRows, young } };
}

/** Closes open rows, writes what changed, and lets go of what is old. `late` is what came in among closed rows; null where any of these went. */
function* regrown(
  layout: StateLayout,
  { slots, trails: before, late }: ClosedBefore & { readonly late: Rows | null },
  open: Rows,
  newest: Micros,
): Asking<Pick<Head, "closed" | "open"> & { readonly written: Map<string, Uint8Array>; readonly unnamed: Set<string> }> {
  const writer = new PartWriter(layout);
  const { chunk } = layout;
  const chunks = Math.max(0, Math.floor(open.length / chunk) - 1);
  const added = Array.from({ length: chunks }, (_, i) => writer.rows(open.slice(i * chunk, (i + 1) * chunk)));
  const rest = open.slice(chunks * chunk);
  const levelled = writer.levelled([...slots.flatMap((slot) => writer.sealed(slot)), ...added.map(({ entry }) => entry)]);
  const expired = expiredCount(layout, levelled, rest, newest);
  const entries = levelled.slice(expired);
  const unnamed = new Set([...writer.replaced, ...(yield* namesUnder(layout, levelled.slice(0, expired), writer.written))]);
  if (entries.length === 0) {
    if (before.old !== null) unnamed.add(before.old);
    return { closed: null, open: rest, written: writer.written, unnamed };
  }
  const earliest = (entries[0] as Entry).first;
  const { old, ...trails } =
    late === null
      ? trailsOf(layout, before, yield* rowsUnder(layout, entries, writer.written), writer)
      : yield* trailsAfter(layout, before, [...(late.length === 0 ? [] : [trailOf(layout, [late])]), ...added.map(({ trail }) => trail)], earliest, writer);
  const closed = closedBy(layout, { name: writer.root({ entries, ...trails }), trail: old }, entries);
  for (const name of writer.replaced) unnamed.add(name);
  return { closed, open: rest, written: writer.written, unnamed };
}

/** The deepest read slot for a place among closed rows; null for one that is newer than they are. */
function slotFor(slots: readonly Slot[], place: Place): Slot | null {
  const slot = slots.find(({ entry }) => comparePlaces(place, entry.last) <= 0);
  if (slot === undefined) return null;
  return slot.node?.kind === "slots" ? (slotFor(slot.node.slots, place) ?? slot) : slot;
}

function* readFor(layout: StateLayout, slots: readonly Slot[], changes: readonly Change[]): Asking<void> {
  for (;;) {
    const wanted = new Set(changes.map(({ row }) => slotFor(slots, row) as Slot).filter(({ node }) => node === null));
    if (wanted.size === 0) return;
    const chunks = yield [...wanted].map(({ entry }) => entry.name);
    for (const slot of wanted) {
      const { name, level } = slot.entry;
      const bytes = found(chunks, name);
      slot.node =
        level === 0
          ? { kind: "rows", rows: new EditedRows(layout.kinds, decodeRows(bytes)) }
          : { kind: "slots", slots: decodeEntries(layout, bytes).map((entry): Slot => ({ entry, node: null })) };
    }
  }
}

/** The rows of the chunk that a place belongs to, which were read. */
function chunkFor(slots: readonly Slot[], place: Place): EditedRows {
  const slot = slotFor(slots, place);
  if (slot?.node?.kind !== "rows") throw new Error("a chunk that changes was not read");
  return slot.node.rows;
}

/** False for a retraction of what is not there. */
function apply({ kind, row }: Change, rows: EditedRows): boolean {
  if (kind === "retract") return rows.retract(row);
  rows.insert(row);
  return true;
}

/** The names of entries and of all below them. */
function* namesUnder(layout: StateLayout, entries: readonly Entry[], written: ReadonlyMap<string, Uint8Array>): Asking<string[]> {
  const names = entries.map(({ name }) => name);
  const nodes = entries.filter(({ level }) => level > 0);
  const parts = yield* partsOf(nodes, written);
  for (const { name, level } of nodes) {
    const below = decodeEntries(layout, found(parts, name));
    if (level === 1) names.push(...below.map((entry) => entry.name));
    else names.push(...(yield* namesUnder(layout, below, written)));
  }
  return names;
}

/** The closed rows under entries, in order. */
function* rowsUnder(layout: StateLayout, entries: readonly Entry[], written: Chunks): Asking<Rows[]> {
  const parts = yield* partsOf(entries, written);
  const rows: Rows[] = [];
  for (const { name, level } of entries) {
    if (level === 0) rows.push(decodeRows(found(parts, name)));
    else rows.push(...(yield* rowsUnder(layout, decodeEntries(layout, found(parts, name)), written)));
  }
  return rows;
}

/** The parts of entries, of which some are written in this batch. */
function* partsOf(entries: readonly Entry[], written: Chunks): Asking<Chunks> {
  const stored = entries.filter(({ name }) => !written.has(name)).map(({ name }) => name);
  return stored.length === 0 ? written : new Map([...written, ...(yield stored)]);
}
