// The parts of a state: open rows, and entries that stand for closed rows with a summary of each call.
import { isChained } from "../../aggregate/window.ts";
import type { Column } from "../../schema/column.ts";
import type { Micros } from "../../time.ts";
import type { Place, Rows } from "./rows.ts";

/**
 * What closed rows come to for one call: some of them, with the call's inputs, and numbers. Both are a part of lists that the
 * summaries of many entries share.
 */
export interface StoredSummary {
  /** The event times of the rows. */
  readonly times: ArrayLike<number>;
  /** For each input of the call, a column of the rows. */
  readonly columns: readonly Column[];
  /** The rows `[from, to)`. */
  readonly from: number;
  readonly to: number;
  /** The numbers `[first, end)`. */
  readonly numbers: ArrayLike<number>;
  readonly first: number;
  readonly end: number;
}

/** How rows chain for one gap. */
export interface Chain {
  /** The event time of the last row before the first gap; null where the rows are one chain. */
  readonly firstBreak: Micros | null;
  /** The event time at which the last chain begins. */
  readonly start: Micros;
}

/** A summary for each call of some; null where none is kept. */
export type Summaries = readonly (StoredSummary | null)[];

/** Closed rows that follow each other in the order: a chunk of rows at level 0, a node of entries of the level below above. */
export interface Entry {
  /** A hash of the content: what is written once is never written otherwise. */
  readonly name: string;
  readonly level: number;
  /** The event time of the first row. */
  readonly first: Micros;
  readonly last: Place;
  /** One for each gap of the layout. */
  readonly chains: readonly Chain[];
  /** One for each call of the layout; null for those that entries do not keep. */
  readonly summaries: Summaries;
}

/** What stands for some closed rows: for each call that trails, a summary of them. */
export type Trail = readonly StoredSummary[];

/** All closed rows, in a part of its own: what comes newer than they are does not need it. */
export interface Root {
  /** Oldest first; levels do not rise. */
  readonly entries: readonly Entry[];
  /** How many rows there are in the old trail. */
  readonly oldRows: number;
  /** The trails of the closed rows that are not in the old one. */
  readonly young: readonly Trail[];
}

/** What a head tells of its closed rows. */
export interface Closed {
  /** The name of the root. */
  readonly name: string;
  /** The name of the old trail: a summary of most closed rows for each call that trails; null where there is none. */
  readonly trail: string | null;
  readonly last: Place;
  /** The event time of the oldest entry's last row. */
  readonly oldest: Micros;
  /** For each gap the last row before the first break that would let an entry go; null where there is none. */
  readonly breaks: readonly (Micros | null)[];
}

/** The head of a state: everything but the closed rows. */
export interface Head {
  /** The newest available time of what was absorbed: every T that it is asked at lies above. */
  readonly newestAvailable: Micros;
  /** How far its logs were absorbed, as the absorber says it. */
  readonly position: Position;
  readonly closed: Closed | null;
  /** The newest rows. */
  readonly open: Rows;
}

/** For each log partition how far it was absorbed. */
export type Position = Readonly<Record<string, string>>;

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
export function chainsOfRows(rows: Rows, gaps: readonly Micros[]): Chain[] {
  if (gaps.length === 0) return [];
  const stretches = rows.eventTimes().map((time): Stretch => ({ first: time, last: time, chain: { firstBreak: null, start: time } }));
  return gaps.map((gap) => chained(stretches, gap));
}

/** How entries chain for each gap. */
export function chainsOfEntries(entries: readonly Entry[], gaps: readonly Micros[]): Chain[] {
  return gaps.map((gap, g) =>
    chained(
      entries.map(({ first, last, chains }): Stretch => ({ first, last: last.eventTime, chain: chains[g] as Chain })),
      gap,
    ),
  );
}
