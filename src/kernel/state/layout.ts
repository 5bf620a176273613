// What a state keeps for a view: its row functions' values, and one summary for each distinct call.
import { aggregation } from "../../aggregate/run.ts";
import type { CallPlan, ViewPlan } from "../../plan/view-plan.ts";
import type { ColumnKind } from "../../schema/value-type.ts";
import type { Micros } from "../../time.ts";
import type { Window } from "../../define/window.ts";

/** How many rows a chunk has, and how many entries a node: each holds up to twice as many before it is cut. */
export interface StateSizes {
  readonly chunk: number;
  readonly fanout: number;
  /** Young trails become old once they have more rows than this, and than a quarter of the old one. */
  readonly young: number;
}

const SIZES: StateSizes = { chunk: 128, fanout: 32, young: 512 };

/** A distinct call of a view's features: `spend_1d` and `spend_7d` share one. */
export interface StateCall {
  readonly plan: CallPlan;
  /** The indices of its inputs in the plan, each once. */
  readonly inputs: readonly number[];
  /** Whether its accumulators take rows in ascending order only. */
  readonly isOrdered: boolean;
  /** Which of the trails is its own; -1 if it has none. */
  readonly trail: number;
  /** Whether entries keep a summary of it: not where a trail stands for all of them in each of its windows. */
  readonly inEntries: boolean;
}

/** Frames whose windows end together, the shortest first; a session as if it reached back to its bound. */
export interface FrameNest {
  readonly offset: Micros;
  readonly frames: readonly number[];
  /** Whether some are sessions, whose lengths are known at T only. */
  readonly hasSessions: boolean;
}

/** The layout of a view's states. */
export interface StateLayout extends StateSizes {
  readonly plan: ViewPlan;
  /** The kinds of the inputs. */
  readonly kinds: readonly ColumnKind[];
  readonly calls: readonly StateCall[];
  /** The calls that entries keep summaries of; null for the others. */
  readonly kept: readonly (StateCall | null)[];
  /** Those of them that no trail stands for. */
  readonly untrailed: readonly (StateCall | null)[];
  /** The calls that trail, in the order of their trails. */
  readonly trailing: readonly StateCall[];
  /** For each call and frame the features that they are. */
  readonly features: readonly (readonly (readonly number[])[])[];
  /** The frames that end together. */
  readonly nests: readonly FrameNest[];
  /** The distinct gaps of session windows. */
  readonly gaps: readonly Micros[];
  /** Whether there are windows that do not depend on sessions. */
  readonly slides: boolean;
  /** Rows that happened so long before the newest available time are in none of these. */
  readonly reach: Micros;
  /** How long after its event a row may arrive, as its stream lets it in; infinite where there is no bound. */
  readonly late: Micros;
}

/** The layout for a view. */
export function stateLayout(plan: ViewPlan, sizes: StateSizes = SIZES): StateLayout {
  const distinct = new Map<string, CallPlan>();
  for (const { call } of plan.features) distinct.set(JSON.stringify(call), call);
  const names = [...distinct.keys()];
  const callOf = plan.features.map(({ call }) => names.indexOf(JSON.stringify(call)));
  const sliding = plan.frames.filter(({ gap }) => gap === null);
  let trails = 0;
  const calls = [...distinct.values()].map((call, c): StateCall => {
    const { ordered, trails: doesTrail = false } = aggregation(call.aggregate);
    const inputs = [...new Set([call.value, call.add, call.by])].filter((input) => input !== null);
    const trail = doesTrail && call.by === null ? trails++ : -1;
    const endsEarlier = plan.features.some(({ frame }, f) => callOf[f] === c && (plan.frames[frame] as Window).offset > 0);
    return { plan: call, inputs, isOrdered: ordered, trail, inEntries: trail < 0 || endsEarlier };
  });
  return {
    ...sizes,
    plan,
    kinds: plan.inputs.map(({ kind }) => kind),
    calls,
    kept: calls.map((call) => (call.inEntries ? call : null)),
    untrailed: calls.map((call) => (call.inEntries && call.trail < 0 ? call : null)),
    trailing: calls.filter(({ trail }) => trail >= 0),
    features: calls.map((_, c) => plan.frames.map((_frame, frame) => plan.features.flatMap((one, f) => (callOf[f] === c && one.frame === frame ? [f] : [])))),
    nests: nestsOf(plan.frames),
    gaps: [...new Set(plan.frames.flatMap(({ gap }) => (gap === null ? [] : [gap])))],
    slides: sliding.length > 0,
    reach: Math.max(0, ...sliding.map(({ length, offset }) => length + offset)),
    late: (plan.streamed ? plan.source.late : null) ?? Infinity,
  };
}

function nestsOf(frames: readonly Window[]): FrameNest[] {
  return [...new Set(frames.map(({ offset }) => offset))].map((offset) => {
    const nest = [...frames.entries()].filter(([, frame]) => frame.offset === offset);
    nest.sort(([, a], [, b]) => (a.length === b.length ? 0 : a.length - b.length));
    return { offset, frames: nest.map(([frame]) => frame), hasSessions: nest.some(([, { gap }]) => gap !== null) };
  });
}
