// What views of entity sources take instead of aggregates: the latest row's values.
import { callOf } from "./aggregate-call.ts";
import { complete } from "./given.ts";
import { DefinitionError } from "../errors.ts";
import { feature, type Feature, type Present, type Returns } from "./aggregate.ts";
import type { Value } from "../schema/value-type.ts";

/** The features of an entity source with rows `R`, as `features: ({ latest }) => ...` is given them. */
export interface Latest<R> {
  /** What the function gives for the entity's last row, null included. */
  latest<V extends Value>(value: (row: R) => V, options?: Returns<NoInfer<V>>): Feature<Present<V> | (null extends V ? null : never)>;
}

/** The features to give to `features` of a view whose source is an entity source. */
export function latest<R>(): Latest<R> {
  const of = (...given: readonly unknown[]): unknown => feature(callOf("latest", given), { length: Infinity, offset: 0, gap: null }, null);
  return complete({ latest: of }, noAggregate) as unknown as Latest<R>;
}

function noAggregate(name: string): DefinitionError {
  return new DefinitionError({
    code: "DEFINITION_UNKNOWN_AGGREGATE",
    what: `an entity source has no '${name}'`,
    where: "features",
    cure: "Of an entity only the last row counts: write latest((row) => row.column)",
  });
}
