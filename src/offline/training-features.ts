// The features of a training set: each view at each label's as-of, stale values dropped, defaults put in.
import { asOfAt, momentAt, type RefreshRecord } from "../plan/record.ts";
import { columnsOf } from "./values-at.ts";
import { labelKeys, type LabelTable } from "./label-table.ts";
import { narrow } from "./narrow.ts";
import { scattered, type Scattered } from "./scatter.ts";
import { sortPoints, type SortedPoints } from "./points.ts";
import { sweepKeys } from "./sweep-keys.ts";
import type { Availability } from "./event-table.ts";
import type { Offline } from "./offline.ts";
import type { ServicePlan, ServiceViewPlan } from "../plan/service-plan.ts";
import type { Value } from "../schema/value-type.ts";
import type { Vector } from "../schema/vector.ts";
import type { ViewPlan } from "../plan/view-plan.ts";
import type { Mishaps } from "../kernel/rows.ts";

/** What is needed to compute the features of labels. */
export interface FeaturesRequest {
  readonly service: ServicePlan;
  readonly labels: LabelTable;
  /** The record of each view's refreshes, by the view's name; a view without one is taken as refreshed on schedule. */
  readonly records: Readonly<Record<string, RefreshRecord>>;
  readonly mode: Availability;
  /** Told the label x view pairs that are computed, and their number. */
  readonly progress?: ((done: number, total: number) => void) | undefined;
}

/** The service's features in its order, one value per label, and what went wrong in each view's row functions. */
export interface Features {
  readonly vectors: readonly Vector[];
  readonly mishaps: Readonly<Record<string, Mishaps>>;
}

/** One use of a view, on its way to the kernel. */
interface Use {
  readonly plan: ViewPlan;
  readonly asOf: Float64Array;
  readonly sorted: SortedPoints;
  /** Where each feature of the narrowed plan goes. */
  readonly outputs: readonly { readonly index: number; readonly into: Scattered }[];
}

/** Computes the features of labels. Views that share a source and keys share one reading of it. */
export async function trainingFeatures(offline: Offline, request: FeaturesRequest): Promise<Features> {
  const { service, labels, mode, progress } = request;
  const length = labels.at.length;
  const vectors: Vector[] = [];
  const mishaps: Record<string, Mishaps> = {};
  const total = service.views.length * length;
  let done = 0;
  for (const group of groups(service)) {
    const [first] = group as [ServiceViewPlan];
    const events = await offline.events(first.view.source);
    const { keys, key } = await labelKeys(offline.db, labels, first);
    const sortings = new Map<string, Omit<Use, "plan" | "outputs">>();
    const uses = group.map((use) => prepare(use, request, key, keys.count + 1, sortings));
    const asked = uses.map(({ plan, sorted }) => ({ plan, times: sorted.times }));
    const take = (view: number, from: number, values: Parameters<Parameters<typeof sweepKeys>[2]>[2]): void => {
      const { outputs, sorted, plan } = uses[view] as Use;
      const places = sorted.point.subarray(from, from + values.found.length);
      outputs.forEach(({ into }, i) => into.put(values.features[i] as Vector, places));
      mishaps[plan.name] = sum(mishaps[plan.name], values.mishaps);
    };
    await sweepKeys(offline, { events, keys, keyColumns: columnsOf(first.view), mode, asked }, take, (moments) => progress?.((done += moments), total));
    for (const { outputs, plan, asOf } of uses) {
      for (const [i, { index, into }] of outputs.entries()) {
        finish(into, plan.features[i]?.fallback ?? null, plan.maxAge, labels.at, asOf);
        vectors[index] = into.vector;
      }
    }
  }
  return { vectors, mishaps };
}

/** Uses of views by source and keys. */
function groups(service: ServicePlan): ServiceViewPlan[][] {
  const found: ServiceViewPlan[][] = [];
  for (const use of service.views) {
    const shares = (other: ServiceViewPlan): boolean =>
      other.view.source === use.view.source && same(other.keyNames, use.keyNames) && same(columnsOf(other.view), columnsOf(use.view));
    const group = found.find(([first]) => first !== undefined && shares(first));
    if (group === undefined) found.push([use]);
    else group.push(use);
  }
  return found;
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name, i) => name === b[i]);
}

/** Views of one refresh and one record are asked at the same moments, so their points are sorted once. */
function prepare(
  use: ServiceViewPlan,
  { service, labels, records }: FeaturesRequest,
  key: Int32Array,
  keys: number,
  sortings: Map<string, Omit<Use, "plan" | "outputs">>,
): Use {
  const { refresh, name } = use.view;
  const record = Object.hasOwn(records, name) ? (records[name] as RefreshRecord) : null;
  const schedule = JSON.stringify([refresh, record?.moves ?? null]);
  let sorting = sortings.get(schedule);
  if (sorting === undefined) {
    const moments = labels.at.map((at) => momentAt(refresh, record, at));
    const asOf = labels.at.map((at) => asOfAt(refresh, record, at));
    sortings.set(schedule, (sorting = { asOf, sorted: sortPoints(key, keys, moments, labels.byTime) }));
  }
  const wanted = service.features.map((output, index) => ({ ...output, index })).filter((output) => service.views[output.view] === use);
  const plan = narrow(
    use.view,
    wanted.map(({ feature }) => feature),
  );
  return { ...sorting, plan, outputs: wanted.map(({ kind, index }) => ({ index, into: scattered(kind, labels.at.length) })) };
}

function sum(a: Mishaps | undefined, b: Readonly<Mishaps>): Mishaps {
  return { whereThrew: (a?.whereThrew ?? 0) + b.whereThrew, threw: (a?.threw ?? 0) + b.threw, infinite: (a?.infinite ?? 0) + b.infinite };
}

/** Drops values that are older than `maxAge` at T, then puts the default in place of null. */
function finish(into: Scattered, fallback: Value, maxAge: number | null, at: Float64Array, asOf: Float64Array): void {
  if (maxAge !== null) for (let i = 0; i < at.length; i++) if ((at[i] as number) - (asOf[i] as number) > maxAge) into.clear(i);
  if (fallback !== null) into.fill(fallback);
}
