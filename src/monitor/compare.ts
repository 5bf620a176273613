// Compares what a view answered with what the sweep gives at the same as-of: value bytes, status and event time.
import { answerFeature, missingAt, type EntityValues, type FeatureAnswer } from "../plan/answer.ts";
import { asOfRead } from "../online/answer.ts";
import { canonical } from "../schema/canonical.ts";
import { vectorReader } from "../schema/vector.ts";
import type { Micros } from "../time.ts";
import type { LoggedService, ReadRequest } from "./serving-log-format.ts";
import type { Status } from "../define/answer.ts";
import type { FeatureValue, Value, ValueKind } from "../schema/value-type.ts";
import type { FeaturePlan, ViewPlan } from "../plan/view-plan.ts";
import type { ViewValues } from "../kernel/rows.ts";

/** One use of a view in one logged request. */
export interface ViewUse {
  readonly request: ReadRequest;
  /** The position of the view in the request's service. */
  readonly position: number;
  readonly key: readonly Value[];
  /** The number of its moment; -1 where no run answered. */
  readonly moment: number;
}

/** A value, status or event time that is not what the sweep gives. */
export interface Difference {
  readonly use: ViewUse;
  /** The feature's name in the service. */
  readonly feature: string;
  readonly part: "value" | "status" | "event time";
  readonly logged: FeatureValue | Micros;
  readonly recomputed: FeatureValue | Micros;
}

/** What a comparison counted, in values of features. */
export interface Counts {
  compared: number;
  notNull: number;
  different: number;
}

/** Reads what the sweep gives at a position of its output; null where the entity has no row in any window. */
export function entityReader(values: ViewValues): (position: number) => EntityValues | null {
  const readers = values.features.map(vectorReader);
  return (position) => {
    if (values.found[position] === 0) return null;
    const newest = values.newest.map((times) => (Number.isNaN(times[position]) ? null : (times[position] as Micros)));
    return { values: readers.map((read) => read(position)), failed: values.failed.map((failed) => failed[position] === 1), newest };
  };
}

/** Compares one use of a view with what the sweep gives at the logged as-of. Calls `differs` for each value that differs. */
export type Compare = (use: ViewUse, row: EntityValues | null, counts: Counts, differs: (difference: Difference) => void) => void;

/** A comparison for uses of one view, which looks up once where each service has the view's features. */
export function comparer(view: ViewPlan): Compare {
  const known = new Map<LoggedService, Map<number, readonly Place[]>>();
  const placesOf = (service: LoggedService, position: number): readonly Place[] => {
    const ofService = known.get(service) ?? new Map<number, readonly Place[]>();
    known.set(service, ofService);
    const places = ofService.get(position) ?? findPlaces(view, service, position);
    ofService.set(position, places);
    return places;
  };
  return (use, row, counts, differs) => {
    const { request, position } = use;
    const missing = missingAt(view, request.at, asOfRead(request.runs[position] ?? null));
    for (const { name, place, index, feature } of placesOf(request.service, position)) {
      const expected = answerFeature(feature, index, missing, row);
      const found: FeatureAnswer = {
        value: request.values[place] as FeatureValue,
        status: request.status[place] as Status,
        eventTime: request.eventTime[place] as Micros | null,
      };
      counts.compared++;
      if (expected.value !== null) counts.notNull++;
      const part = partThatDiffers(found, expected, feature.kind);
      if (part === null) continue;
      counts.different++;
      differs({ use, feature: name, part: PARTS[part], logged: found[part], recomputed: expected[part] });
    }
  };
}

/** Where a service's answers have a feature of a view. */
interface Place {
  readonly name: string;
  readonly place: number;
  readonly index: number;
  readonly feature: FeaturePlan;
}

function findPlaces(view: ViewPlan, service: LoggedService, position: number): readonly Place[] {
  return service.features.flatMap((logged, place): Place[] => {
    const index = logged.view === position ? view.features.findIndex((feature) => feature.name === logged.feature) : -1;
    return index < 0 ? [] : [{ name: logged.name, place, index, feature: view.features[index] as FeaturePlan }];
  });
}

const PARTS = { value: "value", status: "status", eventTime: "event time" } as const;

function partThatDiffers(found: FeatureAnswer, expected: FeatureAnswer, kind: ValueKind): keyof FeatureAnswer | null {
  if (!sameBytes(found.value, expected.value, kind)) return "value";
  if (found.status !== expected.status) return "status";
  return found.eventTime === expected.eventTime ? null : "eventTime";
}

/** Whether two values have equal canonical bytes. What is the same to `Object.is` has, without making them. */
function sameBytes(a: FeatureValue, b: FeatureValue, kind: ValueKind): boolean {
  return Object.is(a, b) || canonical([a], [kind]).equals(canonical([b], [kind]));
}
