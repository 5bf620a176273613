// Derived features: made at T from the features before them, the request's fields and T. All hosts make them here.
import { DefinitionError, didYouMean } from "../errors.ts";
import { fingerprint } from "./fingerprint.ts";
import { isTimestamp, timestampOf, type Micros, type Timestamp } from "../time.ts";
import { inexactMathOf, whilePure } from "./pure.ts";
import { kindOf } from "./probe.ts";
import { mathFingerprint } from "./math-probe.ts";
import { kindText } from "../schema/vector.ts";
import { refuseImpure } from "./pure-text.ts";
import type { ColumnKind, FeatureValue, Scalar, Value, ValueKind } from "../schema/value-type.ts";
import type { DerivedDefinition } from "../define/feature-service.ts";
import type { Status } from "../define/answer.ts";

type DerivedFunction = (features: never, request: never, at: Timestamp) => unknown;

/** A derived feature. */
export interface DerivedPlan {
  readonly name: string;
  readonly kind: ColumnKind;
  readonly value: DerivedFunction;
  /** 16 hexadecimal digits over its function, its type and the names and kinds of what it may read. */
  readonly version: string;
}

/** A feature or a field of the request, as a derived feature's function may read it. */
export interface Readable {
  readonly name: string;
  readonly kind: ValueKind;
}

/** What derived features are made from. */
export interface DerivePlan {
  /** The features of views, in the service's order. */
  readonly features: readonly Readable[];
  /** The request's fields beside the keys. */
  readonly request: readonly Readable[];
  readonly derived: readonly DerivedPlan[];
}

/** Compiles derived features, in order. Throws a `DefinitionError` for a function that reads what is not there, or gives another type. */
export function planDerived(
  definitions: readonly DerivedDefinition[],
  features: readonly Readable[],
  request: readonly Readable[],
  service: string,
): DerivedPlan[] {
  const derived: DerivedPlan[] = [];
  for (const { name, type, value } of definitions) {
    const where = placeOf(service, name);
    const readable = [...features, ...derived];
    refuseImpure(value as never, where);
    probe({ name, kind: type.kind, value, version: "" }, readable, request, where);
    const reads = [...readable, ...request].map((one) => [one.name, one.kind]);
    derived.push(
      Object.freeze({
        name,
        kind: type.kind,
        value,
        version: fingerprint({ name, kind: type.kind, value, reads, math: inexactMathOf(value as never).length > 0 ? mathFingerprint() : null }),
      }),
    );
  }
  return derived;
}

/** Appends the derived features to an answer's values and statuses. `request` holds the fields beside the keys. */
export type Derive = (values: FeatureValue[], status: Status[], request: readonly Value[], at: Micros) => void;

/** A function that makes all derived features of a service for one row; it keeps its objects for all rows. Throws a `DefinitionError`. */
export function deriver(plan: DerivePlan, service: string): Derive {
  let features: readonly FeatureValue[] = [];
  let fields: readonly Value[] = [];
  const makers = plan.derived.map((_, k) =>
    maker(plan, k, service, {
      feature: (i) => features[i] as FeatureValue,
      field: (i) => fields[i] as Value,
    }),
  );
  return (values, status, request, at) => {
    features = values;
    fields = request;
    for (const make of makers) {
      const { value, failed } = make(at);
      values.push(value);
      status.push(value !== null ? "PRESENT" : failed ? "ERROR" : "NULL");
    }
  };
}

/** One derived value, before its status. */
export interface Derived {
  readonly value: Value;
  /** Whether it is null because the function threw or gave an infinity. */
  readonly failed: boolean;
}

/** Where a host keeps the row at hand: features by position (the derived ones after those of views), and the request's fields. */
export interface RowAtHand {
  readonly feature: (position: number) => FeatureValue;
  readonly field: (position: number) => Value;
}

/** A function that makes the derived feature number `k` of the row at hand at T. Throws a `DefinitionError` for a value of another type. */
export function maker({ features, request, derived }: DerivePlan, k: number, service: string, { feature, field }: RowAtHand): (at: Micros) => Derived {
  const { name, kind, value } = derived[k] as DerivedPlan;
  const seen = rowOver([...features, ...derived.slice(0, k)], feature);
  const asked = rowOver(request, field);
  const where = placeOf(service, name);
  return (at) => {
    let given: unknown;
    try {
      given = value(seen as never, asked as never, timestampOf(at));
    } catch {
      return { value: null, failed: true };
    }
    return cleaned(given, kind, name, where);
  };
}

/** The place of a derived feature, for errors. */
export function placeOf(service: string, name: string): string {
  return `service ${service}, derived feature ${name}`;
}

/** A row that is read by name and cannot be written. */
function rowOver(named: readonly Readable[], read: (position: number) => FeatureValue): object {
  const row: object = Object.create(null) as object;
  named.forEach(({ name }, i) => Object.defineProperty(row, name, { enumerable: true, get: () => read(i) }));
  return Object.freeze(row);
}

/** What a feature holds of what a function gave: NaN is null, -0 is 0, an infinity is null, `ERROR`. */
function cleaned(given: unknown, kind: ColumnKind, name: string, where: string): Derived {
  if (given === null || given === undefined || Number.isNaN(given)) return { value: null, failed: false };
  if (given === Infinity || given === -Infinity) return { value: null, failed: true };
  if (FITS[kind](given)) return { value: given === 0 ? 0 : (given as Scalar), failed: false };
  const got = typeof given === "bigint" || typeof given === "number" ? `${String(given)}` : `a ${typeof given}`;
  throw new DefinitionError({
    code: "DEFINITION_WRONG_VALUE",
    what: `its function gave ${got} where it is declared as ${kind}`,
    where,
    cure: `Give what the type says, or declare another: .derive("${name}", t.float64().nullable(), ...)`,
  });
}

const FITS: { readonly [K in ColumnKind]: (given: unknown) => boolean } = {
  string: (given) => typeof given === "string",
  float64: (given) => typeof given === "number",
  int32: (given) => typeof given === "number" && given === (given | 0),
  int64: (given) => typeof given === "bigint" && BigInt.asIntN(64, given) === given,
  boolean: (given) => typeof given === "boolean",
  timestamp: isTimestamp,
};

const SAMPLES = 64;

/** Calls a function with made-up features and fields: what it reads must be there, and what it gives must be of its type. */
function probe({ kind, value }: DerivedPlan, features: readonly Readable[], request: readonly Readable[], where: string): void {
  const unknown = new Map<string, readonly Readable[]>();
  const call = (sample: number): unknown => {
    try {
      return value(watched(features, sample, unknown) as never, watched(request, sample, unknown) as never, timestampOf(sample * 3_600_000_000));
    } catch {
      return null; // what throws on a made-up row may be right on real ones
    }
  };
  const given = whilePure({ value: value as never, where, madeUp: true }, () => Array.from({ length: SAMPLES }, (_, sample) => call(sample)));
  for (const [name, readable] of unknown)
    throw new DefinitionError({
      code: "DEFINITION_UNKNOWN_FEATURE",
      what: `its function reads '${name}', which is not there`,
      where,
      cure: didYouMean(
        name,
        readable.map((one) => one.name),
      ),
    });
  const wrong = given.find((one) => one !== null && one !== undefined && !FITS[kind](one) && !(kind === "int32" && typeof one === "number"));
  if (wrong === undefined) return;
  throw new DefinitionError({
    code: "DEFINITION_WRONG_VALUE",
    what: `its function gives ${kindText(kindOf(wrong, where) ?? kind)} where it is declared as ${kind}`,
    where,
    cure: "Declare the type that it gives",
  });
}

function watched(named: readonly Readable[], sample: number, unknown: Map<string, readonly Readable[]>): object {
  const row = Object.fromEntries(named.map(({ name, kind }, i) => [name, sampleOf(kind, Math.imul(sample * 31 + i + 1, 0x9e3779b1) >>> 8)]));
  return new Proxy(row, {
    get: (target, name) => {
      if (typeof name === "string" && !Object.hasOwn(target, name)) unknown.set(name, named);
      return Reflect.get(target, name) as unknown;
    },
  });
}

/** A made-up value; null for some. */
function sampleOf(kind: ValueKind, hash: number): FeatureValue {
  if (typeof kind === "object") return "list" in kind ? (hash % 2 === 0 ? [] : [sampleScalar(kind.list, hash)]) : mapOf(kind.map, kind.of, hash);
  return hash % 7 === 0 ? null : sampleScalar(kind, hash);
}

function mapOf(key: ColumnKind, of: ValueKind, hash: number): FeatureValue {
  return hash % 2 === 0 ? new Map() : new Map([[sampleScalar(key, hash), sampleOf(of, hash)]]);
}

function sampleScalar(kind: ColumnKind | "int128", hash: number): Scalar {
  const small = (hash % 7) - 1;
  if (kind === "string") return ["a", "", "b"][hash % 3] as string;
  if (kind === "boolean") return hash % 2 === 0;
  if (kind === "timestamp") return timestampOf(hash * 1_000_000);
  return kind === "int64" || kind === "int128" ? BigInt(small) : small;
}
