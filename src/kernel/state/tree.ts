// The parts of a state: raw rows, and entries that stand for closed rows with a summary of each call.
import { isChained } from "../../aggregate/window.ts";
import type { Cell } from "../../schema/cells.ts";
import type { Micros } from "../../time.ts";

/** A place in the source's total order: event time, then the canonical bytes of what decides ties, as Latin-1 text. */
export interface Place {
  readonly eventTime: Micros;
  readonly order: string;
}

/** A row of a state: its place, and what each input of the plan gave for it. */
export interface StateRow extends Place {
  readonly cells: readonly Cell[];
}

/** What closed rows come to for one call: some of them, with the call's inputs, and numbers. */
export interface StoredSummary {
  readonly times: readonly Micros[];
  /** For each input of the call, one cell for each of the rows. */
  readonly cells: readonly (readonly Cell[])[];
  readonly numbers: readonly number[];
}

/** How rows chain for one gap. */
export interface Chain {
  /** The event time of the last row before the first gap; null where the rows are one chain. */
  readonly firstBreak: Micros | null;
  /** The event time at which the last chain begins. */
  readonly start: Micros;
}

/** Closed rows that follow each other in the order: a chunk of rows at level 0, a node of entries of the level below above. */
export interface Entry {
  /** A hash of the content: what is written once is never written otherwise. */
  readonly name: string;
  readonly level: number;
  readonly first: Place;
  readonly last: Place;
  /** One for each gap of the layout. */
  readonly chains: readonly Chain[];
  /** One for each call of the layout. */
  readonly summaries: readonly StoredSummary[];
}

/** The head of a state: everything but the closed rows. */
export interface Head {
  /** The newest available time of what was absorbed: every T that it is asked at lies above. */
  readonly newestAvailable: Micros;
  /** How far its logs were absorbed, as the absorber says it. */
  readonly position: Position;
  /** Closed rows, oldest first; levels do not rise. */
  readonly entries: readonly Entry[];
  /** The newest rows, in order. */
  readonly open: readonly StateRow[];
}

/** For each log partition how far it was absorbed. */
export type Position = Readonly<Record<string, string>>;

/** Part of a window: raw rows, or an entry that lies wholly in it. */
export type Piece = { readonly rows: readonly StateRow[] } | { readonly entry: Entry };

/** Compares places in the total order. */
export function comparePlaces(a: Place, b: Place): number {
  return a.eventTime - b.eventTime || (a.order < b.order ? -1 : a.order > b.order ? 1 : 0);
}

/** The first row at or after a place; the number of rows if there is none. */
export function placeIn(rows: readonly StateRow[], place: Place): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (comparePlaces(rows[middle] as StateRow, place) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Something with rows from a first to a last event time, which chain inside it. */
interface Stretch {
  readonly first: Micros;
  readonly last: Micros;
  readonly chain: Chain;
}

/** How stretches in order chain for a gap; there is at least one. */
function chained(stretches: readonly Stretch[], gap: Micros): Chain {
  let firstBreak: Micros | null = null;
  let start = stretches[0]?.first as Micros;
  stretches.forEach(({ first, chain }, i) => {
    const before = stretches[i - 1];
    if (before !== undefined && !isChained(before.last, first, gap)) {
      firstBreak ??= before.last;
      start = first;
    }
    firstBreak ??= chain.firstBreak;
    if (chain.firstBreak !== null) start = chain.start;
  });
  return { firstBreak, start };
}

/** How rows chain for each gap. */
export function chainsOfRows(rows: readonly StateRow[], gaps: readonly Micros[]): Chain[] {
  const stretches = rows.map(({ eventTime }): Stretch => ({ first: eventTime, last: eventTime, chain: { firstBreak: null, start: eventTime } }));
  return gaps.map((gap) => chained(stretches, gap));
}

/** How entries chain for each gap. */
export function chainsOfEntries(entries: readonly Entry[], gaps: readonly Micros[]): Chain[] {
  return gaps.map((gap, g) =>
    chained(
      entries.map(({ first, last, chains }): Stretch => ({ first: first.eventTime, last: last.eventTime, chain: chains[g] as Chain })),
      gap,
    ),
  );
}
