// Plans for property tests: what the kernel takes of `planView`, without the probes and the version, which take far longer than a case.
import { kindOfCall } from "../../src/aggregate/run.ts";
import type { AggregateCall } from "../../src/define/aggregate-call.ts";
import type { CallPlan, FeaturePlan, InputPlan, RowFunction, ViewPlan } from "../../src/plan/view-plan.ts";
import type { ColumnKind } from "../../src/schema/value-type.ts";
import type { ViewDefinition } from "../../src/define/feature-view.ts";
import type { Window } from "../../src/define/window.ts";

/** The plan of a view whose row functions all say what they return. */
export function planOf(definition: ViewDefinition): ViewPlan {
  const { source, refresh, maxAge, where } = definition;
  const inputs: InputPlan[] = [];
  const frames: Window[] = [];
  const input = (value: unknown, kind: ColumnKind): number => indexOrPush(inputs, { value: value as RowFunction, kind }, (known) => known.value === value);
  const { deleted } = source;
  const deletes = source.kind === "entity" && deleted !== null ? input((row: Readonly<Record<string, unknown>>) => row[deleted] === true, "boolean") : null;
  const callPlan = ({ aggregate, value, declared, add, by, parameters }: AggregateCall): CallPlan => ({
    aggregate,
    value: value === null ? null : input(value, declared as ColumnKind),
    add: add === null ? deletes : input(add, "boolean"),
    by: by === null ? null : input(by.value, by.declared as ColumnKind),
    parameters,
  });
  const features = definition.features.map(({ name, call, window, fallback }): FeaturePlan => {
    const planned = callPlan(call);
    const kind = kindOfCall(
      planned,
      inputs.map((of) => of.kind),
    );
    const frame = indexOrPush(frames, window, ({ length, offset, gap }) => length === window.length && offset === window.offset && gap === window.gap);
    return { name, call: planned, frame, kind, fallback };
  });
  const { name, entity, keys } = definition;
  const streamed = source.stream !== null && refresh.kind === "streaming";
  const said = { name, entity, keys, source, refresh, maxAge, where: where as RowFunction | null, inputs, frames, features, streamed };
  return { ...said, version: "", columns: Object.keys(source.schema), ordered: true };
}

function indexOrPush<E>(list: E[], element: E, isSame: (known: E) => boolean): number {
  const known = list.findIndex(isSame);
  return known >= 0 ? known : list.push(element) - 1;
}
