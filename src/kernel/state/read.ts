// Reads a view's values from a state: summaries of what lies wholly in a window, raw rows of the chunks that its edges cut.
import { decodeEntries, decodeRoot, decodeRows, decodeTrail } from "./format.ts";
import { evaluate } from "./evaluate.ts";
import { isChained, partIn, spanAt, type EventSpan } from "../../aggregate/window.ts";
import { pieceOf, type Piece } from "./summary.ts";
import type { Chain, Closed, Entry, Head, Root, Trail } from "./tree.ts";
import type { EntityValues } from "../../plan/answer.ts";
import type { Micros } from "../../time.ts";
import type { Rows } from "./rows.ts";
import type { StateLayout } from "./layout.ts";
import type { Window } from "../../define/window.ts";

/** Parts by name. */
export type Chunks = ReadonlyMap<string, Uint8Array>;
/** A computation that asks for parts by name, several at once, and is given them: the host may read them as it likes. */
export type Asking<V> = Generator<readonly string[], V, Chunks>;

/** Runs a computation to its end where parts can be read at once. */
export function settle<V>(asking: Asking<V>, load: (names: readonly string[]) => Chunks): V {
  let step = asking.next();
  while (step.done !== true) step = asking.next(load(step.value));
  return step.value;
}

const NO_ROOT: Root = { entries: [], oldRows: 0, young: [] };
/** The event times of a session that is not open. */
const NO_TIMES: EventSpan = [Infinity, Infinity];

/**
 * The values of a view at T, which lies above the newest available time; null where no window holds a row. 1. Each window's
 * edges are found; a session's from how its entries chain. 2. Entries that an edge cuts are read, level by level: all raw rows where T lies
 * among closed rows, and there are calls of which entries keep no summary. 3. The features are evaluated over what lies in their windows.
 */
export function* valuesAt(layout: StateLayout, head: Head, at: Micros): Asking<EntityValues | null> {
  const { closed, open } = head;
  const { frames } = layout.plan;
  const mayHold = closed !== null && frames.some((frame) => frame.gap !== null || partIn(-Infinity, closed.last.eventTime, spanAt(frame, at)) !== "none");
  const { root, trails } = mayHold ? yield* rootAndTrails(layout, closed) : NOTHING_CLOSED;
  const closedTo = closed?.last.eventTime ?? -Infinity;
  const reader = new Reader(layout, root, open, closedTo >= at && layout.kept.includes(null));
  const spans: EventSpan[] = [];
  for (const frame of frames) spans.push(frame.gap === null ? spanAt(frame, at) : yield* reader.session(frame, at));
  return evaluate(layout, { closed: yield* reader.pieces(spans), open, trails, closedTo, spans }, at);
}

const NOTHING_CLOSED = { root: NO_ROOT, trails: [] };

function* rootAndTrails(layout: StateLayout, { name, trail }: Closed): Asking<{ readonly root: Root; readonly trails: readonly Trail[] }> {
  const parts = yield trail === null ? [name] : [name, trail];
  const root = decodeRoot(layout, found(parts, name));
  return { root, trails: trail === null ? root.young : [decodeTrail(layout, found(parts, trail)), ...root.young] };
}

/** Asks for a root. */
export function* rootOf(layout: StateLayout, name: string): Asking<Root> {
  return decodeRoot(layout, found(yield [name], name));
}

/** A part that was asked for. Throws a `ChunkMissing` where it is gone: the head must be read again. */
export function found(chunks: Chunks, name: string): Uint8Array {
  const bytes = chunks.get(name);
  if (bytes === undefined) throw new ChunkMissing(name);
  return bytes;
}

/** Thrown where a head names a part that is no longer there: it was replaced after the head was read. */
export class ChunkMissing extends Error {
  constructor(name: string) {
    super(`chunk ${name} is gone: read the head again`);
  }
}

/** Closed rows as they are read: what was read once is not asked for again. */
class Reader {
  readonly #layout: StateLayout;
  readonly #root: Root;
  readonly #open: Rows;
  readonly #isRaw: boolean;
  readonly #rows = new Map<string, Rows>();
  readonly #nodes = new Map<string, readonly Entry[]>();

  constructor(layout: StateLayout, root: Root, open: Rows, isRaw: boolean) {
    this.#layout = layout;
    this.#root = root;
    this.#open = open;
    this.#isRaw = isRaw;
  }

  /** The pieces of closed rows that lie in any of some spans, in order. Asks for all cut entries of a level at once. */
  *pieces(spans: readonly EventSpan[]): Asking<Piece[]> {
    const parts = yield* this.#parts(spans);
    return parts.map((part) => ("level" in part ? pieceOf(part) : { rows: part }));
  }

  /** The session open at T: from the start of the chain that ends with the newest row before T, if that is not too old. */
  *session({ gap, length }: Window, at: Micros): Asking<EventSpan> {
    const g = this.#layout.gaps.indexOf(gap as Micros);
    const parts = [...(yield* this.#parts([[-Infinity, at]])), this.#open];
    let start = at;
    for (const part of parts.reverse()) {
      if ("level" in part) {
        if (!isChained(part.last.eventTime, start, gap as Micros)) break;
        const chain = part.chains[g] as Chain;
        start = chain.start;
        if (chain.firstBreak !== null) break;
      } else {
        start = chainedTo(part, start, gap as Micros);
        if (part.length > 0 && part.eventTime(0) < start) break;
      }
    }
    return start === at ? NO_TIMES : [Math.max(start, at - length), at];
  }

  *#parts(spans: readonly EventSpan[]): Asking<(Entry | Rows)[]> {
    for (;;) {
      const missing = new Map<string, number>();
      const parts: (Entry | Rows)[] = [];
      this.#collect(this.#root.entries, spans, parts, missing);
      if (missing.size === 0) return parts;
      const chunks = yield [...missing.keys()];
      for (const [name, level] of missing) {
        const bytes = found(chunks, name);
        if (level === 0) this.#rows.set(name, decodeRows(bytes));
        else this.#nodes.set(name, decodeEntries(this.#layout, bytes));
      }
    }
  }

  /** Collects the parts of entries that lie in any of the spans, and the entries to be read because an edge of a span cuts them. */
  #collect(entries: readonly Entry[], spans: readonly EventSpan[], parts: (Entry | Rows)[], missing: Map<string, number>): void {
    for (const entry of entries) {
      const part = partInAny(entry, spans);
      if (part === "none") continue;
      if (part === "all" && !this.#isRaw) {
        parts.push(entry);
        continue;
      }
      const { name, level } = entry;
      const rows = this.#rows.get(name);
      const node = this.#nodes.get(name);
      if (rows !== undefined) parts.push(rows);
      else if (node !== undefined) this.#collect(node, spans, parts, missing);
      else missing.set(name, level);
    }
  }
}

/** Whether some spans hold an entry as a whole, or an edge of one of them cuts it. */
function partInAny({ first, last }: Entry, spans: readonly EventSpan[]): "all" | "some" | "none" {
  let isIn = false;
  for (let s = 0; s < spans.length; s++) {
    const part = partIn(first, last.eventTime, spans[s] as EventSpan);
    if (part === "some") return part;
    if (part === "all") isIn = true;
  }
  return isIn ? "all" : "none";
}

/** The event time of the oldest row that chains to a moment, by way of rows between them; the moment itself where none does. */
function chainedTo(rows: Rows, moment: Micros, gap: Micros): Micros {
  let start = moment;
  for (let row = rows.length - 1; row >= 0; row--) {
    const time = rows.eventTime(row);
    if (time >= start) continue;
    if (!isChained(time, start, gap)) break;
    start = time;
  }
  return start;
}
