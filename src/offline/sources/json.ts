// JSON as a batch: objects, one a line or in one array, whose fields must be of the JSON type that the schema asks for.
import { closeSync, existsSync, openSync, readSync } from "node:fs";
import { open } from "node:fs/promises";
import { didYouMean, SourceError } from "../../errors.ts";
import { findFiles, sqlPaths, unreadable, type Files } from "./files.ts";
import { quoteName, quoteText, type DuckDB } from "../duckdb.ts";
import { selectDouble, selectTime, sqlTimeOf } from "./text-values.ts";
import { SPELLING } from "../../schema/json-value.ts";
import { tableColumns, type Batch } from "./batch.ts";
import type { ColumnKind, Schema } from "../../schema/value-type.ts";
import type { RawTable } from "./raw-table.ts";

/**
 * Loads JSON files as a batch. A time that cannot be read is lost where it is one of `times`, so that its row alone is refused;
 * any other value of the wrong type refuses the file with a `SourceError` naming its line.
 */
export async function openJson(db: DuckDB, root: string, path: string, schema: Schema, times: ReadonlySet<string>, where: string): Promise<Batch> {
  const files = await findFiles(db, root, path, where);
  return jsonBatch(db, files, { formats: await formatsOf(files), schema, times, where, sparse: false });
}

/** What JSON files are to hold. `sparse`: a field that no object has is null in all of them, else it is refused. */
export interface JsonRequest {
  readonly formats: ReadonlyMap<string, Format>;
  readonly schema: Schema;
  readonly times: ReadonlySet<string>;
  readonly where: string;
  readonly sparse: boolean;
}

/** Loads these JSON files as a batch: see `openJson`. */
export async function jsonBatch(db: DuckDB, files: Files, { formats, schema, times, where, sparse }: JsonRequest): Promise<Batch> {
  const raw = db.scratchName("raw");
  const table = db.freshName("json");
  const fields = Object.entries(schema);
  const place = placeIn(files, formats);
  await load(
    db,
    raw,
    files,
    formats,
    fields.map(([name]) => name),
    where,
  );
  await refuseNoObjects(db, raw, where, place);
  for (const [i, [name, { kind }]] of fields.entries()) {
    if (!sparse) await refuseUnknown(db, raw, name, i, files, where);
    if (!times.has(name)) await refuseBad(db, raw, name, kind, i, where, place);
  }
  const selects = fields.flatMap(([, { kind }], i) => CONVERSIONS[kind].select(typeAt(i), textAt(i), i));
  await db.run(`CREATE TEMP TABLE ${table} AS SELECT ${[...selects, "file", "row"].join(", ")} FROM ${raw}`);
  await db.run(`DROP TABLE ${raw}`);
  return {
    relation: table,
    columns: tableColumns(schema),
    files: files.list,
    ordered: true,
    place,
    mend: (error) => unreadable(error, where, files),
    drop: () => db.run(`DROP TABLE ${table}`),
  };
}

/** JSON files as a table of a query: each field of any of their objects is a column of type JSON. */
export async function rawJson(db: DuckDB, root: string, path: string, where: string): Promise<RawTable> {
  const files = await findFiles(db, root, path, where);
  const formats = await formatsOf(files);
  const raw = db.scratchName("raw");
  await load(db, raw, files, formats, [], where);
  await refuseNoObjects(db, raw, where, placeIn(files, formats));
  const names = await namesIn(db, raw);
  const selects = names.map((name) => `json->${quoteText(pointerTo(name))} AS ${quoteName(name)}`);
  return {
    from: selects.length === 0 ? raw : `(SELECT ${selects.join(", ")} FROM ${raw})`,
    files: files.list,
    mend: (error) => unreadable(error, where, files),
    drop: () => db.run(`DROP TABLE ${raw}`),
  };
}

/** One object a line, or one array of them. */
export type Format = "newline_delimited" | "array";

const HEAD_BYTES = 4096;

/** The format of each file, by its first character. */
async function formatsOf(files: Files): Promise<ReadonlyMap<string, Format>> {
  const formats = new Map<string, Format>();
  for (const path of files.paths) {
    await using file = await open(path);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    formats.set(path, /^\uFEFF?\s*\[/.test(buffer.toString("utf8", 0, bytesRead)) ? "array" : "newline_delimited");
  }
  return formats;
}

/**
 * All objects: `json`, `file`, `row`; where fields are `wanted`, in place of the object the JSON types of these in a list `types` and
 * their texts in `texts`.
 */
async function load(db: DuckDB, raw: string, files: Files, formats: ReadonlyMap<string, Format>, wanted: readonly string[], where: string): Promise<void> {
  const pointers = `[${wanted.map((name) => quoteText(pointerTo(name))).join(", ")}]`;
  const content = wanted.length === 0 ? "json" : `json_type(json, ${pointers}) AS types, json_extract_string(json, ${pointers}) AS texts`;
  const wrong = "CASE WHEN json_type(json) <> 'OBJECT' THEN json::VARCHAR END AS wrong";
  const parts = files.paths.map((path) => {
    const read = `read_json_objects(${sqlPaths([path])}, format = '${formats.get(path) as Format}')`;
    return `SELECT ${content}, ${wrong}, ${quoteText(path)} AS file, row_number() OVER () AS row FROM ${read}`;
  });
  try {
    await db.run(`CREATE TEMP TABLE ${raw} AS ${parts.join(" UNION ALL ")}`);
  } catch (error) {
    throw unreadable(error, where, files);
  }
}

/** A field of an object as a JSON pointer (RFC 6901). */
function pointerTo(name: string): string {
  return `/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

const typeAt = (i: number): string => `types[${i + 1}]`;
const textAt = (i: number): string => `texts[${i + 1}]`;

async function namesIn(db: DuckDB, relation: string): Promise<string[]> {
  const names = await db.query(`SELECT DISTINCT unnest(json_keys(json)) AS name FROM ${relation} ORDER BY name`);
  return names.map(({ name }) => name as string);
}

async function refuseNoObjects(db: DuckDB, raw: string, where: string, place: Batch["place"]): Promise<void> {
  const [bad] = await db.query(`SELECT wrong, file, row FROM ${raw} WHERE wrong IS NOT NULL LIMIT 1`);
  if (bad === undefined) return;
  throw new SourceError({
    code: "SOURCE_WRONG_VALUE",
    what: `a row is a JSON object, but this is ${shortened(bad["wrong"] as string)}`,
    where: `${where}, ${place(bad["file"] as string, Number(bad["row"]))}`,
    cure: 'Write one object a line, such as {"user_id": "u1"}, or one array of them',
  });
}

const NAMED_ROWS = 1000;

/** A field that no object has is misspelt; one that some have is null in the others. */
async function refuseUnknown(db: DuckDB, raw: string, name: string, i: number, files: Files, where: string): Promise<void> {
  const [found] = await db.query(`SELECT count(*) > 0 AND count(${typeAt(i)}) = 0 AS missing FROM ${raw}`);
  if (found?.["missing"] !== true) return;
  const names = await namesIn(db, `(SELECT json FROM read_json_objects(${sqlPaths(files.paths)}) LIMIT ${NAMED_ROWS})`);
  throw new SourceError({ code: "SOURCE_UNKNOWN_COLUMN", what: `no row has a field '${name}'`, where, cure: didYouMean(name, names) });
}

async function refuseBad(db: DuckDB, raw: string, name: string, kind: ColumnKind, i: number, where: string, place: Batch["place"]): Promise<void> {
  const type = typeAt(i);
  const text = textAt(i);
  const [bad] = await db.query(
    `SELECT ${type} AS type, ${text} AS text, file, row FROM ${raw} WHERE ${type} <> 'NULL' AND NOT coalesce(${CONVERSIONS[kind].good(type, text)}, false) LIMIT 1`,
  );
  if (bad === undefined) return;
  const nested = bad["type"] === "OBJECT" || bad["type"] === "ARRAY";
  const shown = shortened(bad["type"] === "VARCHAR" ? JSON.stringify(bad["text"]) : (bad["text"] as string));
  throw new SourceError({
    code: "SOURCE_WRONG_VALUE",
    what: `column '${name}' is t.${kind}(), but holds ${shown}`,
    where: `${where}, ${place(bad["file"] as string, Number(bad["row"]))}`,
    cure: nested
      ? `Take its parts in a query: sql("SELECT ${name}->>'$.part' AS part, ... FROM rows", { rows: json(...) })`
      : `Write ${SPELLING[kind]}, or null, or change the column's type`,
  });
}

const SHOWN = 100;

function shortened(text: string): string {
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}...` : text;
}

/** Rows are lines where the file can be read as lines. */
function placeIn(files: Files, formats: ReadonlyMap<string, Format>): Batch["place"] {
  return (file, row) => `${files.shown(file)}, ${formats.get(file) === "array" || /\.(gz|zst)$/.test(file) ? `row ${row}` : `line ${lineOf(file, row)}`}`;
}

const CHUNK_BYTES = 1 << 20;
const [NEWLINE, BLANKS] = [10, new Set([9, 13, 32])];

/**
 * The line, from 1, of the `row`-th line that is not blank: blank lines are no rows. Reads the file again, for messages only; one
 * that is gone by now had no blank lines.
 */
function lineOf(path: string, row: number): number {
  if (!existsSync(path)) return row;
  const chunk = Buffer.alloc(CHUNK_BYTES);
  const file = openSync(path, "r");
  try {
    let [line, rows, blank] = [1, 0, true];
    for (let bytes = readSync(file, chunk); bytes > 0; bytes = readSync(file, chunk)) {
      for (let i = 0; i < bytes; i++) {
        const byte = chunk[i] as number;
        if (byte === NEWLINE) [line, blank] = [line + 1, true];
        else if (blank && !BLANKS.has(byte)) {
          blank = false;
          if (++rows === row) return line;
        }
      }
    }
    return row;
  } finally {
    closeSync(file);
  }
}

/** How a field becomes a kind, by its JSON type and its text. `good` is true for fields that are one; the bad are lost. */
interface Conversion {
  readonly good: (type: string, text: string) => string;
  readonly select: (type: string, text: string, i: number) => readonly string[];
}

/** Numbers as DuckDB's JSON knows them, by how they are written. */
const number = (type: string): string => `${type} IN ('UBIGINT', 'BIGINT', 'HUGEINT', 'UHUGEINT', 'DOUBLE')`;
const double = (text: string): string => `TRY_CAST(${text} AS DOUBLE)`;
/** Numbers that a double holds exactly, whatever wrote them. */
const wholeWithin = (type: string, text: string, most: number): string =>
  `(${number(type)} AND ${double(text)} = trunc(${double(text)}) AND abs(${double(text)}) <= ${most})`;
const int64Text = (type: string, text: string): string => `(${type} = 'VARCHAR' AND regexp_full_match(${text}, '-?\\d{1,19}'))`;

const CONVERSIONS: { readonly [K in ColumnKind]: Conversion } = {
  string: {
    good: (type) => `${type} = 'VARCHAR'`,
    select: (_type, text, i) => [`${text} AS c${i}`],
  },
  boolean: {
    good: (type) => `${type} = 'BOOLEAN'`,
    select: (_type, text, i) => [`${text} = 'true' AS c${i}`],
  },
  int32: {
    good: (type, text) => `${wholeWithin(type, text, 2 ** 31)} AND TRY_CAST(${double(text)} AS INTEGER) IS NOT NULL`,
    select: (_type, text, i) => [`TRY_CAST(${double(text)} AS INTEGER) AS c${i}`],
  },
  int64: {
    good: (type, text) => `${wholeWithin(type, text, Number.MAX_SAFE_INTEGER)} OR (${int64Text(type, text)} AND TRY_CAST(${text} AS BIGINT) IS NOT NULL)`,
    select: (type, text, i) => [`CASE WHEN ${type} = 'VARCHAR' THEN TRY_CAST(${text} AS BIGINT) ELSE TRY_CAST(${double(text)} AS BIGINT) END AS c${i}`],
  },
  float64: {
    good: number,
    select: (_type, text, i) => selectDouble(double(text), text, i),
  },
  timestamp: {
    good: (type, text) => `${type} = 'VARCHAR' AND (${sqlTimeOf(text)}) IS NOT NULL`,
    select: (type, text, i) => selectTime(`CASE WHEN ${type} = 'VARCHAR' THEN ${sqlTimeOf(text)} END`, text, i),
  },
};
