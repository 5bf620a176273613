// The sweep: a view's values at any moments, from rows in order, in one pass per key. Training, refresh runs and proof use it.
import { AGGREGATES } from "../aggregate/aggregates.ts";
import { Bounds, Entry, visible, type Arrival } from "../aggregate/window.ts";
import { evaluate, select, type Selected } from "./evaluate.ts";
import { Input } from "../aggregate/input.ts";
import { Newest } from "./newest.ts";
import { slideFor } from "./slide.ts";
import type { Accumulator, Output } from "../aggregate/aggregate.ts";
import type { KeyedRows, KeyedTimes, Mishaps, ViewValues } from "./rows.ts";
import type { ViewPlan } from "../plan/view-plan.ts";
import type { Window } from "../define/aggregate.ts";

/** What is computed in one window: its features, and the newest event time. */
interface Frame {
  readonly window: Window;
  readonly accumulators: readonly Accumulator[];
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
  const mishaps: Mishaps = { whereThrew: 0, threw: 0, infinite: 0 };
  const selected = select(plan.where, rows, plan.source.schema, mishaps);
  const inputs = plan.inputs.map((input) => new Input(evaluate(input, rows.columns, selected, plan, mishaps)));
  return { plan, selected, inputs, mishaps };
}

/**
 * Computes a view. 1. Key by key, the rows that any of the moments can see are put in the order in which they come in, once
 * per offset. 2. For each window, one pass over the key's moments finds how many rows have come in and gone out by then.
 * 3. Each feature slides over these bounds.
 * Pure: the same rows and moments give the same bits, whatever order the rows had before they were sorted.
 */
export function sweep({ plan, selected, inputs, mishaps }: Prepared, times: KeyedTimes): ViewValues {
  const moments = times.at.length;
  const found = new Uint8Array(moments);
  const newest = plan.frames.map(() => new Float64Array(moments).fill(Number.NaN));
  const running = plan.features.map((feature) =>
    AGGREGATES[feature.aggregate].accumulate(feature.input === null ? null : (inputs[feature.input] as Input), moments),
  );
  const frames = plan.frames.map((window, f): Frame => {
    const of = running.filter((_, i) => plan.features[i]?.frame === f).map(({ accumulator }) => accumulator);
    return { window, accumulators: [...of, new Newest(selected.eventTime, newest[f] as Float64Array, found)] };
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

function slideKeys(arrival: Arrival, frames: readonly Frame[], { offsets, eventTime, availableTime }: Selected, times: KeyedTimes): void {
  const reach = arrival.offset + Math.max(...frames.map(({ window }) => window.length));
  const entry = new Entry();
  const bounds = new Bounds();
  const loops = frames.map((frame) => frame.accumulators.map(slideFor));
  for (let key = 0; key + 1 < times.offsets.length; key++) {
    const first = times.offsets[key] as number;
    const end = times.offsets[key + 1] as number;
    if (first === end) continue;
    const [from, to] = visible(eventTime, offsets[key] as number, offsets[key + 1] as number, (times.at[first] as number) - reach, times.at[end - 1] as number);
    entry.fill(eventTime, availableTime, from, to, arrival);
    frames.forEach(({ window, accumulators }, f) => {
      bounds.fill(window, entry, eventTime, from, to, times.at, first, end);
      accumulators.forEach((accumulator, i) => {
        accumulator.start(from, to);
        const slide = loops[f]?.[i] as ReturnType<typeof slideFor>;
        slide(accumulator, entry.order, entry.rank, bounds.entered, bounds.left, from, first, end);
      });
    });
  }
}
