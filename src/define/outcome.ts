// An outcome: labels that are computed, from what happened after T, by the kernel that computes features.
import { aggregates, windowOf, type Future } from "./aggregate.ts";
import { checkBasis, checkKeys } from "./feature-view.ts";
import { checkFunction } from "./given.ts";
import { checkName } from "./name.ts";
import { DefinitionError } from "../errors.ts";
import { refuseUnknown } from "./settings.ts";
import type { Entity, OrNull } from "./entity.ts";
import type { LabelData, Labels } from "./labels.ts";
import type { Micros, Timestamp } from "../time.ts";
import type { Show } from "../schema/value-type.ts";
import type { Source } from "./source.ts";
import type { ViewDefinition } from "./feature-view.ts";

/** The column of T where the rows of the source are the points. */
export const LABEL_TIME = "label_time";

/** Labels that are computed over the rows with `T <= e < T + horizon`. Their rows `L` end with a column of the outcome's name. */
export interface Outcome<out L> extends Labels<L> {
  readonly kind: "outcome";
  /** What is computed, as the value at `T + horizon` of a window as long as the horizon. */
  readonly definition: ViewDefinition;
  readonly horizon: Micros;
  /** The keys and moments to judge; null: each row of the source is one. */
  readonly points: LabelData<unknown> | null;
}

/** A future window as it is, or the sentence that says what is wrong with it. */
type CheckedLabel<F> = F extends { readonly kind: "future" }
  ? F
  : F extends { readonly kind: "feature" | "features" }
    ? 'a label looks into the future: write .within("60d")'
    : F extends { readonly kind: "aggregate" }
      ? 'the label has no horizon: add .within("60d")'
      : Future<unknown>;
type ValueIn<F> = F extends { readonly "~value": infer V } ? V : never;
/** The rows of an outcome. */
type Judged<P, N extends string, V> = Show<P & { readonly [C in N]: V }>;
/** Points as they are, or the sentence that says which of their columns clashes. */
type CheckedPoints<P, N extends string> = N extends keyof P ? `the points have a column '${N}' already: give the outcome another name` : LabelData<P>;

/**
 * Defines labels by what comes of each point (a key and a moment T): an aggregate over the rows of the entity with
 * `T <= e < T + horizon`, as they are known at the cut of the build, when they became available playing no other part. A point
 * is left out, and counted, until all that belongs to it can have come: while `T + horizon + late` is not below the cut.
 * Throws a `DefinitionError` or `TimeError`.
 */
export function outcome<const N extends string, K, C, R extends C, A, const F, P extends OrNull<K> = Show<K & { readonly label_time: Timestamp }>>(
  name: N,
  config: {
    readonly entity: Entity<string, K, C>;
    readonly source: Source<R, A>;
    /** Only rows for which this is true count; it says nothing about points. One that throws is false, and counted. */
    readonly where?: (row: R) => boolean;
    readonly label: (aggregates: A) => CheckedLabel<F>;
    /** Labels whose rows are the points, with all their columns; by default each row of the source is one. */
    readonly at?: CheckedPoints<P, N>;
  },
): Outcome<Judged<P, N, ValueIn<F>>> {
  checkName(name, "an outcome");
  const where = `outcome ${name}`;
  refuseUnknown(config, ["entity", "source", "where", "label", "at"], where);
  const { entity, source } = config;
  const points = (config.at ?? null) as LabelData<unknown> | null;
  checkBasis(config as never, where);
  checkFunction(config.label, "label", where, 'Write label: ({ exists }) => exists().within("60d")');
  checkKeys(entity, source, where);
  checkPoints(points, where);
  if (source.kind !== "events")
    throw new DefinitionError({
      code: "DEFINITION_NOT_EVENTS",
      what: `source ${source.name} holds no events`,
      where,
      cure: "Give it what events(...) returns",
    });
  refuseTaken(name, points === null ? [...entity.keys.map((key) => key.name), LABEL_TIME] : Object.keys(points.schema), where);
  if (points === null)
    refuseTaken(
      LABEL_TIME,
      entity.keys.map((key) => key.name),
      where,
    );
  const future = config.label(aggregates<R>() as unknown as A) as unknown as Future<unknown>;
  if (future?.kind !== "future")
    throw new DefinitionError({ code: "DEFINITION_NO_HORIZON", what: "its label has no horizon", where, cure: 'End it with .within("60d")' });
  const { call, horizon } = future;
  const definition: ViewDefinition = Object.freeze({
    name,
    entity: entity.name,
    keys: entity.keys,
    source,
    refresh: Object.freeze({ kind: "every", tick: 1, phase: 0, delay: 0 }),
    maxAge: null,
    where: config.where ?? null,
    features: Object.freeze([Object.freeze({ name, call, window: windowOf(call, { length: horizon, offset: 0, gap: null }), fallback: null })]),
  });
  return Object.freeze({ kind: "outcome", name, definition, horizon, points }) as unknown as Outcome<Judged<P, N, ValueIn<F>>>;
}

/** Whether labels are computed. */
export function isOutcome(labels: Labels<unknown>): labels is Outcome<unknown> {
  return labels.kind === "outcome";
}

function checkPoints(points: LabelData<unknown> | null, where: string): void {
  if (points === null || points.kind === "labels") return;
  throw new DefinitionError({ code: "DEFINITION_NOT_LABELS", what: "at names no labels that are data", where, cure: "Give it what labels(...) returns" });
}

function refuseTaken(name: string, taken: readonly string[], where: string): void {
  if (!taken.includes(name)) return;
  const what = name === LABEL_TIME ? `'${name}' is the column of T` : `there is a column '${name}' already`;
  throw new DefinitionError({ code: "DEFINITION_NAME_TWICE", what, where, cure: "Give it another name" });
}
