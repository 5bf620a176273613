// The oracle's outcomes: what came of a point, as it was known at a cut. Times are bigint.
import { aggregated } from "./aggregates.ts";
import { equal, grouped } from "./values.ts";
import { history, type Given } from "./naive.ts";
import type { FeatureValue, Scalar, Value } from "../../src/schema/value-type.ts";
import type { ViewDefinition } from "../../src/define/feature-view.ts";

/** A key and a moment. */
export interface Point {
  readonly key: readonly Value[];
  readonly at: bigint;
}

/** What came of a point. */
export interface Came extends Point {
  readonly value: FeatureValue;
  readonly failed: boolean;
}

/** The labels of points that are mature, in their order: what the only feature of `definition` gives over `T <= e < T + horizon`. */
export function labelsOf(definition: ViewDefinition, given: readonly Given[], points: readonly Point[], horizon: bigint, cut: bigint): Came[] {
  const call = definition.features[0]?.call;
  if (call === undefined) throw new Error("a view of one feature");
  const late = BigInt(definition.source.late ?? 0);
  const known = knownRows(definition, given, cut);
  return points
    .filter(({ at }) => at + horizon + late < cut)
    .map(({ key, at }) => {
      const future = known.filter(
        ({ row, eventTime }) =>
          at <= eventTime &&
          eventTime < at + horizon &&
          definition.keys.every(({ column }, i) => key[i] !== null && equal(row[column] ?? null, key[i] ?? null)),
      );
      const { halfLife } = call.parameters;
      const fresh = halfLife === undefined ? future : future.filter(({ eventTime }) => at + horizon - eventTime <= 64n * BigInt(halfLife));
      const taken = fresh.map((row) => row.taken[0]).filter((one) => one !== undefined);
      return { key, at, ...aggregated(call, taken, at + horizon, at + horizon) };
    });
}

/** Every row of the source that is known at the cut and has a key is a point, whatever `where` says; each once, in order of time. */
export function pointsOf(definition: ViewDefinition, given: readonly Given[], cut: bigint): Point[] {
  const all = knownRows({ ...definition, where: null }, given, cut);
  const keyed = all.filter(({ row }) => definition.keys.every(({ column }) => row[column] !== null));
  const byMoment = grouped(keyed, ({ eventTime }) => eventTime as Scalar);
  return byMoment.flatMap(([at, rows]) =>
    grouped(rows, ({ row }) => definition.keys.map(({ column }) => String(row[column]).length + String(row[column])).join("/")).map(([, [first]]) => ({
      key: definition.keys.map(({ column }) => first?.row[column] ?? null),
      at: at as bigint,
    })),
  );
}

function knownRows(definition: ViewDefinition, given: readonly Given[], cut: bigint) {
  return history(definition, given).rows.filter(
    ({ availableTime, replacedBy }) => availableTime < cut && !replacedBy.some((other) => other.availableTime < cut),
  );
}
