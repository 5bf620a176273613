// Narrows a view's plan to some of its features, so that nothing is computed that nobody asked for.
import { mentionedColumns } from "../plan/columns.ts";
import type { FeaturePlan, RowFunction, ViewPlan } from "../plan/view-plan.ts";

const NARROWED = new WeakMap<ViewPlan, Map<string, ViewPlan>>();

/** The plan with the features of these indices, in this order; one object for one choice. */
export function narrow(plan: ViewPlan, features: readonly number[]): ViewPlan {
  const choice = features.join(",");
  const known = NARROWED.get(plan)?.get(choice);
  if (known !== undefined) return known;
  const narrowed = select(
    plan,
    features.map((index) => plan.features[index] as FeaturePlan),
  );
  NARROWED.set(plan, (NARROWED.get(plan) ?? new Map<string, ViewPlan>()).set(choice, narrowed));
  return narrowed;
}

function select(plan: ViewPlan, chosen: readonly FeaturePlan[]): ViewPlan {
  const inputs = [...new Set(chosen.flatMap(({ call }) => [call.value, call.add, call.by]))].filter((input) => input !== null);
  const renumbered = (input: number | null): number | null => (input === null ? null : inputs.indexOf(input));
  const frames = [...new Set(chosen.map(({ frame }) => frame))];
  const kept = inputs.map((input) => plan.inputs[input] as ViewPlan["inputs"][number]);
  const functions: RowFunction[] = [...kept.map(({ value }) => value), ...(plan.where === null ? [] : [plan.where])];
  return Object.freeze({
    ...plan,
    columns: mentionedColumns(functions, Object.keys(plan.source.schema)),
    inputs: kept,
    frames: frames.map((frame) => plan.frames[frame] as ViewPlan["frames"][number]),
    features: chosen.map((feature) => ({
      ...feature,
      call: { ...feature.call, value: renumbered(feature.call.value), add: renumbered(feature.call.add), by: renumbered(feature.call.by) },
      frame: frames.indexOf(feature.frame),
    })),
  });
}
