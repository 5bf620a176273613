// The OpenAPI document of a server of events: every source with the exact events that it takes, and what is answered about them.
import { ANY_FAILURE, errorResponse, openApi, operation, type OpenApi } from "./openapi.ts";
import { listOf, named, objectOf, orNull, takenSchema, type JsonSchema } from "./json-schema.ts";
import { recordColumns } from "../plan/event-log.ts";
import type { Source } from "../define/source.ts";

const TEXT: JsonSchema = { type: "string" };
const COUNT: JsonSchema = { type: "integer", minimum: 0 };
const MOMENT: JsonSchema = orNull({ type: "string", format: "date-time" });

/** The document of a server that takes events of these sources. */
export function ingestOpenApi(sources: readonly Source<unknown>[]): OpenApi {
  const paths = Object.fromEntries(sources.map(({ name }) => [`/v1/events/${name}`, { post: eventsOperation(name) }]));
  const schemas = Object.assign({}, ...sources.map(schemasOf)) as Readonly<Record<string, JsonSchema>>;
  return openApi(
    "asof: events",
    "Takes events into durable logs, from which streaming views are kept up to date.",
    { ...paths, ...TELLING },
    { ...schemas, ...ANSWERS },
  );
}

function eventsOperation(source: string): JsonSchema {
  const wait = { name: "wait", in: "query", description: "`visible`: answer once readers see the events", schema: { const: "visible" } };
  return operation({
    id: `events_${source}`,
    summary: `Takes events of ${source}: one, a list, or one a line; answers once they are on disk`,
    parameters: [wait],
    bodies: { "application/json": named(`${source}.Request`), "application/x-ndjson": { ...TEXT, description: `A ${source}.Event a line` } },
    responses: {
      "200": { description: "What became of each: at least one was taken, or all are dead or duplicates", schema: named("IngestAnswer") },
      "400": errorResponse("The one event is none of the source, or the body cannot be read"),
      "413": errorResponse("It is too long: REQUEST_TOO_LARGE"),
      "415": errorResponse("It is packed in a way that is not known: REQUEST_UNKNOWN_ENCODING"),
      "422": { description: "All events of a list are refused: why, each", schema: named("IngestAnswer") },
      "429": errorResponse("Too much waits to be written: INGEST_BUSY", true),
      ...ANY_FAILURE,
      "503": errorResponse("It is ending, cannot write, or took too long: INGEST_CLOSED, INGEST_CANNOT_WRITE, REQUEST_TIMED_OUT", true),
    },
  });
}

/** A column that may be null may be left out; so may the time of arrival, which is the log's then. */
function schemasOf(source: Source<unknown>): Readonly<Record<string, JsonSchema>> {
  const { name, schema, available, id, eventTime, deleted } = source;
  const columns = recordColumns(source);
  const isNeeded = (column: string): boolean => schema[column]?.isNullable === false && column !== available.column;
  const fields = (needed: (column: string) => boolean): JsonSchema =>
    objectOf(
      Object.fromEntries(columns.map((column) => [column.name, takenSchema({ kind: column.kind, nullable: !needed(column.name) })])),
      columns.map((column) => column.name).filter(needed),
    );
  const whole = fields(isNeeded);
  const deletion = fields((column) => column === deleted || (isNeeded(column) && (column === id || column === eventTime)));
  const isDelete: JsonSchema = { properties: { [deleted ?? ""]: { const: true } } };
  return {
    [`${name}.Event`]: deleted === null ? whole : { anyOf: [whole, { allOf: [deletion, isDelete], description: "A delete needs no more than this" }] },
    [`${name}.Request`]: { anyOf: [named(`${name}.Event`), listOf(named(`${name}.Event`))] },
  };
}

const ANSWERS: Readonly<Record<string, JsonSchema>> = {
  IngestAnswer: objectOf({
    accepted: COUNT,
    corrected: COUNT,
    duplicate: COUNT,
    outdated: COUNT,
    dead: COUNT,
    refused: COUNT,
    others: {
      ...listOf(
        objectOf(
          {
            event: { type: "integer", minimum: 1, description: "Its place in the request, from 1" },
            status: { enum: ["duplicate", "outdated", "dead", "refused"] },
            code: TEXT,
            message: TEXT,
            cure: TEXT,
          },
          ["event", "status"],
        ),
      ),
      description: "Each event that was neither accepted nor corrected",
    },
    available: { ...MOMENT, description: "The time that the log gave to events of this request" },
  }),
  Stream: objectOf({
    source: TEXT,
    log: TEXT,
    history: { ...orNull(COUNT), description: "Rows that are before all records; null where that is not known" },
    end: COUNT,
    absorbed: COUNT,
    upTo: MOMENT,
    waiting: COUNT,
    building: {
      ...listOf(objectOf({ view: TEXT, rows: orNull(COUNT), absorbed: COUNT, answers: { type: "boolean" } })),
      description: "Views that are brought up to the end: rows of the history and bytes of the log that they have, and whether requests are answered meanwhile",
    },
    deadLetters: COUNT,
    torn: COUNT,
    problem: orNull(TEXT),
  }),
};

/** What tells of the server rather than of events. */
const TELLING: Readonly<Record<string, unknown>> = {
  "/v1/streams": {
    get: operation({
      id: "streams",
      summary: "How the log of each source fares",
      responses: { "200": { description: "A log each", schema: objectOf({ streams: listOf(named("Stream")) }) }, ...ANY_FAILURE },
    }),
  },
  "/health": {
    get: operation({
      id: "health",
      summary: "That the process answers",
      responses: { "200": { description: "It does", schema: objectOf({ status: { const: "ok" } }) }, ...ANY_FAILURE },
    }),
  },
};
