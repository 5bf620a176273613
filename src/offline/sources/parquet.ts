// Parquet as a batch: a view over the files that casts nothing it need not, so that columns, row groups and folders are skipped.
import { findFiles, sqlPaths, unreadable, type Files } from "./files.ts";
import { FROM_TEXT } from "./text-values.ts";
import { checkPartitions, partitionsOf, type Partition } from "./partitions.ts";
import { didYouMean, SourceError } from "../../errors.ts";
import { quoteName, quoteText, type DuckDB } from "../duckdb.ts";
import { typesOf } from "./typed-table.ts";
import { sqlColumn, typeOf, type SqlColumn } from "./sql-columns.ts";
import { LOSES, SQL_TYPES, tableColumns, type Batch } from "./batch.ts";
import type { RawTable } from "./raw-table.ts";
import type { ColumnKind, Schema } from "../../schema/value-type.ts";

const CONVERT = "Convert the column in the file, or leave it out of the schema";

/** Opens Parquet files as a batch. Throws a `SourceError` for a missing file or column, a wrong type, a damaged file. */
export async function openParquet(db: DuckDB, root: string, path: string, schema: Schema, where: string): Promise<Batch> {
  return parquetBatch(db, await findFiles(db, root, path, where, ".parquet"), path, schema, where);
}

/** How Parquet files are read. */
interface ParquetOptions {
  /** Whether a column that may be null is null in files that lack it. */
  readonly sparse?: boolean;
}

/** Opens these Parquet files, which `path` stands for in messages, as a batch: see `openParquet`. */
export async function parquetBatch(db: DuckDB, files: Files, path: string, schema: Schema, where: string, options: ParquetOptions = {}): Promise<Batch> {
  const mayLack = new Set(options.sparse === true ? Object.keys(schema).filter((name) => schema[name]?.isNullable) : []);
  const scan = await scanOf(db, files, { names: Object.keys(schema), mayLack }, path, where);
  await checkPartitions(db, scan.partitions, schema, files, where);
  const fromFolders = tableColumns(schema);
  const columns = Object.entries(schema).map(([name, { kind }], i): SqlColumn => {
    if (scan.partitions.some((partition) => partition.name === name))
      return { column: fromFolders[i] as SqlColumn["column"], selects: FROM_TEXT[kind].select(quoteName(name), i) };
    if (mayLack.has(name) && !scan.types.has(name)) return { column: fromFolders[i] as SqlColumn["column"], selects: nullSelects(kind, i) };
    for (const { place, types } of scan.variants)
      if (types.has(name) || !mayLack.has(name)) sqlColumn(name, kind, typeOf(types, name, place), i, place, CONVERT);
    return sqlColumn(name, kind, typeOf(scan.types, name, scan.place), i, scan.place, CONVERT);
  });
  const view = db.freshName("parquet");
  const selected = columns.flatMap(({ selects }) => selects);
  await db.run(`CREATE TEMP VIEW ${view} AS SELECT ${[...selected, "filename AS file", "file_row_number + 1 AS row"].join(", ")} FROM ${scan.from}`);
  return {
    relation: view,
    columns: columns.map(({ column }) => column),
    files: files.list,
    ordered: true,
    place: (file, row) => `${files.shown(file)}, row ${row}`,
    mend: (error) => unreadable(error, where, files),
    drop: () => db.run(`DROP VIEW ${view}`),
  };
}

/** What stands for a column that no file has. */
function nullSelects(kind: ColumnKind, i: number): string[] {
  return [`NULL::${SQL_TYPES[kind]} AS c${i}`, ...(LOSES.has(kind) ? [`NULL::VARCHAR AS f${i}`] : [])];
}

/** Parquet files as a table of a query: all their columns, which all files must have, and those of their folders as text. */
export async function rawParquet(db: DuckDB, root: string, path: string, where: string): Promise<RawTable> {
  const files = await findFiles(db, root, path, where, ".parquet");
  const { from } = await scanOf(db, files, { names: null, mayLack: new Set() }, path, where);
  return { from, files: files.list, mend: (error) => unreadable(error, where, files), drop: () => Promise.resolve() };
}

/** Files with the same columns: their types, and the first of the files for messages. */
interface Variant {
  readonly types: ReadonlyMap<string, string>;
  readonly place: string;
}

/** What to read: a scan of all files, with the SQL types of its columns. */
interface Scan {
  readonly from: string;
  readonly types: ReadonlyMap<string, string>;
  readonly place: string;
  readonly variants: readonly Variant[];
  /** Columns that come from the names of folders, as text. */
  readonly partitions: readonly Partition[];
}

/** Which columns are wanted: by name, or all; and those that a file may lack. */
interface Wanted {
  readonly names: readonly string[] | null;
  readonly mayLack: ReadonlySet<string>;
}

/** Finds where each wanted column lies, so that none but those that a file may lack is filled up with nulls. */
async function scanOf(db: DuckDB, files: Files, { names: wanted, mayLack }: Wanted, path: string, where: string): Promise<Scan> {
  const place = `${where}, ${path}`;
  try {
    const variants = await variantsOf(db, files, place, where);
    const known = new Set(variants.flatMap(({ types }) => [...types.keys()]));
    const folders = mayLack.size > 0 ? [] : partitionsOf(files); // of a log, whose folders are its own affair
    const partitions = folders.filter(({ name, without }) => !known.has(name) && (wanted?.includes(name) ?? without === null));
    const names = (wanted ?? [...known]).filter((name) => !partitions.some((partition) => partition.name === name));
    for (const name of names.filter((one) => !mayLack.has(one)))
      for (const variant of variants) checkHas(variant, name, known, [...known, ...folders.map((folder) => folder.name)]);
    if (partitions.length > 0) refuseTwice(names, folders, place);
    const options = [
      ...(partitions.length === 0
        ? ["hive_partitioning = false"]
        : [
            "hive_partitioning = true, hive_types_autocast = false",
            `hive_types = {${partitions.map(({ name }) => `${quoteText(name)}: VARCHAR`).join(", ")}}`,
          ]),
      ...(variants.length === 1 ? [] : ["union_by_name = true"]),
    ];
    const from = `read_parquet(${sqlPaths(files.paths)}, ${options.join(", ")})`;
    const types = variants.length === 1 ? (variants[0] as Variant).types : await typesOf(db, `SELECT * FROM ${from}`);
    for (const name of names) refuseRounding(name, variants, types.get(name) ?? "");
    return { from, types, place, variants, partitions };
  } catch (error) {
    throw unreadable(error, where, files);
  }
}

/** The files by what their footers say of their columns, whatever the order of these. */
async function variantsOf(db: DuckDB, files: Files, place: string, where: string): Promise<Variant[]> {
  const parts = `concat_ws(' ', name, type, num_children, converted_type, scale, "precision", logical_type)`;
  const found =
    files.paths.length === 1
      ? files.paths
      : (
          await db.query(
            `SELECT min(file_name) AS file FROM (SELECT file_name, hash(list_sort(list(${parts}))) AS columns FROM parquet_schema(${sqlPaths(files.paths)}) GROUP BY file_name) GROUP BY columns ORDER BY file`,
          )
        ).map((row) => row["file"] as string);
  const variants: Variant[] = [];
  for (const file of found) {
    const types = await typesOf(db, `SELECT * FROM read_parquet(${sqlPaths([file])}, hive_partitioning = false)`);
    variants.push({ types, place: found.length === 1 ? place : `${where}, ${files.shown(file)}` });
  }
  return variants;
}

function checkHas(variant: Variant, name: string, known: ReadonlySet<string>, names: readonly string[]): void {
  if (variant.types.has(name)) return;
  const cure = known.has(name) ? "Other files of the source have it: add it to this one, or keep the files that lack it apart" : didYouMean(name, names);
  throw new SourceError({ code: "SOURCE_UNKNOWN_COLUMN", what: `there is no column '${name}'`, where: variant.place, cure });
}

/** Where DuckDB takes columns from folders, it takes all that it finds there: those of the files would be hidden. */
function refuseTwice(names: readonly string[], folders: readonly Partition[], place: string): void {
  const twice = folders.find(({ name }) => names.includes(name));
  if (twice === undefined) return;
  throw new SourceError({
    code: "SOURCE_COLUMN_TWICE",
    what: `column '${twice.name}' is in the files and in the names of their folders`,
    where: place,
    cure: "Leave it out of one of them, or out of the schema",
  });
}

/** Types that DuckDB gives a column of several types although values of the others are rounded, or do not fit. */
const ROUNDING: ReadonlySet<string> = new Set(["FLOAT", "TIMESTAMP_NS"]);

function refuseRounding(name: string, variants: readonly Variant[], type: string): void {
  const other = variants.find(({ types }) => (types.get(name) ?? type) !== type);
  if (!ROUNDING.has(type) || other === undefined) return;
  throw new SourceError({
    code: "SOURCE_WRONG_TYPE",
    what: `column '${name}' holds ${other.types.get(name) ?? ""}, but ${type} in other files of the source, which cannot hold every value of it`,
    where: other.place,
    cure: "Write the files with one type",
  });
}
