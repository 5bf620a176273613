// CSV as a batch: every field read as text, converted by the schema, and kept in a table of its kinds.
import { open } from "node:fs/promises";
import { didYouMean, SourceError } from "../../errors.ts";
import { findFiles, sqlPaths, unreadable, type Files } from "./files.ts";
import { inRange, tableColumns, type Batch } from "./batch.ts";
import { quoteText, type DuckDB } from "../duckdb.ts";
import type { BatchSource } from "../../define/source.ts";
import type { ColumnKind, Schema } from "../../schema/value-type.ts";

type Csv = Extract<BatchSource, { kind: "csv" }>;

/**
 * Loads CSV files (RFC 4180, a header line each) as a batch. A time that cannot be read is lost where it is one
 * of `times`, so that its row alone is refused; any other value that cannot be read refuses the file with a `SourceError` naming its line.
 */
export async function openCsv(db: DuckDB, root: string, csv: Csv, schema: Schema, times: ReadonlySet<string>, where: string): Promise<Batch> {
  const files = await findFiles(db, root, csv.path, where);
  const raw = db.scratchName("raw");
  const table = db.freshName("csv");
  const fields = Object.entries(schema);
  await load(db, raw, files, csv, schema, where);
  const place = (file: string, line: number): string => `${files.shown(file)}, line ${line}`;
  for (const [i, [name, { kind }]] of fields.entries()) if (!times.has(name)) await refuseBad(db, raw, `v${i}`, name, kind, where, place);
  const selects = fields.flatMap(([, { kind }], i) => CONVERSIONS[kind].select(`v${i}`, i));
  await db.run(`CREATE TEMP TABLE ${table} AS SELECT ${[...selects, "file", "row"].join(", ")} FROM ${raw}`);
  await db.run(`DROP TABLE ${raw}`);
  return {
    relation: table,
    columns: tableColumns(schema),
    files: files.list,
    place,
    mend: (error) => unreadable(error, where, files),
    drop: () => db.run(`DROP TABLE ${table}`),
  };
}

/** All files' fields as text: `v0`, `v1`, ... by the schema, `file`, and as `row` the line at which the row begins. */
async function load(db: DuckDB, raw: string, files: Files, csv: Csv, schema: Schema, where: string): Promise<void> {
  const parts: string[] = [];
  for (const path of files.paths) {
    const header = await headerOf(path, csv.delimiter, where);
    const names = header.map((_, i) => `h${i}`);
    const selects = Object.keys(schema).map((name, i) => {
      const at = header.indexOf(name);
      if (at < 0)
        throw new SourceError({
          code: "SOURCE_UNKNOWN_COLUMN",
          what: `there is no column '${name}'`,
          where: `${where}, ${path}`,
          cure: didYouMean(name, header),
        });
      return `h${at} AS v${i}`;
    });
    const breaks = names.map((name) => `coalesce(strlen(${name}) - strlen(replace(${name}, chr(10), '')), 0)`).join(" + ");
    const options = `header = true, auto_detect = false, delim = ${quoteText(csv.delimiter)}, quote = '"', escape = '"', nullstr = ${quoteText(csv.nullText)}, columns = {${names.map((name) => `'${name}': 'VARCHAR'`).join(", ")}}`;
    parts.push(
      `SELECT ${[...selects, `${quoteText(path)} AS file`, `(row_number() OVER () + 1 + sum(${breaks}) OVER (ROWS UNBOUNDED PRECEDING) - (${breaks}))::BIGINT AS row`].join(", ")} FROM read_csv(${sqlPaths([path])}, ${options})`,
    );
  }
  try {
    await db.run(`CREATE TEMP TABLE ${raw} AS ${parts.join(" UNION ALL ")}`);
  } catch (error) {
    throw unreadable(error, where, files);
  }
}

const HEADER_BYTES = 1 << 16;

/** The names in a file's first line, which may be quoted. */
async function headerOf(path: string, delimiter: string, where: string): Promise<string[]> {
  await using file = await open(path);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(HEADER_BYTES), 0, HEADER_BYTES, 0);
  const text = buffer.toString("utf8", 0, bytesRead).replace(/^\uFEFF/, "");
  const names: string[] = [];
  let name = "";
  let quoted = false;
  let i = 0;
  for (; i < text.length; i++) {
    const character = text[i] as string;
    if (character === '"' && quoted && text[i + 1] === '"') name += text[++i];
    else if (character === '"') quoted = !quoted;
    else if (!quoted && (character === "\n" || character === "\r")) break;
    else if (quoted || character !== delimiter) name += character;
    else {
      names.push(name);
      name = "";
    }
  }
  names.push(name);
  if (i > 0) return names;
  throw new SourceError({
    code: "SOURCE_NO_HEADER",
    what: "the file has no header line",
    where: `${where}, ${path}`,
    cure: "Begin it with the names of its columns",
  });
}

const WHOLE = "'\\s*[+-]?\\d+\\s*'";
const TIME = "'\\s*\\d{4}-\\d{2}-\\d{2}([T ]([01]\\d|2[0-3]):[0-5]\\d(:[0-5]\\d(\\.\\d+)?)?(Z|[+-]\\d{2}:?\\d{2})?)?\\s*'";

/** A text that holds a time in the form that DuckDB reads: with seconds, and no decimals past the sixth. */
function sqlTimeOf(text: string): string {
  const withSeconds = `regexp_replace(trim(${text}), '^(\\d{4}-\\d{2}-\\d{2}[T ]\\d{2}:\\d{2})(Z|[+-]|$)', '\\1:00\\2')`;
  const read = `TRY_CAST(regexp_replace(${withSeconds}, '(\\.\\d{6})\\d+', '\\1') AS TIMESTAMPTZ)`;
  return `CASE WHEN regexp_full_match(${text}, ${TIME}) THEN ${read} AT TIME ZONE 'UTC' END`;
}

/** How text becomes each kind. `bad` is true for texts that are none; null where a bad text is only lost. */
const CONVERSIONS: { readonly [K in ColumnKind]: { readonly select: (text: string, i: number) => readonly string[]; readonly bad: (text: string) => string } } =
  {
    string: { select: (v, i) => [`${v} AS c${i}`], bad: () => "false" },
    int32: {
      select: (v, i) => [`TRY_CAST(${v} AS INTEGER) AS c${i}`],
      bad: (v) => `NOT regexp_full_match(${v}, ${WHOLE}) OR TRY_CAST(${v} AS INTEGER) IS NULL`,
    },
    int64: { select: (v, i) => [`TRY_CAST(${v} AS BIGINT) AS c${i}`], bad: (v) => `NOT regexp_full_match(${v}, ${WHOLE}) OR TRY_CAST(${v} AS BIGINT) IS NULL` },
    boolean: { select: (v, i) => [`TRY_CAST(${v} AS BOOLEAN) AS c${i}`], bad: (v) => `TRY_CAST(${v} AS BOOLEAN) IS NULL` },
    float64: {
      select: (v, i) => [
        `CASE WHEN isfinite(TRY_CAST(${v} AS DOUBLE)) THEN TRY_CAST(${v} AS DOUBLE) + 0.0::DOUBLE END AS c${i}`,
        `CASE WHEN isinf(TRY_CAST(${v} AS DOUBLE)) THEN ${v} END AS f${i}`,
      ],
      bad: (v) => `TRY_CAST(${v} AS DOUBLE) IS NULL`,
    },
    timestamp: {
      select: (v, i) => [
        `CASE WHEN ${inRange(`(${sqlTimeOf(v)})`)} THEN ${sqlTimeOf(v)} END AS c${i}`,
        `CASE WHEN (${inRange(`(${sqlTimeOf(v)})`)}) IS DISTINCT FROM true THEN ${v} END AS f${i}`,
      ],
      bad: (v) => `(${sqlTimeOf(v)}) IS NULL`,
    },
  };

async function refuseBad(db: DuckDB, raw: string, text: string, name: string, kind: ColumnKind, where: string, place: Batch["place"]): Promise<void> {
  const [bad] = await db.query(`SELECT ${text} AS value, file, row FROM ${raw} WHERE ${text} IS NOT NULL AND (${CONVERSIONS[kind].bad(text)}) LIMIT 1`);
  if (bad === undefined) return;
  const at = place(bad["file"] as string, Number(bad["row"]));
  throw new SourceError({
    code: "SOURCE_WRONG_VALUE",
    what: `column '${name}' is t.${kind}(), but holds ${JSON.stringify(bad["value"])}`,
    where: `${where}, ${at}`,
    cure: "Mend the value, say what stands for null (csv(path, { nullText })), or change the column's type",
  });
}
