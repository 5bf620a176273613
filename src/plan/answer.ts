// From a view's values to an answer: status, default and event time. Training, serving and proof all pass through here.
import { emptyValue } from "../aggregate/run.ts";
import type { FeaturePlan, ViewPlan } from "./view-plan.ts";
import type { Micros } from "../time.ts";
import type { Status } from "../define/answer.ts";
import type { FeatureValue } from "../schema/value-type.ts";

/** Why a view has no values of any entity at T. */
export type Missing = Extract<Status, "UNAVAILABLE" | "STALE"> | null;

/** A view's values of one entity at one as-of, as the sweep gives them and a run stores them: before defaults. */
export interface EntityValues {
  /** One per feature of the view; null where there is none. */
  readonly values: readonly FeatureValue[];
  /** One per feature: whether it is null because it cannot be represented. */
  readonly failed: readonly boolean[];
  /** One per frame of the view: the newest event time in the window; null where it is empty. */
  readonly newest: readonly (Micros | null)[];
}

/** One feature's part of an answer. */
export interface FeatureAnswer {
  readonly value: FeatureValue;
  readonly status: Status;
  /** The newest event time in the feature's window at the as-of. */
  readonly eventTime: Micros | null;
}

/** Whether a view has values at T at all: `asOf` is null while there is no run, and bounded by `maxAge`. */
export function missingAt({ maxAge }: Pick<ViewPlan, "maxAge">, at: Micros, asOf: Micros | null): Missing {
  if (asOf === null) return "UNAVAILABLE";
  return maxAge !== null && at - asOf > maxAge ? "STALE" : null;
}

/** What a feature gives where its view has no values: its value over nothing if the entity is not found, else its default. */
export function valueWithout(feature: FeaturePlan, why: "UNAVAILABLE" | "STALE" | "NOT_FOUND"): FeatureValue {
  return why === "NOT_FOUND" ? (emptyValue(feature.call) ?? feature.fallback) : feature.fallback;
}

/** The status of a value that a view has, before its default. */
export function statusOf(value: unknown, failed: boolean): Extract<Status, "PRESENT" | "NULL" | "ERROR"> {
  return value !== null ? "PRESENT" : failed ? "ERROR" : "NULL";
}

/** The answer for feature `index` of a view; `row` is null where no window of the view holds a row of the entity. */
export function answerFeature(feature: FeaturePlan, index: number, missing: Missing, row: EntityValues | null): FeatureAnswer {
  if (missing !== null || row === null) {
    const status = missing ?? "NOT_FOUND";
    return { value: valueWithout(feature, status), status, eventTime: null };
  }
  const value = row.values[index] ?? null;
  return { value: value ?? feature.fallback, status: statusOf(value, row.failed[index] === true), eventTime: row.newest[feature.frame] ?? null };
}
