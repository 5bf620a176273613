// CSV as a batch: every field read as text, converted by the schema, and kept in a table of its kinds.
import { open } from "node:fs/promises";
import { didYouMean, SourceError } from "../../errors.ts";
import { findFiles, sqlPaths, unreadable, type Files } from "./files.ts";
import { FROM_TEXT } from "./text-values.ts";
import { tableColumns, type Batch } from "./batch.ts";
import { quoteText, type DuckDB } from "../duckdb.ts";
import type { BatchSource } from "../../define/source.ts";
import { t, type ColumnKind, type Schema } from "../../schema/value-type.ts";

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
  const selects = fields.flatMap(([, { kind }], i) => FROM_TEXT[kind].select(`v${i}`, i));
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

/** The columns of CSV files as text: all that CSV says of them. */
export async function schemaOfCsv(db: DuckDB, root: string, csv: Csv, where: string): Promise<Schema> {
  const { paths } = await findFiles(db, root, csv.path, where);
  const header = await headerOf(paths[0] as string, csv.delimiter, where);
  return Object.fromEntries(header.map((name) => [name, t.string()]));
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

async function refuseBad(db: DuckDB, raw: string, text: string, name: string, kind: ColumnKind, where: string, place: Batch["place"]): Promise<void> {
  const [bad] = await db.query(`SELECT ${text} AS value, file, row FROM ${raw} WHERE ${text} IS NOT NULL AND (${FROM_TEXT[kind].bad(text)}) LIMIT 1`);
  if (bad === undefined) return;
  const at = place(bad["file"] as string, Number(bad["row"]));
  throw new SourceError({
    code: "SOURCE_WRONG_VALUE",
    what: `column '${name}' is t.${kind}(), but holds ${JSON.stringify(bad["value"])}`,
    where: `${where}, ${at}`,
    cure: "Mend the value, say what stands for null (csv(path, { nullText })), or change the column's type",
  });
}
