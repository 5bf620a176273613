// Runs the aggregate of a call over the rows' inputs, whole or by key.
import * as AGGREGATES from "./aggregates.ts";
import { byKey } from "./by.ts";
import type { Aggregation, Material, Running } from "./aggregate.ts";
import type { AggregateName } from "../define/aggregate-call.ts";
import type { CallPlan } from "../plan/view-plan.ts";
import type { FeatureValue, ValueKind } from "../schema/value-type.ts";
import type { Input } from "./input.ts";

/** A plain object: to look into a module by a name that is not fixed is slow. */
const BY_NAME: Readonly<Record<AggregateName, Aggregation>> = { ...AGGREGATES };

/** Makes what accumulates a call. `inputs` are those of the view's plan. */
export function run(call: CallPlan, inputs: readonly Input[], material: Omit<Material, "value" | "add" | "by" | "parameters">): Running {
  const of = (input: number | null): Input | null => (input === null ? null : (inputs[input] as Input));
  const { parameters } = call;
  const by = of(call.by);
  const { eventTime, offset, retracts, live, length } = material;
  const inner = BY_NAME[call.aggregate].accumulate({ value: of(call.value), add: of(call.add), by, eventTime, parameters, offset, retracts, live, length });
  return by === null ? inner : byKey(inner, by, parameters.byLimit as number, length);
}

/** An aggregate by its name. */
export function aggregation(name: AggregateName): Aggregation {
  return BY_NAME[name];
}

/** The kind of a call's values, by the kinds of the view's inputs. */
export function kindOfCall({ aggregate, value, by }: Pick<CallPlan, "aggregate" | "value" | "by">, kinds: readonly ValueKind[]): ValueKind {
  const of = AGGREGATES[aggregate].result(value === null ? null : (kinds[value] as never));
  return by === null ? of : { map: kinds[by] as never, of };
}

const NOTHING: FeatureValue = new Map();

/** The value of a call over nothing. */
export function emptyValue({ aggregate, by }: Pick<CallPlan, "aggregate" | "by">): FeatureValue {
  return by === null ? AGGREGATES[aggregate].empty : NOTHING;
}
