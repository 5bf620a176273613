// What goes in and what comes out, as types: a request's row, a label's row, a status, a training row.
import type { Labels } from "./labels.ts";
import type { Show } from "../schema/value-type.ts";
import type { SplitPart } from "./split.ts";
import type { Timestamp } from "../time.ts";

/**
 * What is known of a value, the first that applies: `UNAVAILABLE` (no run yet, or no answer in time), `STALE` (older than
 * `maxAge`), `NOT_FOUND` (no row of the entity in any window of the view), `ERROR` (it cannot be represented), `NULL`
 * (null before the default), `PRESENT`.
 */
export type Status = (typeof STATUSES)[number];

/** All of them. */
export const STATUSES = ["PRESENT", "NULL", "NOT_FOUND", "STALE", "UNAVAILABLE", "ERROR"] as const;

/** The row that a request holds: every key of the service and its request fields, the same columns as a label's. */
export type InputOf<K, Q> = Show<K & Q>;

/** Labels with rows `L` for features `V`, or the sentence that says which column clashes. */
export type LabelsFor<L, V> = [keyof L & keyof V] extends [never] ? Labels<L> : `label column '${keyof L & keyof V & string}' has the name of a feature`;

/** A row of a training set: the label's columns and the features, and the part of the split where there is one (`S`). */
export type TrainingRow<L, V, S = undefined> = S extends undefined ? Show<L & V> : Show<L & V & { readonly split: SplitPart | null }>;

/** An online answer: one entry per feature in each field. */
export interface Answer<V> {
  /** T: the clock's time at which the request was answered. */
  readonly at: Timestamp;
  readonly values: V;
  readonly status: { readonly [N in keyof V]: Status };
  /** The newest event time in the feature's window at its as-of; null if the window is empty or the value is not to be had. */
  readonly eventTime: { readonly [N in keyof V]: Timestamp | null };
  /** The moment as of which the value was computed; null if there is no run yet. */
  readonly asOf: { readonly [N in keyof V]: Timestamp | null };
  /** The version of the feature's view. */
  readonly version: { readonly [N in keyof V]: string };
}
