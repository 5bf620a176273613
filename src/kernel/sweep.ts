// The sweep: a view's values at any moments, from rows in order, in one pass per key. Training, refresh runs and proof use it.
import { Bounds, Entry, Retractions, visible, type Arrival } from "../aggregate/window.ts";
import { countUnscaled, noMishaps, type Mishaps } from "./mishaps.ts";
import { evaluate, select, type Selected } from "./evaluate.ts";
import { Input } from "../aggregate/input.ts";
import { Newest, NewestOfAny } from "./newest.ts";
import { run } from "../aggregate/run.ts";
import { slideForward, slideFreely } from "./slide.ts";
import type { Output, Sliding } from "../aggregate/aggregate.ts";
import type { KeyedRows, KeyedTimes, ViewValues } from "./rows.ts";
import { deletesInput, type ViewPlan } from "../plan/view-plan.ts";
import type { Window } from "../define/window.ts";

/** What is computed in one window: its features, and the newest event time. */
interface Frame {
  readonly window: Window;
  readonly accumulators: readonly Sliding[];
}

/** Rows with a view's `where` and row functions applied to them, for any number of sweeps. */
export interface Prepared {
  readonly plan: ViewPlan;
  readonly selected: Selected;
  readonly inputs: readonly Input[];
  readonly mishaps: Readonly<Mishaps>;
}

/** Keeps the rows that pass `where`, and evaluates each row function once for each of them. */
export function prepare(plan: ViewPlan, rows: KeyedRows): Prepared {
  const mishaps = noMishaps();
  const selected = select(plan.where, rows, plan.source.schema, mishaps, `view ${plan.name}, where`);
  const inputs = plan.inputs.map((input) => new Input(evaluate(input, rows.columns, selected, plan, mishaps)));
  mishaps.unscaled = countUnscaled(plan, inputs);
  return { plan, selected, inputs, mishaps };
}

/**
 * Computes a view. 1. Key by key, the rows that any of the moments can see are put in the order in which they come in, once
 * per offset. 2. For each window, one pass over the key's moments finds how many rows have come in and gone out by then.
 * 3. Each feature slides over these bounds.
 * Pure: the same rows and moments give the same bits, whatever order the rows had before they were sorted.
 */
export function sweep({ plan, selected, inputs, mishaps }: Prepared, times: KeyedTimes): ViewValues {
  const length = times.at.length;
  const { eventTime, until } = selected;
  const retracts = until !== null;
  const found = new Uint8Array(length);
  const newest = plan.frames.map(() => new Float64Array(length).fill(Number.NaN));
  const running = plan.features.map(({ call, frame }) => {
    const { offset } = plan.frames[frame] as Window;
    return run(call, inputs, { eventTime, offset, retracts, live: false, length });
  });
  const deleting = deletesInput(plan);
  const deletes = deleting === null ? null : (inputs[deleting] as Input).identity().codes;
  const frames = plan.frames.map((window, f): Frame => {
    const of = running.filter((_, i) => plan.features[i]?.frame === f).map(({ make }) => make());
    const Top = retracts ? NewestOfAny : Newest;
    return { window, accumulators: [...of, new Top(eventTime, { newest: newest[f] as Float64Array, found }, deletes)] };
  });
  const delay = plan.refresh.kind === "streaming" ? plan.refresh.delay : 0;
  for (const [offset, group] of byOffset(frames)) slideKeys({ offset, delay }, group, selected, times);
  const outputs: readonly Output[] = running.map(({ output }) => output());
  return { features: outputs.map((o) => o.vector), failed: outputs.map((o) => o.failed), newest, found, mishaps };
}

/** Frames of one offset share the order in which rows come in. */
function byOffset(frames: readonly Frame[]): Map<number, Frame[]> {
  const groups = new Map<number, Frame[]>();
  for (const frame of frames) groups.set(frame.window.offset, [...(groups.get(frame.window.offset) ?? []), frame]);
  return groups;
}

function slideKeys(
  arrival: Arrival,
  frames: readonly Frame[],
  { offsets, eventTime, availableTime, until }: Selected,
  { at, offsets: moments }: KeyedTimes,
): void {
  const reach = arrival.offset + Math.max(...frames.map(({ window }) => window.length));
  const entry = new Entry();
  const bounds = new Bounds();
  const retractions = until === null ? null : new Retractions();
  for (let key = 0; key + 1 < moments.length; key++) {
    const first = moments[key] as number;
    const end = moments[key + 1] as number;
    if (first === end) continue;
    const [from, to] = visible(eventTime, offsets[key] as number, offsets[key + 1] as number, (at[first] as number) - reach, at[end - 1] as number);
    entry.fill(eventTime, availableTime, from, to, arrival);
    if (until !== null) retractions?.fill(until, from, to, arrival);
    for (const { window, accumulators } of frames) {
      bounds.fill(window, entry, eventTime, from, to, at, first, end);
      if (window.gap !== null) bounds.narrowToSession(window.gap, entry, retractions, eventTime, from, to, at, first, end);
      const slide = window.gap === null && retractions === null ? slideForward : slideFreely;
      const moves = { entry, bounds, retractions, from, length: to - from, at, first, end };
      for (const accumulator of accumulators) {
        accumulator.start(from, to);
        slide(accumulator, moves);
      }
    }
  }
}
