// Values on the wire as JSON Schema (draft 2020-12): what a request may hold, and what an answer holds.
import type { ColumnKind, ScalarKind, ValueKind } from "../schema/value-type.ts";

/** A JSON Schema. */
export type JsonSchema = Readonly<Record<string, unknown>>;

const TIME: JsonSchema = { type: "string", format: "date-time" };
const wholeText = (digits: number): string => `^-?[0-9]{1,${digits}}$`;

/** What an answer holds of a value that is there. Whole numbers of 64 and 128 bits are text, so that no reader rounds them. */
const GIVEN: { readonly [K in ScalarKind]: JsonSchema } = {
  string: { type: "string" },
  float64: { type: "number" },
  int32: { type: "integer", minimum: -(2 ** 31), maximum: 2 ** 31 - 1 },
  int64: { type: "string", pattern: wholeText(19), description: "A whole number within 2^63, as text" },
  int128: { type: "string", pattern: wholeText(39), description: "A whole number within 2^127, as text" },
  boolean: { type: "boolean" },
  timestamp: TIME,
};

/** What a request may send: beside what answers hold, whole numbers that a double holds exactly. */
const TAKEN: { readonly [K in ColumnKind]: JsonSchema } = {
  ...GIVEN,
  int64: {
    description: "A whole number within 2^63, as text; as a number only within 2^53",
    anyOf: [
      { type: "string", pattern: wholeText(19) },
      { type: "integer", minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER },
    ],
  },
};

/** The same, or null. */
export function orNull(schema: JsonSchema): JsonSchema {
  return typeof schema["type"] === "string" ? { ...schema, type: [schema["type"], "null"] } : { anyOf: [schema, { type: "null" }] };
}

/** An object with these fields and no other; all of them by default. */
export function objectOf(properties: Readonly<Record<string, JsonSchema>>, required: readonly string[] = Object.keys(properties)): JsonSchema {
  return { type: "object", properties, required, additionalProperties: false };
}

/** A list. */
export function listOf(items: JsonSchema): JsonSchema {
  return { type: "array", items };
}

/** A schema that is named in the document. */
export function named(name: string): JsonSchema {
  return { $ref: `#/components/schemas/${name}` };
}

/** What an answer holds of a feature. Null stands for what is not to be had, unless a default takes its place. */
export function featureSchema(kind: ValueKind): JsonSchema {
  return orNull(givenSchema(kind));
}

function givenSchema(kind: ValueKind): JsonSchema {
  if (typeof kind === "string") return GIVEN[kind];
  if ("list" in kind) return listOf(GIVEN[kind.list]);
  return { type: "object", additionalProperties: featureSchema(kind.of), description: `By value: each name is the text of a ${kind.map}` };
}

/** What a request may send under a key or field. */
export function takenSchema({ kind, nullable }: { readonly kind: ColumnKind; readonly nullable: boolean }): JsonSchema {
  return nullable ? orNull(TAKEN[kind]) : TAKEN[kind];
}
