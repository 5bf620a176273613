// Events as they are sent, JSON or TypeScript, read into cells in the order of their source's schema; what is of the wrong type is refused.
import { didYouMean, IngestError } from "../errors.ts";
import { fromJson, SPELLING } from "../schema/json-value.ts";
import { isTimestamp, MAX_MICROS, parseTime } from "../time.ts";
import type { Cell } from "../schema/cells.ts";
import { recordColumns } from "../plan/event-log.ts";
import type { ColumnKind } from "../schema/value-type.ts";
import type { Source } from "../define/source.ts";

/** The cells of an event, one for each column of the schema. */
export type EventCells = readonly Cell[];

/** Reads events of one source. Throws an `IngestError`; `where` says which event it is. */
export type EventReader = (event: unknown, where: string) => Cell[];

/**
 * The reader of a source's events. A column that is not there is null, which only a nullable one may be; but the time of arrival
 * may be left out, and an event that deletes a row needs no more than its id and event time. An infinity is null, as everywhere.
 */
export function eventReader(source: Source<unknown>): EventReader {
  const columns = recordColumns(source).map(({ name, kind }) => {
    const isNeeded = source.schema[name]?.isNullable === false && name !== source.available.column;
    return { name, kind, isNeeded };
  });
  const names = columns.map(({ name }) => name);
  const deletes = columns.findIndex(({ name }) => name === source.deleted);
  const always = new Set([source.eventTime, source.id, source.deleted]);
  return (event, where) => {
    if (typeof event !== "object" || event === null || Array.isArray(event)) {
      const what = `it is ${event === null ? "null" : Array.isArray(event) ? "a list" : `a ${typeof event}`}`;
      throw new IngestError({ code: "INGEST_NOT_AN_EVENT", what, where, cure: `Send an object with ${names.join(", ")}` });
    }
    const fields = event as Readonly<Record<string, unknown>>;
    let found = 0;
    const cells = columns.map(({ name, kind }): Cell => {
      const given = Object.hasOwn(fields, name) ? fields[name] : undefined;
      if (given !== undefined) found++;
      return given === undefined || given === null ? null : cellIn(given, kind, name, where);
    });
    if (found < Object.keys(fields).length) refuseUnknown(fields, names, where);
    const isDelete = deletes >= 0 && cells[deletes] === true;
    columns.forEach(({ name, kind, isNeeded }, i) => {
      if (cells[i] === null && isNeeded && (!isDelete || always.has(name))) refuseMissing(name, kind, where);
    });
    return cells;
  };
}

function cellIn(given: unknown, kind: ColumnKind, name: string, where: string): Cell {
  const cell = READERS[kind](given);
  if (cell !== undefined) return cell;
  const unsafe = kind === "int64" && typeof given === "number" && Number.isInteger(given);
  throw new IngestError({
    code: unsafe ? "INGEST_UNSAFE_INTEGER" : "INGEST_WRONG_TYPE",
    what: `'${name}' is ${shown(given)}${unsafe ? ", which a JSON number cannot hold exactly" : ""}`,
    where,
    cure: `Send ${SPELLING[kind]}`,
  });
}

const LONE_SURROGATE = /\p{Surrogate}/u;

const READERS: { readonly [K in ColumnKind]: (given: unknown) => Cell | undefined } = {
  string: (given) => (typeof given === "string" && !LONE_SURROGATE.test(given) ? given : undefined),
  float64: (given) => (typeof given !== "number" ? undefined : Number.isFinite(given) ? given + 0 : null),
  int32: (given) => (typeof given === "number" && (given | 0) === given ? given + 0 : undefined),
  int64: (given) => (typeof given === "bigint" && BigInt.asIntN(64, given) === given ? given : (fromJson(given, "int64") as bigint | undefined)),
  boolean: (given) => (typeof given === "boolean" ? given : undefined),
  timestamp: (given) => {
    if (isTimestamp(given)) return given.micros <= MAX_MICROS && given.micros >= -MAX_MICROS ? Number(given.micros) : undefined;
    if (typeof given !== "string") return undefined;
    try {
      return parseTime(given);
    } catch {
      return undefined;
    }
  },
};

function refuseUnknown(fields: Readonly<Record<string, unknown>>, names: readonly string[], where: string): void {
  const wrong = Object.keys(fields).find((field) => !names.includes(field));
  if (wrong === undefined) return; // a field is there, but undefined
  throw new IngestError({ code: "INGEST_UNKNOWN_FIELD", what: `'${wrong}' is no column of the source`, where, cure: didYouMean(wrong, names) });
}

function refuseMissing(name: string, kind: ColumnKind, where: string): never {
  throw new IngestError({
    code: "INGEST_MISSING_FIELD",
    what: `'${name}' is missing or null`,
    where,
    cure: `Send ${SPELLING[kind]}, or declare it nullable()`,
  });
}

function shown(given: unknown): string {
  if (typeof given === "bigint") return `${given}n`;
  const text = typeof given === "object" && !isTimestamp(given) ? "an object" : (JSON.stringify(given) ?? `a ${typeof given}`);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
