// The features of a training set: each view at each label's as-of, stale values dropped, defaults put in.
import { asOfAt, momentAt, type RefreshRecord } from "../plan/record.ts";
import { columnsOf } from "./values-at.ts";
import { labelKeys, type LabelTable } from "./label-table.ts";
import { narrow } from "./narrow.ts";
import { refuseUnretained } from "./retained.ts";
import { scattered, type Scattered } from "./scatter.ts";
import { sortPoints, type SortedPoints } from "./points.ts";
import { sumOfMishaps, type Mishaps } from "../kernel/mishaps.ts";
import { sweepSource, type Asked, type KeyGroup } from "./sweep-source.ts";
import type { Availability } from "./event-table.ts";
import { isSameReading, readingsOf, type Reading } from "./reading.ts";
import type { Offline } from "./offline.ts";
import type { ServicePlan, ServiceViewPlan } from "../plan/service-plan.ts";
import type { Vector } from "../schema/vector.ts";
import type { ViewPlan } from "../plan/view-plan.ts";
import type { ViewValues } from "../kernel/rows.ts";

/** What is needed to compute the features of labels. */
export interface FeaturesRequest {
  readonly service: ServicePlan;
  readonly labels: LabelTable;
  /** The record of each view's refreshes, by the view's name; a view without one is taken as refreshed on schedule. */
  readonly records: Readonly<Record<string, RefreshRecord>>;
  readonly mode: Availability;
  /** Told the label x view pairs that are computed, and their number. */
  readonly progress?: ((done: number, total: number) => void) | undefined;
  /** What DuckDB is to do while the views of a source are swept. */
  readonly meanwhile?: ((reading: Reading) => Promise<void>) | undefined;
}

/** The service's features in its order, one value per label, and what went wrong in each view's row functions. */
export interface Features {
  readonly vectors: readonly Vector[];
  readonly mishaps: Readonly<Record<string, Mishaps>>;
}

/** The moments that labels have for a view. */
interface Sorting {
  readonly moments: Float64Array;
  readonly sorted: SortedPoints;
}

/** One use of a view, on its way to the kernel. */
interface Use extends Sorting {
  readonly plan: ViewPlan;
  /** Where each feature of the narrowed plan goes. */
  readonly outputs: readonly { readonly index: number; readonly into: Scattered }[];
}

/** Computes the features of labels. A source is read once for all views, where its rows fit into memory. */
export async function trainingFeatures(offline: Offline, request: FeaturesRequest): Promise<Features> {
  const { service, labels, mode, progress, meanwhile } = request;
  const features: { vectors: Vector[]; mishaps: Record<string, Mishaps> } = { vectors: [], mishaps: {} };
  const total = service.views.length * labels.at.length;
  let computed = 0;
  const done = (moments: number): void => progress?.((computed += moments), total);
  for (const reading of readingsOf(service.views.map(({ view }) => view))) {
    const events = await offline.events(reading);
    const groups: KeyGroup[] = [];
    const prepared: Use[] = [];
    for (const group of byKeys(service.views.filter(({ view }) => isSameReading(view, reading)))) {
      const [first] = group as [ServiceViewPlan];
      const { keys, key } = await labelKeys(offline.db, labels, first);
      const sortings = new Map<string, Sorting>();
      const own = group.map((use) => prepare(use, request, key, keys.count + 1, sortings));
      for (const { plan, moments } of own) refuseUnretained(events, plan, moments);
      groups.push({ keys, keyColumns: columnsOf(first.view), asked: own.map((use) => askedOf(use, features.mishaps)) });
      prepared.push(...own);
    }
    await sweepSource(offline, { events, mode, groups, done, meanwhile: () => meanwhile?.(reading) ?? Promise.resolve() });
    for (const use of prepared) finish(use, labels.at, features.vectors);
  }
  return features;
}

/** What to ask the kernel for a use; its values go to their places. */
function askedOf({ plan, sorted, outputs }: Use, mishaps: Record<string, Mishaps>): Asked {
  const take = (from: number, values: ViewValues): void => {
    const places = sorted.point.subarray(from, from + values.found.length);
    outputs.forEach(({ into }, i) => into.put(values.features[i] as Vector, places));
    mishaps[plan.name] = mishaps[plan.name] === undefined ? values.mishaps : sumOfMishaps(mishaps[plan.name] as Mishaps, values.mishaps);
  };
  return { plan, times: sorted.times, take };
}

/** Uses of views of one source by their keys. */
function byKeys(uses: readonly ServiceViewPlan[]): ServiceViewPlan[][] {
  const found: ServiceViewPlan[][] = [];
  for (const use of uses) {
    const shares = (other: ServiceViewPlan): boolean => same(other.keyNames, use.keyNames) && same(columnsOf(other.view), columnsOf(use.view));
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
function prepare(use: ServiceViewPlan, { service, labels, records }: FeaturesRequest, key: Int32Array, keys: number, sortings: Map<string, Sorting>): Use {
  const { refresh, name } = use.view;
  const record = Object.hasOwn(records, name) ? (records[name] as RefreshRecord) : null;
  const schedule = JSON.stringify([refresh, record?.moves ?? null]);
  let sorting = sortings.get(schedule);
  if (sorting === undefined) {
    const moments = new Float64Array(labels.at.length);
    for (let i = 0; i < moments.length; i++) moments[i] = momentAt(refresh, record, labels.at[i] as number);
    sortings.set(schedule, (sorting = { moments, sorted: sortPoints(key, keys, moments, labels.byTime) }));
  }
  const wanted = service.features.map((output, index) => ({ ...output, index })).filter((output) => service.views[output.view] === use);
  const plan = narrow(
    use.view,
    wanted.map(({ feature }) => feature),
  );
  return { ...sorting, plan, outputs: wanted.map(({ kind, index }) => ({ index, into: scattered(kind, labels.at.length) })) };
}

/** Drops values that are older than `maxAge` at T, puts the default in place of null, and hands the vectors over. */
function finish({ outputs, plan, moments }: Use, at: Float64Array, vectors: Vector[]): void {
  const { maxAge, refresh } = plan;
  for (const [i, { index, into }] of outputs.entries()) {
    if (maxAge !== null)
      for (let label = 0; label < at.length; label++) if ((at[label] as number) - asOfAt(refresh, moments[label] as number) > maxAge) into.clear(label);
    const fallback = plan.features[i]?.fallback ?? null;
    if (fallback !== null) into.fill(fallback);
    vectors[index] = into.vector;
  }
}
