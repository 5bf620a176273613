// Reads a view's values from a state: summaries of what lies wholly in a window, raw rows of the chunks that its edges cut.
import { decodeEntries, decodeRows } from "./format.ts";
import { deletesInput, type CallPlan } from "../../plan/view-plan.ts";
import { inputsOf, valueOver } from "./summary.ts";
import { isChained, partIn, spanAt, type EventSpan } from "../../aggregate/window.ts";
import type { Chain, Entry, Head, Piece, StateRow } from "./tree.ts";
import type { EntityValues } from "../../plan/answer.ts";
import type { Micros } from "../../time.ts";
import type { StateLayout } from "./layout.ts";
import type { Window } from "../../define/window.ts";

/** Chunks and nodes by name. */
export type Chunks = ReadonlyMap<string, Uint8Array>;
/** A computation that asks for chunks by name, several at once, and is given them: the host may read them as it likes. */
export type Asking<V> = Generator<readonly string[], V, Chunks>;

/** Runs a computation to its end where chunks can be read at once. */
export function settle<V>(asking: Asking<V>, load: (names: readonly string[]) => Chunks): V {
  let step = asking.next();
  while (step.done !== true) step = asking.next(load(step.value));
  return step.value;
}

/**
 * The values of a view at T, which lies above the newest available time; null where no window holds a row. 1. Each window's
 * edges are found; a session's from how its entries chain. 2. Entries that an edge cuts are read, level by level. 3. Each
 * feature runs over the pieces of its window.
 */
export function* valuesAt(layout: StateLayout, head: Head, at: Micros): Asking<EntityValues | null> {
  const read = new Map<string, Node>();
  const framePieces: Piece[][] = [];
  for (const frame of layout.plan.frames) {
    const span = frame.gap === null ? spanAt(frame, at) : yield* sessionSpan(layout, head, frame, at, read);
    framePieces.push(span === null ? [] : yield* piecesIn(head, span, read));
  }
  if (framePieces.every((pieces) => pieces.length === 0) || isDeleted(layout, framePieces[0]?.at(-1))) return null;
  const said = layout.plan.features.map(({ frame }, feature) => valueOver(layout, feature, framePieces[frame] as Piece[], at));
  return {
    values: said.map(({ value }) => value),
    failed: said.map(({ failed }) => failed),
    newest: framePieces.map((pieces) => newestOf(pieces.at(-1))),
  };
}

/** Whether the newest row of an entity source deletes its entity. */
function isDeleted(layout: StateLayout, newest: Piece | undefined): boolean {
  const deletes = deletesInput(layout.plan);
  if (deletes === null || newest === undefined) return false;
  if ("rows" in newest) return newest.rows.at(-1)?.cells[deletes] === true;
  const [call] = layout.calls as [CallPlan];
  return newest.entry.summaries[0]?.cells[inputsOf(call).indexOf(deletes)]?.at(-1) === true;
}

/** The session open at T: from the start of the chain that ends with the newest row before T, if that is not too old. */
function* sessionSpan(layout: StateLayout, head: Head, { gap, length }: Window, at: Micros, read: Map<string, Node>): Asking<EventSpan | null> {
  const pieces = yield* piecesIn(head, [-Infinity, at], read);
  const newest = newestOf(pieces.at(-1));
  if (newest === null || !isChained(newest, at, gap as Micros)) return null;
  const g = layout.gaps.indexOf(gap as Micros);
  let start = newest;
  for (const piece of pieces.toReversed()) {
    const stretches = "rows" in piece ? piece.rows.toReversed().map(({ eventTime }) => rowStretch(eventTime)) : [entryStretch(piece.entry, g)];
    for (const { last, chain } of stretches) {
      if (!isChained(last, start, gap as Micros)) return [Math.max(start, at - length), at];
      start = chain.start;
      if (chain.firstBreak !== null) return [Math.max(start, at - length), at];
    }
  }
  return [Math.max(start, at - length), at];
}

function rowStretch(eventTime: Micros): { readonly last: Micros; readonly chain: Chain } {
  return { last: eventTime, chain: { firstBreak: null, start: eventTime } };
}

function entryStretch({ last, chains }: Entry, g: number): { readonly last: Micros; readonly chain: Chain } {
  return { last: last.eventTime, chain: chains[g] as Chain };
}

function newestOf(piece: Piece | undefined): Micros | null {
  if (piece === undefined) return null;
  return "rows" in piece ? (piece.rows.at(-1)?.eventTime ?? null) : piece.entry.last.eventTime;
}

/** A chunk or a node, read. */
type Node = { readonly rows: readonly StateRow[] } | { readonly entries: readonly Entry[] };

/** The pieces of a span, none empty. Asks for all cut entries of a level at once. */
function* piecesIn(head: Head, span: EventSpan, read: Map<string, Node>): Asking<Piece[]> {
  for (;;) {
    const missing = new Set<string>();
    const pieces = [...entryPieces(head.entries, span, read, missing), ...rowPieces(head.open, span)];
    if (missing.size === 0) return pieces;
    const chunks = yield [...missing];
    const levels = levelsOf(head.entries, read);
    for (const name of missing) read.set(name, nodeOf(chunks.get(name), name, levels.get(name) as number));
  }
}

function entryPieces(entries: readonly Entry[], span: EventSpan, read: Map<string, Node>, missing: Set<string>): Piece[] {
  return entries.flatMap((entry): Piece[] => {
    const part = partIn(entry.first.eventTime, entry.last.eventTime, span);
    if (part === "none") return [];
    if (part === "all") return [{ entry }];
    const node = read.get(entry.name);
    if (node !== undefined) return "rows" in node ? rowPieces(node.rows, span) : entryPieces(node.entries, span, read, missing);
    missing.add(entry.name);
    return [];
  });
}

function rowPieces(rows: readonly StateRow[], span: EventSpan): Piece[] {
  const inside = rows.filter(({ eventTime }) => partIn(eventTime, eventTime, span) === "all");
  return inside.length === 0 ? [] : [{ rows: inside }];
}

/** The levels of all entries that are known so far. */
function levelsOf(entries: readonly Entry[], read: Map<string, Node>, levels: Map<string, number> = new Map()): Map<string, number> {
  for (const { name, level } of entries) {
    levels.set(name, level);
    const node = read.get(name);
    if (node !== undefined && "entries" in node) levelsOf(node.entries, read, levels);
  }
  return levels;
}

/** Reads a chunk or node. Throws a `ChunkMissing` where it is gone: the head must be read again. */
export function nodeOf(bytes: Uint8Array | undefined, name: string, level: number): Node {
  if (bytes === undefined) throw new ChunkMissing(name);
  return level === 0 ? { rows: decodeRows(bytes) } : { entries: decodeEntries(bytes) };
}

/** Thrown where a head names a chunk that is no longer there: it was replaced after the head was read. */
export class ChunkMissing extends Error {
  constructor(name: string) {
    super(`chunk ${name} is gone: read the head again`);
  }
}
