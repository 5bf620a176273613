// What a state keeps for a view: its row functions' values, and one summary for each distinct call.
import { aggregation } from "../../aggregate/run.ts";
import type { CallPlan, ViewPlan } from "../../plan/view-plan.ts";
import type { ColumnKind } from "../../schema/value-type.ts";
import type { Micros } from "../../time.ts";

/** How many rows a chunk has, and how many entries a node: each holds up to twice as many before it is cut. */
export interface StateSizes {
  readonly chunk: number;
  readonly fanout: number;
}

const SIZES: StateSizes = { chunk: 64, fanout: 32 };

/** A distinct call of a view's features: `spend_1d` and `spend_7d` share one. */
export interface StateCall {
  readonly plan: CallPlan;
  /** The indices of its inputs in the plan, each once. */
  readonly inputs: readonly number[];
  /** Whether its accumulators take rows in ascending order only. */
  readonly isOrdered: boolean;
  /** Which of the root's summaries of all entries is its own; -1 if it has none. */
  readonly trail: number;
}

/** The layout of a view's states. */
export interface StateLayout extends StateSizes {
  readonly plan: ViewPlan;
  /** The kinds of the inputs. */
  readonly kinds: readonly ColumnKind[];
  readonly calls: readonly StateCall[];
  /** For each feature its call. */
  readonly callOf: readonly number[];
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
  const calls = new Map<string, CallPlan>();
  for (const { call } of plan.features) calls.set(JSON.stringify(call), call);
  const names = [...calls.keys()];
  const sliding = plan.frames.filter(({ gap }) => gap === null);
  let trails = 0;
  return {
    ...sizes,
    plan,
    kinds: plan.inputs.map(({ kind }) => kind),
    calls: [...calls.values()].map((call): StateCall => {
      const { ordered, trails: doesTrail = false } = aggregation(call.aggregate);
      const inputs = [...new Set([call.value, call.add, call.by])].filter((input) => input !== null);
      return { plan: call, inputs, isOrdered: ordered, trail: doesTrail && call.by === null ? trails++ : -1 };
    }),
    callOf: plan.features.map(({ call }) => names.indexOf(JSON.stringify(call))),
    gaps: [...new Set(plan.frames.flatMap(({ gap }) => (gap === null ? [] : [gap])))],
    slides: sliding.length > 0,
    reach: Math.max(0, ...sliding.map(({ length, offset }) => length + offset)),
    late: (plan.streamed ? plan.source.late : null) ?? Infinity,
  };
}
