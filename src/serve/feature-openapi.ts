// The OpenAPI document of a server of features: every service with the exact input that it takes and the answers that it gives.
import { ANY_FAILURE, errorResponse, openApi, operation, type OpenApi } from "./openapi.ts";
import { featureSchema, listOf, named, objectOf, orNull, takenSchema, type JsonSchema } from "./json-schema.ts";
import { STATUSES } from "../define/answer.ts";
import type { Limits } from "../define/config.ts";
import type { ServicePlan } from "../plan/service-plan.ts";

const TIME: JsonSchema = { type: "string", format: "date-time" };
const TEXT: JsonSchema = { type: "string" };
const FLAG: JsonSchema = { type: "boolean" };
const VERSION: JsonSchema = { type: "string", pattern: "^[0-9a-f]{16}$" };
const COUNT: JsonSchema = { type: "integer", minimum: 0 };

/** The document of a server of these services. */
export function featureOpenApi(services: readonly ServicePlan[], limits: Limits): OpenApi {
  const paths = Object.fromEntries(services.map((plan) => [`/v1/features/${plan.name}`, { post: featuresOperation(plan) }]));
  const schemas = Object.assign({}, ...services.map((plan) => schemasOf(plan, limits))) as Readonly<Record<string, JsonSchema>>;
  return openApi(
    "asof: features",
    "Features as of the server's clock, computed by the same definitions as training sets.",
    { ...paths, ...DESCRIBING },
    { ...schemas, ...DESCRIBED },
  );
}

function featuresOperation({ name, views }: ServicePlan): JsonSchema {
  return operation({
    id: `features_${name}`,
    summary: `The features of ${name}, for one entity or for many at one moment, from ${[...new Set(views.map(({ view }) => view.name))].join(", ")}`,
    bodies: { "application/json": named(`${name}.Request`) },
    responses: {
      "200": { description: "An answer for an input, or one for each of inputs, in order", schema: named(`${name}.Response`) },
      "400": errorResponse("The request is not as its schema says: the code says how, and where"),
      "413": errorResponse("It is too long, or has too many inputs: REQUEST_TOO_LARGE, REQUEST_TOO_MANY"),
      "415": errorResponse("It is packed in a way that is not known: REQUEST_UNKNOWN_ENCODING"),
      ...ANY_FAILURE,
    },
  });
}

function schemasOf(plan: ServicePlan, { inputs }: Limits): Readonly<Record<string, JsonSchema>> {
  const { name, keys, request, outputs } = plan;
  const each = (schema: (output: (typeof outputs)[number]) => JsonSchema): JsonSchema =>
    objectOf(Object.fromEntries(outputs.map((output) => [output.name, schema(output)])));
  return {
    [`${name}.Input`]: objectOf(Object.fromEntries([...keys, ...request].map((field) => [field.name, takenSchema(field)]))),
    [`${name}.Request`]: {
      oneOf: [objectOf({ input: named(`${name}.Input`) }), objectOf({ inputs: { ...listOf(named(`${name}.Input`)), maxItems: inputs } })],
    },
    [`${name}.Answer`]: objectOf({
      at: { ...TIME, description: "T: the server's clock" },
      values: each(({ kind }) => featureSchema(kind)),
      status: each(() => named("Status")),
      eventTime: each(() => ({ ...orNull(TIME), description: "The newest event in the feature's window" })),
      asOf: each(() => ({ ...orNull(TIME), description: "The tick of the run, or up to when events are absorbed" })),
      version: each(({ version }) => ({ const: version })),
    }),
    [`${name}.Response`]: { oneOf: [named(`${name}.Answer`), objectOf({ answers: listOf(named(`${name}.Answer`)) })] },
  };
}

const DESCRIBED: Readonly<Record<string, JsonSchema>> = {
  Status: { enum: [...STATUSES] },
  Kind: {
    description: "The kind of a value: its name, or that of a list's items, or of a map's keys and values",
    anyOf: [TEXT, objectOf({ list: TEXT }), objectOf({ map: TEXT, of: named("Kind") })],
  },
  Service: objectOf({ name: TEXT, version: VERSION }),
  Freshness: {
    description: "How a view is kept fresh",
    oneOf: [
      objectOf({ by: { const: "schedule" }, every: TEXT, from: TEXT, delay: TEXT }),
      objectOf({ by: { const: "stream" }, stream: orNull({ enum: ["ingest", "kafka"] }), delay: TEXT }),
    ],
  },
  ServiceDescription: objectOf({
    name: TEXT,
    version: VERSION,
    keys: listOf(objectOf({ name: TEXT, kind: TEXT })),
    request: listOf(objectOf({ name: TEXT, kind: TEXT, nullable: FLAG })),
    views: listOf(objectOf({ name: TEXT, version: VERSION, entity: TEXT, source: TEXT, fresh: named("Freshness"), maxAge: orNull(TEXT) })),
    features: listOf(objectOf({ name: TEXT, kind: named("Kind"), view: orNull(TEXT), version: VERSION, refresh: TEXT, maxAge: orNull(TEXT) })),
  }),
  Health: objectOf({ status: { const: "ok" }, servingLog: orNull(objectOf({ written: COUNT, lost: COUNT, problem: orNull(TEXT) })) }),
};

/** What tells of services rather than of entities. */
const DESCRIBING: Readonly<Record<string, unknown>> = {
  "/v1/services": {
    get: operation({
      id: "services",
      summary: "The services that there are",
      responses: { "200": { description: "Their names and versions", schema: objectOf({ services: listOf(named("Service")) }) }, ...ANY_FAILURE },
    }),
  },
  "/v1/services/{service}": {
    get: operation({
      id: "service",
      summary: "What a service takes and gives, and how its views are kept fresh",
      parameters: [{ name: "service", in: "path", required: true, schema: TEXT }],
      responses: { "200": { description: "The service", schema: named("ServiceDescription") }, "404": errorResponse("STORE_UNKNOWN_SERVICE"), ...ANY_FAILURE },
    }),
  },
  "/health": {
    get: operation({
      id: "health",
      summary: "That the process answers, and how its serving log fares",
      responses: { "200": { description: "It does", schema: named("Health") }, ...ANY_FAILURE },
    }),
  },
};
