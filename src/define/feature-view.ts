// A feature view: features of one entity from one source, with one refresh.
import { aggregates, windowOf, type Feature, type Features } from "./aggregate.ts";
import { checkFunction, checkKind, told } from "./given.ts";
import { checkName, refusePrototype } from "./name.ts";
import { DefinitionError, didYouMean } from "../errors.ts";
import type { AggregateCall } from "./aggregate-call.ts";
import { latest } from "./latest.ts";
import type { Duration } from "./duration.ts";
import type { Window } from "./window.ts";
import type { Entity, EntityKey } from "./entity.ts";
import { parseDuration, type Micros } from "../time.ts";
import type { Refresh } from "./refresh.ts";
import { refuseUnknown } from "./settings.ts";
import type { Show, Value } from "../schema/value-type.ts";
import type { Source } from "./source.ts";

interface Kind {
  readonly kind: string;
}
/** A feature as it is, or the sentence that says what is wrong with it. */
type CheckedFeature<F, N> = F extends { readonly kind: "feature" | "features" }
  ? F
  : F extends { readonly kind: "future" }
    ? `'${N & string}' looks into the future: make it a label with outcome(...)`
    : F extends { readonly kind: "aggregate" }
      ? `'${N & string}' has no window: add .over("7d"), .session("30m") or .lifetime()`
      : Feature<unknown>;
type Values<F> = Show<{
  readonly [N in keyof F as F[N] extends Features<unknown, infer W> ? `${N & string}_${W}` : N]: F[N] extends { readonly "~value": infer V } ? V : never;
}>;

/** One feature of a view, flat: `overEach` has become one entry a window. */
export interface FeatureDefinition {
  readonly name: string;
  readonly call: AggregateCall;
  readonly window: Window;
  readonly fallback: Value;
}

/** What all forms of a view share: where the values come from. */
export interface ViewDefinition {
  readonly name: string;
  readonly entity: string;
  readonly keys: readonly EntityKey[];
  readonly source: Source<unknown>;
  readonly refresh: Refresh;
  readonly maxAge: Micros | null;
  readonly where: ((row: never) => boolean) | null;
  readonly features: readonly FeatureDefinition[];
}

/** A feature as a service sees it: `name` outside, `feature` in the view's definition. */
export interface Exposed {
  readonly name: string;
  readonly feature: string;
}

/**
 * A feature view, whole or as `pick` and `as` have cut and renamed it. `N`: its name, `K`: its keys as served,
 * `V`: its features.
 */
export interface View<out N extends string, out K, out V> {
  readonly kind: "view";
  readonly name: N;
  readonly definition: ViewDefinition;
  /** The request's name of each key of the entity, in the entity's order. */
  readonly keyNames: readonly string[];
  readonly exposed: readonly Exposed[];
  readonly "~keys": K;
  readonly "~features": V;
  /** Only these features. */
  pick<const P extends keyof V & string>(...names: readonly P[]): View<N, K, Show<Pick<V, P>>>;
  /** The same view for another key of the request: `spending.as("seller", { user_id: "seller_id" })` gives `seller_spend_7d`. */
  as<const P extends string, const M extends { readonly [C in keyof K]?: string } = {}>(
    prefix: P,
    keys?: M,
  ): View<P, Show<{ readonly [C in keyof K as C extends keyof M ? M[C] & string : C]: K[C] }>, { readonly [F in keyof V as `${P}_${F & string}`]: V[F] }>;
}

/**
 * Defines a feature view. Every feature is written once, here; the same code computes it for training and for
 * serving. Throws a `DefinitionError` or `TimeError`.
 */
export function featureView<const N extends string, K, C, R extends C, A, const F extends Record<string, Kind>>(
  name: N,
  config: {
    readonly entity: Entity<string, K, C>;
    readonly source: Source<R, A>;
    /** How fresh: `every("1d", { at: "02:00", delay: "45m" })` or `streaming()`. */
    readonly refresh: Refresh;
    /** A value whose as-of is older than this is null and `STALE`, in training and in serving alike. */
    readonly maxAge?: Duration;
    /** Only rows for which this is true; one that throws is false, and counted. */
    readonly where?: (row: R) => boolean;
    readonly features: (aggregates: A) => { readonly [P in keyof F]: CheckedFeature<F[P], P> };
  },
): View<N, K, Values<F>> {
  checkName(name, "a feature view");
  const where = `view ${name}`;
  refuseUnknown(config, ["entity", "source", "refresh", "maxAge", "where", "features"], where);
  const { entity, source } = config;
  checkParts(config as never, where);
  checkKeys(entity, source, where);
  refuseWhere(config, where);
  const named = config.features((source.kind === "entity" ? latest<R>() : aggregates<R>()) as A);
  refusePrototype(named, `a feature of ${where}`);
  const features = Object.entries(named).flatMap(([feature, value]) => flatten(feature, value as Feature<unknown>, where));
  if (features.length === 0)
    throw new DefinitionError({ code: "DEFINITION_NO_FEATURES", what: "it has no feature", where, cure: 'Return at least one: { n: count().over("7d") }' });
  refuseTwice(
    features.map((f) => f.name),
    where,
  );
  const definition: ViewDefinition = Object.freeze({
    name,
    entity: entity.name,
    keys: entity.keys,
    source,
    refresh: config.refresh,
    maxAge: config.maxAge === undefined ? null : parseDuration(config.maxAge, `${where}, maxAge`),
    where: config.where ?? null,
    features: Object.freeze(features),
  });
  return view(
    name,
    definition,
    entity.keys.map((key) => key.name),
    features.map((f) => ({ name: f.name, feature: f.name })),
  ) as unknown as View<N, K, Values<F>>;
}

/** Throws a `DefinitionError` for what is none of a view's parts. */
function checkParts(config: Readonly<Record<"refresh" | "features" | "entity" | "source" | "where", unknown>>, where: string): void {
  checkBasis(config, where);
  checkKind(config.refresh, ["every", "streaming"], {
    what: "refresh",
    where,
    cure: 'Say how fresh: every("1d", { at: "02:00", delay: "45m" }) or streaming()',
  });
  checkFunction(config.features, "features", where, 'Write features: ({ count }) => ({ n: count().over("7d") })');
}

/** Throws a `DefinitionError` where entity, source or `where` is something else. */
export function checkBasis(config: Readonly<Record<"entity" | "source" | "where", unknown>>, where: string): void {
  checkKind(config.entity, ["entity"], { what: "entity", where, cure: "Give it what entity(...) returns" });
  checkKind(config.source, ["events", "entity"], { what: "source", where, cure: "Give it what events(...) or entitySource(...) returns" });
  if (config.where !== undefined) checkFunction(config.where, "where", where, "Write where: (row) => row.quantity > 0");
}

/** Holds an entity's keys against the columns of a source. Throws a `DefinitionError`. */
export function checkKeys(entity: Pick<Entity<string, unknown, unknown>, "name" | "keys">, source: Source<unknown>, where: string): void {
  for (const { column, kind, name: key } of entity.keys) {
    const found = Object.hasOwn(source.schema, column) ? source.schema[column] : undefined;
    if (found === undefined) {
      const cure = `${didYouMean(column, Object.keys(source.schema))}, or say which column holds it: ${entity.name}.columns({ ${key}: "..." })`;
      throw new DefinitionError({ code: "DEFINITION_UNKNOWN_COLUMN", what: `source ${source.name} has no column '${column}' for key '${key}'`, where, cure });
    }
    if (found.kind !== kind) {
      throw new DefinitionError({
        code: "DEFINITION_BAD_KEY",
        what: `key '${key}' is t.${kind}(), but column '${column}' of source ${source.name} is t.${found.kind}()`,
        where,
        cure: "Give both the same type",
      });
    }
  }
}

/** An entity's last row is its last row: what \`where\` would leave out is still what the entity is. */
function refuseWhere({ source, where: filter }: { readonly source: Source<unknown>; readonly where?: unknown }, where: string): void {
  if (source.kind !== "entity" || filter === undefined) return;
  throw new DefinitionError({
    code: "DEFINITION_NO_WHERE",
    what: `source ${source.name} is an entity source, of which the last row counts whatever it says`,
    where: `${where}, where`,
    cure: "Leave where out, and let the feature's function give null",
  });
}

function flatten(name: string, feature: Feature<unknown> | Features<unknown, string>, where: string): FeatureDefinition[] {
  checkName(name, `a feature of ${where}`);
  const place = `${where}, feature ${name}`;
  if (feature?.kind === "feature") return [{ name, call: feature.call, window: feature.window, fallback: feature.fallback }];
  if (feature?.kind === "features") {
    const { call, fallback } = feature;
    if (feature.windows.length === 0)
      throw new DefinitionError({ code: "DEFINITION_NO_WINDOW", what: "it has no window", where: place, cure: 'Name at least one: .overEach("1d", "7d")' });
    return feature.windows.map((window) => ({
      name: `${name}_${window}`,
      call,
      window: windowOf(call, { length: parseDuration(window, place), offset: 0, gap: null }),
      fallback,
    }));
  }
  if ((feature as Kind | null)?.kind !== "aggregate" && (feature as Kind | null)?.kind !== "future")
    throw new DefinitionError({
      code: "DEFINITION_NOT_A_FEATURE",
      what: `it is ${told(feature)}`,
      where: place,
      cure: 'Write an aggregate and its window: count().over("7d")',
    });
  if ((feature as Kind).kind === "future")
    throw new DefinitionError({ code: "DEFINITION_FUTURE_FEATURE", what: "it looks into the future", where: place, cure: "Make it a label with outcome(...)" });
  throw new DefinitionError({ code: "DEFINITION_NO_WINDOW", what: "it has no window", where: place, cure: 'Add .over("7d"), .session("30m") or .lifetime()' });
}

function refuseTwice(names: readonly string[], where: string): void {
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice === undefined) return;
  throw new DefinitionError({ code: "DEFINITION_NAME_TWICE", what: `there are two features '${twice}'`, where, cure: "Rename one of them" });
}

/** A view in the form that services take; `pick` and `as` make others over the same definition. */
function view(name: string, definition: ViewDefinition, keyNames: readonly string[], exposed: readonly Exposed[]): View<string, unknown, unknown> {
  const where = `view ${name}`;
  return Object.freeze({
    kind: "view",
    name,
    definition,
    keyNames: Object.freeze(keyNames),
    exposed: Object.freeze(exposed),
    pick: (...names: readonly string[]) => {
      const picked = names.map((wanted) => {
        const found = exposed.find((e) => e.name === wanted);
        if (found !== undefined) return found;
        throw new DefinitionError({
          code: "DEFINITION_UNKNOWN_FEATURE",
          what: `there is no feature '${wanted}'`,
          where: `${where}.pick`,
          cure: didYouMean(
            wanted,
            exposed.map((e) => e.name),
          ),
        });
      });
      refuseTwice(names, `${where}.pick`);
      if (picked.length === 0)
        throw new DefinitionError({ code: "DEFINITION_NO_FEATURES", what: "it picks no feature", where: `${where}.pick`, cure: "Name at least one" });
      return view(name, definition, keyNames, picked);
    },
    as: (prefix: string, keys: Readonly<Record<string, string>> = {}) => {
      checkName(prefix, "a view's prefix");
      for (const [key, renamed] of Object.entries(keys)) {
        checkName(renamed, `a key of ${where}.as`);
        if (!keyNames.includes(key))
          throw new DefinitionError({
            code: "DEFINITION_UNKNOWN_KEY",
            what: `there is no key '${key}'`,
            where: `${where}.as`,
            cure: didYouMean(key, keyNames),
          });
      }
      const renamed = keyNames.map((key) => (Object.hasOwn(keys, key) ? (keys[key] as string) : key));
      refuseTwice(renamed, `${where}.as`);
      return view(
        prefix,
        definition,
        renamed,
        exposed.map((e) => ({ ...e, name: `${prefix}_${e.name}` })),
      );
    },
  }) as unknown as View<string, unknown, unknown>;
}
