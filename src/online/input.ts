// One row of a request: its keys and request fields, checked and encoded, by a plan compiled once.
import { RequestError, didYouMean } from "../errors.ts";
import { canonical, MAX_KEY_BYTES } from "../schema/canonical.ts";
import { fromJson, SPELLING } from "../schema/json-value.ts";
import { isTimestamp, MAX_MICROS } from "../time.ts";
import type { ColumnKind, Value } from "../schema/value-type.ts";
import type { FieldPlan, ServicePlan } from "../plan/service-plan.ts";

/** A checked row. */
export interface Input {
  /** The canonical bytes of each view's key, in the order of the service's views. */
  readonly keys: readonly Buffer[];
  /** The keys, then the request's other fields. */
  readonly values: readonly Value[];
}

type Fields = Readonly<Record<string, unknown>>;

/** Checks a row; `where` says which, for errors. Throws a `RequestError`. */
export type InputReader = (row: unknown, where: string) => Input;

/**
 * The reader of a service's rows. It takes values as TypeScript holds them (`bigint`, `Timestamp`) and as JSON does
 * (text for both); every key and field must be there, and nothing else.
 */
export function inputReader(plan: ServicePlan): InputReader {
  const keyFields = plan.keys;
  const names = [...keyFields, ...plan.request].map((field) => field.name);
  const encoders = keyEncoders(plan);
  return (row, where) => {
    if (typeof row !== "object" || row === null || Array.isArray(row)) {
      throw new RequestError({
        code: "REQUEST_NOT_A_ROW",
        what: `it is ${row === null ? "null" : Array.isArray(row) ? "a list" : `a ${typeof row}`}`,
        where,
        cure: `Send an object with ${names.join(", ")}`,
      });
    }
    const fields = row as Fields;
    const values: Value[] = [];
    for (const field of keyFields) values.push(keyOf(fields, field, names, where));
    for (const field of plan.request) values.push(requestFieldOf(fields, field, names, where));
    refuseUnknown(fields, names, where);
    return { keys: encoders(values, where), values };
  };
}

/** Encodes each key that views share once. */
function keyEncoders(plan: ServicePlan): (values: readonly Value[], where: string) => Buffer[] {
  const distinct: { readonly fields: readonly number[]; readonly kinds: readonly ColumnKind[]; readonly id: string }[] = [];
  const ofView = plan.views.map(({ keyNames }) => {
    const fields = keyNames.map((name) => plan.keys.findIndex((key) => key.name === name));
    const id = fields.join();
    const known = distinct.findIndex((one) => one.id === id);
    return known >= 0 ? known : distinct.push({ fields, kinds: fields.map((field) => (plan.keys[field] as FieldPlan).kind), id }) - 1;
  });
  return (values, where) => {
    const encoded = distinct.map(({ fields, kinds }) => {
      const bytes = canonical(
        fields.map((field) => values[field] as Value),
        kinds,
      );
      if (bytes.length <= MAX_KEY_BYTES) return bytes;
      const of = fields.map((field) => `'${(plan.keys[field] as FieldPlan).name}'`).join(" and ");
      throw new RequestError({
        code: "REQUEST_KEY_TOO_LONG",
        what: `${of} take ${bytes.length} encoded bytes, more than ${MAX_KEY_BYTES}`,
        where,
        cure: "No entity has such a key: shorten it",
      });
    });
    return ofView.map((index) => encoded[index] as Buffer);
  };
}

const LONE_SURROGATE = /\p{Surrogate}/u;

function keyOf(row: Fields, field: FieldPlan, names: readonly string[], where: string): Value {
  const given = presentIn(row, field, names, where);
  if (given === null)
    throw new RequestError({ code: "REQUEST_NULL_KEY", what: `key '${field.name}' is null`, where, cure: "A request is about one entity: send every key" });
  const value = valueOf(given, field, where);
  if (typeof value === "string" && LONE_SURROGATE.test(value)) {
    throw new RequestError({
      code: "REQUEST_BAD_TEXT",
      what: `key '${field.name}' holds half a character (a lone surrogate)`,
      where,
      cure: "Send whole Unicode characters: a cut text is no key",
    });
  }
  return value;
}

function requestFieldOf(row: Fields, field: FieldPlan, names: readonly string[], where: string): Value {
  const given = presentIn(row, field, names, where);
  const nothing = given === null || Number.isNaN(given); // NaN is null, as in a column
  if (!nothing) return valueOf(given, field, where);
  if (field.nullable) return null;
  throw new RequestError({
    code: "REQUEST_NULL_FIELD",
    what: `'${field.name}' is null`,
    where,
    cure: `Send ${SPELLING[field.kind]}, or declare it nullable()`,
  });
}

/** What a row holds under a field's name. */
function presentIn(row: Fields, field: FieldPlan, names: readonly string[], where: string): unknown {
  const given = Object.hasOwn(row, field.name) ? row[field.name] : undefined;
  if (given !== undefined) return given;
  const wrong = Object.keys(row).find((other) => !names.includes(other));
  const cure =
    wrong === undefined
      ? `Send ${SPELLING[field.kind]}${field.nullable ? ", or null" : ""}`
      : `'${wrong}' is no field of the service. ${didYouMean(wrong, names)}`;
  throw new RequestError({ code: "REQUEST_MISSING_FIELD", what: `'${field.name}' is missing`, where, cure });
}

function valueOf(given: unknown, field: FieldPlan, where: string): Value {
  const value = typedValue(given, field.kind) ?? fromJson(given, field.kind);
  if (value !== undefined) return value;
  const { name, kind } = field;
  if (kind === "int64" && typeof given === "number" && Number.isInteger(given)) {
    throw new RequestError({
      code: "REQUEST_UNSAFE_INTEGER",
      what: `'${name}' is ${given}, which a JSON number cannot hold exactly`,
      where,
      cure: "Send whole numbers past 2^53 as text",
    });
  }
  throw new RequestError({ code: "REQUEST_WRONG_TYPE", what: `'${name}' is ${shown(given)}`, where, cure: `Send ${SPELLING[kind]}` });
}

/** What TypeScript holds and JSON cannot: whole numbers of 64 bits and moments. */
function typedValue(given: unknown, kind: ColumnKind): Value | undefined {
  if (kind === "int64" && typeof given === "bigint" && BigInt.asIntN(64, given) === given) return given;
  if (kind === "timestamp" && isTimestamp(given) && given.micros <= MAX_MICROS && given.micros >= -MAX_MICROS) return given;
  return undefined;
}

function shown(given: unknown): string {
  if (typeof given === "bigint") return `${given}n`;
  if (typeof given === "number") return String(given); // NaN and infinities too, which JSON would call null
  const text = typeof given === "object" && !isTimestamp(given) ? "an object" : (JSON.stringify(given) ?? `a ${typeof given}`);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

function refuseUnknown(row: Fields, names: readonly string[], where: string): void {
  const fields = Object.keys(row);
  if (fields.length === names.length) return; // every name was found, so there is no room for another
  const wrong = fields.find((field) => !names.includes(field)) as string;
  throw new RequestError({ code: "REQUEST_UNKNOWN_FIELD", what: `'${wrong}' is no field of the service`, where, cure: didYouMean(wrong, names) });
}
