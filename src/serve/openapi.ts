// OpenAPI 3.1 documents: what all of ours share, and how an operation is written.
import { listOf, named, objectOf, type JsonSchema } from "./json-schema.ts";
import { packageVersion } from "../version.ts";

/** An OpenAPI document. */
export interface OpenApi {
  readonly openapi: "3.1.0";
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly paths: Readonly<Record<string, unknown>>;
  readonly components: { readonly schemas: Readonly<Record<string, JsonSchema>> };
}

/** One answer of an operation. */
export interface Response {
  readonly description: string;
  readonly schema?: JsonSchema;
  /** `application/json` unless it says otherwise. */
  readonly type?: string;
  /** Whether it says in `retry-after` when to ask again. */
  readonly retry?: boolean;
}

/** An operation: what it takes and gives. */
export interface Operation {
  readonly id: string;
  readonly summary: string;
  /** Bodies by their content type. */
  readonly bodies?: Readonly<Record<string, JsonSchema>>;
  readonly parameters?: readonly JsonSchema[];
  readonly responses: Readonly<Record<string, Response>>;
}

const ERROR: JsonSchema = objectOf({
  error: objectOf(
    {
      code: { type: "string", pattern: "^[A-Z0-9_]+$", description: "Stable; what a program may depend on" },
      message: { type: "string" },
      where: { type: "string" },
      cure: { type: "string" },
      requestId: { type: "string" },
    },
    ["code", "message", "requestId"],
  ),
});

const text = (description: string): Readonly<Record<string, unknown>> => ({ description, schema: { type: "string" } });

/** Every answer says which request it is of. */
const HEADERS: Readonly<Record<string, unknown>> = {
  "x-request-id": text("The request's own, where it brought a sane one, or else a new one"),
  traceresponse: text("Where the request stands in its trace (W3C Trace Context)"),
};

const ID_PARAMETERS: readonly JsonSchema[] = [
  { name: "x-request-id", in: "header", ...text("1 to 128 letters, digits and _.:=+/@-; anything else is replaced") },
  { name: "traceparent", in: "header", ...text("W3C Trace Context; malformed, it is passed over") },
];

/** An answer that is an error. */
export function errorResponse(description: string, retry = false): Response {
  return { description, schema: named("Error"), retry };
}

/** What any request may meet. */
export const ANY_FAILURE: Operation["responses"] = {
  "500": errorResponse("A defect of asof: INTERNAL"),
  "503": errorResponse("It took too long, or the store cannot be read"),
};

/** Writes an operation. */
export function operation({ id, summary, bodies, parameters = [], responses }: Operation): JsonSchema {
  return {
    operationId: id,
    summary,
    parameters: [...parameters, ...ID_PARAMETERS],
    ...(bodies === undefined ? {} : { requestBody: { required: true, content: contents(bodies) } }),
    responses: Object.fromEntries(Object.entries(responses).map(([status, response]) => [status, responseOf(response)])),
  };
}

function responseOf({ description, schema, type = "application/json", retry = false }: Response): JsonSchema {
  const headers = retry ? { ...HEADERS, "retry-after": text("After how many seconds to ask again") } : HEADERS;
  return { description, headers, ...(schema === undefined ? {} : { content: contents({ [type]: schema }) }) };
}

function contents(schemas: Readonly<Record<string, JsonSchema>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(schemas).map(([type, schema]) => [type, { schema }]));
}

/** The operations that both servers have. */
const SHARED_PATHS: Readonly<Record<string, unknown>> = {
  "/ready": {
    get: operation({
      id: "ready",
      summary: "Whether requests are answered as the definitions say; if not, why",
      responses: {
        "200": { description: "It is", schema: named("Ready") },
        "503": { description: "It is not", schema: { anyOf: [named("Ready"), named("Error")] } },
      },
    }),
  },
  "/metrics": {
    get: operation({
      id: "metrics",
      summary: "Metrics, as Prometheus reads them",
      responses: { "200": { description: "Prometheus text format 0.0.4", type: "text/plain", schema: { type: "string" } }, ...ANY_FAILURE },
    }),
  },
  "/openapi.json": {
    get: operation({
      id: "openapi",
      summary: "This document",
      responses: { "200": { description: "OpenAPI 3.1", schema: { type: "object" } }, ...ANY_FAILURE },
    }),
  },
};

/** A document of a server's own paths and schemas, and those that both servers have. */
export function openApi(title: string, description: string, paths: Readonly<Record<string, unknown>>, schemas: Readonly<Record<string, JsonSchema>>): OpenApi {
  const shared = { Error: ERROR, Ready: objectOf({ ready: { type: "boolean" }, problems: listOf({ type: "string" }) }) };
  return {
    openapi: "3.1.0",
    info: { title, version: packageVersion(), description },
    paths: { ...paths, ...SHARED_PATHS },
    components: { schemas: { ...schemas, ...shared } },
  };
}
