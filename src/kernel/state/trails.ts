// Trails: the closed rows that stand for all of them in calls that trail, so that a read merges no summaries of entries. Most lie in a
// part of their own, the old trail, which is written anew only once many have come to the young ones, which the root keeps.
import { decodeTrail } from "./format.ts";
import { found, type Asking } from "./read.ts";
import { summarise, type Piece } from "./summary.ts";
import type { Micros } from "../../time.ts";
import type { PartWriter } from "./write.ts";
import type { Root, StoredSummary, Trail } from "./tree.ts";
import type { Rows } from "./rows.ts";
import type { StateLayout } from "./layout.ts";

/** The trails of closed rows. */
export interface Trails extends Pick<Root, "oldRows" | "young"> {
  /** The name of the old trail; null where there is none. */
  readonly old: string | null;
}

/** Trails over no rows. */
export const NO_TRAILS: Trails = { old: null, oldRows: 0, young: [] };

/** Trails after rows were closed, which are given with theirs. Rows before `earliest` were let go. */
export function* trailsAfter(layout: StateLayout, before: Trails, closed: readonly Trail[], earliest: Micros, writer: PartWriter): Asking<Trails> {
  const young = [...before.young, ...closed];
  if (young.reduce((sum, trail) => sum + rowsOf(trail), 0) <= Math.max(layout.young, before.oldRows / 4)) return { ...before, young };
  const parts = before.old === null ? null : yield [before.old];
  const old = parts === null ? [] : [decodeTrail(layout, found(parts, before.old as string))];
  const merged = layout.trailing.map((call, i) => {
    const summaries = [...old, ...young].map((trail) => since(trail[i] as StoredSummary, earliest));
    return summarise(layout, inOrder(summaries), [call])[0] as StoredSummary;
  });
  return written(before, merged, writer);
}

/** Trails over all closed rows, made anew. */
export function trailsOf(layout: StateLayout, before: Trails, rows: readonly Rows[], writer: PartWriter): Trails {
  return written(before, trailOf(layout, rows), writer);
}

/** The trail of rows in order. */
export function trailOf(layout: StateLayout, rows: readonly Rows[]): Trail {
  const pieces = rows.filter(({ length }) => length > 0).map((some) => ({ rows: some }));
  return summarise(layout, pieces, layout.trailing) as Trail;
}

function written(before: Trails, trail: Trail, writer: PartWriter): Trails {
  if (before.old !== null) writer.replaced.add(before.old);
  return { old: writer.trail(trail), oldRows: rowsOf(trail), young: [] };
}

function rowsOf(trail: Trail): number {
  return trail.reduce((sum, { from, to }) => sum + to - from, 0);
}

/** The rows of a summary from a moment on. */
function since(summary: StoredSummary, earliest: Micros): StoredSummary {
  let { from } = summary;
  while (from < summary.to && (summary.times[from] as Micros) < earliest) from++;
  return { ...summary, from };
}

/** The rows of some summaries by time, as pieces of these. */
function inOrder(summaries: readonly StoredSummary[]): Piece[] {
  const pieces: Piece[] = [];
  const left = summaries.filter(({ from, to }) => from < to);
  while (left.length > 0) {
    left.sort((a, b) => firstOf(a) - firstOf(b));
    const [oldest, next] = left as [StoredSummary, ...StoredSummary[]];
    const end = next === undefined ? oldest.to : countTo(oldest, firstOf(next));
    pieces.push({ first: -Infinity, last: Infinity, summaries: [{ ...oldest, to: end }] });
    if (end < oldest.to) left[0] = { ...oldest, from: end };
    else left.shift();
  }
  return pieces;
}

function firstOf({ times, from }: StoredSummary): Micros {
  return times[from] as Micros;
}

/** Where the rows of a summary end that are not after a moment. */
function countTo({ times, from, to }: StoredSummary, last: Micros): number {
  let end = from;
  while (end < to && (times[end] as Micros) <= last) end++;
  return end;
}
