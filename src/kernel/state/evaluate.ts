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
import type { StateCall, StateLayout } from "./layout.ts";
import type { StoredSummary, Trail } from "./tree.ts";
import type { Window } from "../../define/window.ts";

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
  const nests = nestsOf(spans);
  const allTrail = trails.length > 0 && nests.every(({ end }) => end > closedTo);
  const merged = calls.map((call) => (call.inEntries && !(allTrail && call.trail >= 0) ? call : null));
  const pieces = open.length === 0 ? closed : [...closed, { rows: open }];
  const table = new Table(layout, sizeOf(pieces, merged) + sizeOfTrails(trails));
  const trailing = calls.map((call) =>
    trails.length > 0 && call.trail >= 0 ? trails.map((trail) => placeTrail(table, call, trail[call.trail] as StoredSummary)) : null,
  );
  const placed = place(table, pieces, merged);
  const steps = nests.map((nest) => stepsOf(table, placed, nest));
  const newest = newestOf(nests, steps, spans.length);
  if (newest.every((step) => step === null) || isDeleted(layout, table, newest[0] ?? null)) return null;
  const values: FeatureValue[] = [];
  const failed: boolean[] = [];
  const newer = placed.slice(closed.length);
  calls.forEach((call, c) => {
    nests.forEach((nest, n) => {
      const trail = nest.end > closedTo ? (trailing[c] ?? null) : null;
      const asked = nest.frames.map((frame) => featuresOf(layout, c, frame));
      if (asked.every((features) => features.length === 0)) return;
      const taken = trail === null ? (steps[n] as Steps) : stepsOf(table, [...trail, ...newer], nest);
      const { offset } = layout.plan.frames[nest.frames[0] as number] as Window;
      const { make, output } = running(call, table, offset);
      goThrough(make(), { call, c, at, length: table.length }, taken, asked);
      const { vector, failed: areFailed } = output();
      const read = vectorReader(vector);
      asked
        .filter((features) => features.length > 0)
        .forEach((features, i) => {
          for (const feature of features) {
            values[feature] = read(i);
            failed[feature] = areFailed[i] === 1;
          }
        });
    });
  });
  return { values, failed, newest: newest.map((step) => newestTime(table, step)) };
}

/** Goes through the windows of a nest, and finishes those that a feature asks for. */
function goThrough(
  accumulator: Accumulator,
  { call, c, at, length }: { readonly call: StateCall; readonly c: number; readonly at: Micros; readonly length: number },
  steps: Steps,
  asked: readonly (readonly number[])[],
): void {
  accumulator.start(0, length);
  asked.forEach((features, w) => {
    if (!call.isOrdered) for (const { piece, from, to } of steps[w] as readonly Step[]) takeDescending(accumulator, piece, from, to, c);
    if (features.length === 0) return;
    if (call.isOrdered) {
      accumulator.start(0, length);
      const all = steps.slice(0, w + 1).flat();
      for (const { piece, from, to } of all.reverse()) takeAscending(accumulator, piece, from, to, c);
    }
    accumulator.finish(at);
  });
}

/** The features of a call in a frame. */
function featuresOf({ plan, callOf }: StateLayout, call: number, frame: number): number[] {
  const features: number[] = [];
  for (let f = 0; f < callOf.length; f++) if (callOf[f] === call && plan.features[f]?.frame === frame) features.push(f);
  return features;
}

function sizeOfTrails(trails: readonly Trail[]): number {
  let size = 0;
  for (const trail of trails) for (const { from, to } of trail) size += to - from;
  return size;
}

function nestsOf(spans: readonly EventSpan[]): Nest[] {
  const nests = new Map<Micros, number[]>();
  spans.forEach(([, end], frame) => {
    const known = nests.get(end);
    if (known === undefined) nests.set(end, [frame]);
    else known.push(frame);
  });
  return Array.from(nests, ([end, frames]) => {
    const sorted = frames.toSorted((a, b) => (spans[a]?.[0] === spans[b]?.[0] ? 0 : (spans[b] as EventSpan)[0] - (spans[a] as EventSpan)[0]));
    return { end, frames: sorted, spans: sorted.map((frame) => spans[frame] as EventSpan) };
  });
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
