// The values of a view over the pieces of its windows.
import { deletesInput } from "../../plan/view-plan.ts";
import { partIn, rowsIn, type EventSpan } from "../../aggregate/window.ts";
import { place, placeTrail, running, sizeOf, takeAscending, takeDescending, type Piece, type Placed } from "./summary.ts";
import { Table } from "./table.ts";
import { vectorReader } from "../../schema/vector.ts";
import type { Accumulator } from "../../aggregate/aggregate.ts";
import type { EntityValues } from "../../plan/answer.ts";
import type { FeatureValue } from "../../schema/value-type.ts";
import type { Micros } from "../../time.ts";
import type { Rows } from "./rows.ts";
import type { FrameNest, StateCall, StateLayout } from "./layout.ts";
import type { StoredSummary, Trail } from "./tree.ts";

/** What is evaluated. */
export interface Windows {
  /** Closed rows in order, cut so that no edge of a window lies inside a summary. */
  readonly closed: readonly Piece[];
  readonly open: Rows;
  /** What stands for all that is closed, in calls that trail and windows that end after it. */
  readonly trails: readonly Trail[];
  /** The newest event time of what is closed. */
  readonly closedTo: Micros;
  /** For each frame of the view its event times. */
  readonly spans: readonly EventSpan[];
}

/** Windows that end together, the shortest first, so that each holds what those before it hold. */
interface Nest {
  readonly end: Micros;
  readonly offset: Micros;
  readonly frames: readonly number[];
  readonly spans: readonly EventSpan[];
}

/** What a window takes of a piece. */
interface Step {
  readonly piece: Placed;
  readonly from: number;
  readonly to: number;
}

/** For each window of a nest what it takes beyond the one before, from the newest piece down. */
type Steps = readonly (readonly Step[])[];

/**
 * The values of a view; null where no window holds a row, or the newest row deletes its entity. 1. All rows are put into one table. 2. Windows
 * that end together are nested, and one accumulator goes through them from the newest row down; only where rows must come in order
 * each window has one of its own. 3. Of calls that trail a few rows stand for all closed rows, where windows end after these.
 */
export function evaluate(layout: StateLayout, { closed, open, trails, closedTo, spans }: Windows, at: Micros): EntityValues | null {
  const { calls } = layout;
  const nests = layout.nests.map((nest) => nestAt(nest, spans, at));
  const merged = trails.length > 0 && nests.every(({ end }) => end > closedTo) ? layout.untrailed : layout.kept;
  const pieces = open.length === 0 ? closed : [...closed, { rows: open }];
  const table = new Table(layout, sizeOf(pieces, merged) + sizeOfTrails(trails));
  const trailing = trails.length === 0 ? NO_TRAILS : calls.map((call) => placedTrails(table, call, trails));
  const placed = place(table, pieces, merged);
  const steps = nests.map((nest) => stepsOf(table, placed, nest));
  const newest = newestOf(nests, steps, spans.length);
  if (newest.every((step) => step === null) || isDeleted(layout, table, newest[0] ?? null)) return null;
  const values: FeatureValue[] = layout.plan.features.map(() => null);
  const failed: boolean[] = values.map(() => false);
  const newer = placed.slice(closed.length);
  for (let c = 0; c < calls.length; c++) {
    const call = calls[c] as StateCall;
    const features = layout.features[c] as StateLayout["features"][number];
    for (let n = 0; n < nests.length; n++) {
      const nest = nests[n] as Nest;
      if (nest.frames.every((frame) => features[frame]?.length === 0)) continue;
      const trail = nest.end > closedTo ? (trailing[c] ?? null) : null;
      const taken = trail === null ? (steps[n] as Steps) : stepsOf(table, [...trail, ...newer], nest);
      const { make, output } = running(call, table, nest.offset, nest.frames.length);
      goThrough(make(), { call, c, at, length: table.length }, taken, nest.frames, features);
      const { vector, failed: areFailed } = output();
      const read = vectorReader(vector);
      let i = 0;
      for (const frame of nest.frames) {
        const asked = features[frame] as readonly number[];
        for (const feature of asked) {
          values[feature] = read(i);
          failed[feature] = areFailed[i] === 1;
        }
        if (asked.length > 0) i++;
      }
    }
  }
  return { values, failed, newest: newest.map((step) => newestTime(table, step)) };
}

/** Goes through the windows of a nest, and finishes those that a feature asks for. */
function goThrough(
  accumulator: Accumulator,
  { call, c, at, length }: { readonly call: StateCall; readonly c: number; readonly at: Micros; readonly length: number },
  steps: Steps,
  frames: readonly number[],
  features: StateLayout["features"][number],
): void {
  accumulator.start(0, length);
  for (let w = 0; w < frames.length; w++) {
    if (!call.isOrdered) for (const { piece, from, to } of steps[w] as readonly Step[]) takeDescending(accumulator, piece, from, to, c);
    if (features[frames[w] as number]?.length === 0) continue;
    if (call.isOrdered) {
      accumulator.start(0, length);
      const all = steps.slice(0, w + 1).flat();
      for (const { piece, from, to } of all.reverse()) takeAscending(accumulator, piece, from, to, c);
    }
    accumulator.finish(at);
  }
}

const NO_TRAILS: readonly null[] = [];

/** The trails of a call in a table; null where it has none. */
function placedTrails(table: Table, call: StateCall, trails: readonly Trail[]): Placed[] | null {
  return call.trail < 0 ? null : trails.map((trail) => placeTrail(table, call, trail[call.trail] as StoredSummary));
}

function sizeOfTrails(trails: readonly Trail[]): number {
  let size = 0;
  for (const trail of trails) for (const { from, to } of trail) size += to - from;
  return size;
}

function nestAt({ offset, frames, hasSessions }: FrameNest, spans: readonly EventSpan[], at: Micros): Nest {
  const fromOf = (frame: number): Micros => (spans[frame] as EventSpan)[0];
  const sorted = hasSessions ? frames.toSorted((a, b) => (fromOf(a) === fromOf(b) ? 0 : fromOf(b) - fromOf(a))) : frames;
  return { end: at - offset, offset, frames: sorted, spans: sorted.map((frame) => spans[frame] as EventSpan) };
}

function stepsOf({ times }: Table, placed: readonly Placed[], { spans }: Nest): Steps {
  /** For each piece the first row that a window took; beyond the last where none did. */
  const taken = placed.map(({ to }) => to);
  return spans.map((span) => {
    const steps: Step[] = [];
    for (let p = placed.length - 1; p >= 0; p--) {
      const piece = placed[p] as Placed;
      if (partIn(piece.first, piece.last, span) === "none") continue;
      const [from, to] = piece.summaries === null ? rowsIn(times, piece.from, piece.to, span) : [piece.from, piece.to];
      const end = Math.min(to, taken[p] as number);
      if (from < end) steps.push({ piece, from, to: end });
      taken[p] = Math.min(taken[p] as number, from);
    }
    return steps;
  });
}

/** For each frame the step with its newest row; null where it is empty. */
function newestOf(nests: readonly Nest[], steps: readonly Steps[], frames: number): (Step | null)[] {
  const newest = Array.from({ length: frames }, (): Step | null => null);
  nests.forEach((nest, n) => {
    const all = steps[n] as Steps;
    const shortest = all.findIndex((taken) => taken.length > 0);
    if (shortest < 0) return;
    for (let w = shortest; w < all.length; w++) newest[nest.frames[w] as number] = all[shortest]?.[0] as Step;
  });
  return newest;
}

function newestTime({ times }: Table, step: Step | null): Micros | null {
  if (step === null) return null;
  return step.piece.summaries === null ? (times[step.to - 1] as Micros) : step.piece.last;
}

/** Whether the newest row of an entity source deletes its entity. */
function isDeleted(layout: StateLayout, table: Table, newest: Step | null): boolean {
  const deletes = deletesInput(layout.plan);
  if (deletes === null || newest === null) return false;
  const { piece, to } = newest;
  const summary = piece.summaries?.[0];
  const row = summary == null ? to - 1 : (piece.starts[0] as number) + summary.to - summary.from - 1;
  return (table.column(deletes) as { readonly numbers: Float64Array }).numbers[row] === 1;
}
