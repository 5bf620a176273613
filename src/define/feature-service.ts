// A feature service: the features that one model takes, from any views, under one name.
import { checkList, checkTypes, told } from "./given.ts";
import { checkName, refusePrototype } from "./name.ts";
import { DefinitionError } from "../errors.ts";
import { refuseUnknown } from "./settings.ts";
import type { Row, Schema, Show, Type } from "../schema/value-type.ts";
import type { Timestamp } from "../time.ts";
import type { View } from "./feature-view.ts";

interface Kind {
  readonly kind: string;
}
type FeaturesOf<T> = T extends { readonly kind: "view"; readonly "~features": infer V } ? V : {};
type KeysOf<T> = T extends { readonly kind: "view"; readonly "~keys": infer K } ? K : {};
type All<U> = (U extends unknown ? (u: U) => void : never) extends (u: infer I) => void ? I : never;
type Others<T extends readonly unknown[], I> = { readonly [J in keyof T]: J extends I ? never : keyof FeaturesOf<T[J]> }[number];
/** A view as it is, or the sentence that says what is wrong with it. */
type CheckedView<X, Other> = X extends { readonly kind: "labels" | "outcome" }
  ? "a label is no feature: pass it to store.training(service, labels)"
  : [keyof FeaturesOf<X> & Other] extends [never]
    ? X
    : `another view of this service has '${keyof FeaturesOf<X> & Other & string}' too: rename with view.as("prefix") or choose with view.pick(...)`;

/** A feature that is made at request time, from the features before it, the request's fields and T. */
export interface DerivedDefinition {
  readonly name: string;
  readonly type: Type<unknown>;
  readonly value: (features: never, request: never, at: Timestamp) => unknown;
}

/** What all services share. */
export interface ServiceDefinition {
  readonly kind: "service";
  readonly name: string;
  readonly views: readonly View<string, unknown, unknown>[];
  /** Fields that the request carries beside the keys; they pass into the serving log and the training set. */
  readonly request: Schema;
  /** In the order in which they are made. */
  readonly derived: readonly DerivedDefinition[];
}

/** A feature service. `K`: the keys and `Q`: the request fields that a request holds, `V`: the features it gives. */
export interface Service<out K, Q, V> extends ServiceDefinition {
  readonly "~keys": K;
  readonly "~request": Q;
  readonly "~features": V;
  /**
   * The same service with one more feature, made at T from the features before it (after their defaults), the request's fields
   * and T, by the same function in training and in serving. It depends on these alone. Throws a `DefinitionError`.
   */
  derive<const N extends string, O>(
    name: N extends keyof V ? `there is a feature '${N}' already` : N,
    type: Type<O>,
    value: (features: V, request: Q, at: Timestamp) => NoInfer<O>,
  ): Service<K, Q, Show<V & { readonly [P in N]: O }>>;
}

/** Defines a feature service from views, whole, picked or renamed. Throws a `DefinitionError`. */
export function featureService<const T extends readonly Kind[], const Q extends Schema = {}>(
  name: string,
  config: {
    readonly features: { readonly [I in keyof T]: CheckedView<T[I], Others<T, I>> };
    /** Fields of the request that the model takes as they are: `{ amount: t.float64() }`. */
    readonly request?: Q;
  },
): Service<Show<All<KeysOf<T[number]>>>, Show<Row<Q>>, Show<All<FeaturesOf<T[number]>>>> {
  checkName(name, "a feature service");
  const where = `service ${name}`;
  refuseUnknown(config, ["features", "request"], where);
  refusePrototype(config.request ?? {}, `a request field of ${where}`);
  checkTypes(config.request ?? {}, where);
  checkList(config.features, "features", where, "List views: features: [spending]");
  const views = config.features as unknown as readonly View<string, unknown, unknown>[];
  const request: Schema = Object.freeze({ ...config.request });
  if (views.length === 0)
    throw new DefinitionError({ code: "DEFINITION_NO_FEATURES", what: "it has no view", where, cure: "List at least one: features: [spending]" });
  const owner = new Map<string, string>();
  const kinds = new Map<string, string>();
  for (const view of views) {
    if (view?.kind !== "view")
      throw new DefinitionError({
        code: "DEFINITION_NOT_A_VIEW",
        what: `features holds ${told((view as Kind | null)?.kind ?? view)}`,
        where,
        cure: "List feature views; labels go to store.training(service, labels)",
      });
    for (const { name: feature } of view.exposed) claim(owner, feature, `view ${view.name}`, where);
    view.definition.keys.forEach((key, i) => agree(kinds, view.keyNames[i] as string, key.kind, where));
  }
  for (const field of Object.keys(request)) {
    checkName(field, `a request field of ${where}`);
    claim(owner, field, "the request", where);
    if (kinds.has(field))
      throw new DefinitionError({
        code: "DEFINITION_NAME_TWICE",
        what: `'${field}' is a key and a request field`,
        where,
        cure: "Rename the request field, or the key with view.as(...)",
      });
  }
  return serviceOf({ kind: "service", name, views: Object.freeze([...views]), request, derived: [] }) as Service<
    Show<All<KeysOf<T[number]>>>,
    Show<Row<Q>>,
    Show<All<FeaturesOf<T[number]>>>
  >;
}

/** A frozen service; `derive` makes another with one more feature. */
function serviceOf(plain: ServiceDefinition): unknown {
  return Object.freeze({
    ...plain,
    derived: Object.freeze(plain.derived),
    derive: (name: string, type: Type<unknown>, value: DerivedDefinition["value"]) => {
      const where = `service ${plain.name}, derive`;
      checkName(name, `a derived feature of service ${plain.name}`);
      const owner = new Map<string, string>(plain.derived.map((derived) => [derived.name, "derive"]));
      for (const view of plain.views) for (const exposed of view.exposed) owner.set(exposed.name, `view ${view.name}`);
      for (const view of plain.views) for (const key of view.keyNames) owner.set(key, "the keys");
      for (const field of Object.keys(plain.request)) owner.set(field, "the request");
      claim(owner, name, "derive", where);
      if (typeof value !== "function" || typeof type?.nullable !== "function")
        throw new DefinitionError({
          code: "DEFINITION_NO_FUNCTION",
          what: `'${name}' needs a type and a function`,
          where,
          cure: `Write .derive("${name}", t.float64().nullable(), (features, request, at) => ...)`,
        });
      return serviceOf({ ...plain, derived: [...plain.derived, Object.freeze({ name, type, value })] });
    },
  });
}

function claim(owner: Map<string, string>, name: string, by: string, where: string): void {
  const other = owner.get(name);
  if (other !== undefined) {
    throw new DefinitionError({
      code: "DEFINITION_NAME_TWICE",
      what: `'${name}' comes from ${other} and from ${by}`,
      where,
      cure: 'Rename with view.as("prefix") or choose with view.pick(...)',
    });
  }
  owner.set(name, by);
}

function agree(kinds: Map<string, string>, key: string, kind: string, where: string): void {
  const other = kinds.get(key) ?? kind;
  if (other !== kind)
    throw new DefinitionError({
      code: "DEFINITION_BAD_KEY",
      what: `key '${key}' is t.${other}() in one view and t.${kind}() in another`,
      where,
      cure: "Give both the same type, or rename one with view.as(...)",
    });
  kinds.set(key, kind);
}
