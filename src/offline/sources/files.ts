// The files of a source: what a path or glob names, in order of their paths, and what they are at this moment.
import type { Stats } from "node:fs";
import { stat } from "node:fs/promises";
import { isAbsolute, join, relative, sep } from "node:path";
import { quoteText, type DuckDB } from "../duckdb.ts";
import { SourceError } from "../../errors.ts";
import type { SourceSnapshot } from "../../plan/record.ts";

/** Files of a source. */
export interface Files {
  /** Absolute paths in UTF-8 order. */
  readonly paths: readonly string[];
  readonly list: SourceSnapshot["files"];
  /** A path as people know it, relative to the root. */
  shown(path: string): string;
}

/**
 * Finds the files that `path` (a path or glob, relative to `root`) names; where it is a folder, those below it whose names end
 * in `ending`. Throws a `SourceError` where there is none.
 */
export async function findFiles(db: DuckDB, root: string, path: string, where: string, ending?: string): Promise<Files> {
  const pattern = isAbsolute(path) ? path : join(root, path);
  const exact = await stat(pattern).catch(() => null);
  const folder = exact?.isDirectory() === true;
  const found = exact?.isFile() === true ? [pattern] : folder ? await filesBelow(db, pattern, ending) : await glob(db, pattern);
  if (found.length === 0) {
    throw new SourceError({
      code: "SOURCE_NO_FILE",
      what: folder ? (ending === undefined ? `'${path}' is a folder` : `no file below '${path}' ends in ${ending}`) : `no file matches '${path}'`,
      where,
      cure: folder ? `Name its files: '${path}/*'` : `Paths are relative to ${root}: mend the path, or put the file there`,
    });
  }
  const list = exact?.isFile() === true ? [identified(root, pattern, exact)] : await Promise.all(found.map((file) => identify(root, file)));
  return { paths: found, list, shown: (file) => relative(root, file) };
}

/** A file as it is now. */
export async function identify(root: string, file: string): Promise<SourceFile> {
  return identified(root, file, await stat(file));
}

type SourceFile = SourceSnapshot["files"][number];

function identified(root: string, file: string, { size, mtimeMs }: Stats): SourceFile {
  return { path: relative(root, file), bytes: size, modified: Math.floor(mtimeMs * 1000) };
}

async function glob(db: DuckDB, pattern: string): Promise<string[]> {
  return (await db.query(`SELECT file FROM glob(${quoteText(pattern)}) ORDER BY file`)).map((row) => row["file"] as string);
}

/** Jobs that write files put their own below names that begin with `_` or `.`: `_temporary/0/part-0.parquet`. */
async function filesBelow(db: DuckDB, folder: string, ending: string | undefined): Promise<string[]> {
  if (ending === undefined) return [];
  const files = await glob(db, `${literal(folder)}/**/*${ending}`);
  return files.filter(
    (file) =>
      !relative(folder, file)
        .split(sep)
        .some((name) => /^[_.]/.test(name)),
  );
}

/** A path as a glob that stands for itself. */
function literal(path: string): string {
  return path.replace(/[*?[]/g, "[$&]");
}

/** Paths as an SQL list. A path with glob characters is taken literally by its brackets. */
export function sqlPaths(paths: readonly string[]): string {
  return `[${paths.map((path) => quoteText(literal(path))).join(", ")}]`;
}

/** What DuckDB says when it is not the file that is at fault. */
const OURS = /^(INTERRUPT|Out of Memory|INTERNAL|Parser|Catalog)/i;

/** Turns what DuckDB says about a file into an error of the source's. Interruptions and our own errors pass. */
export function unreadable(error: unknown, where: string, { paths, shown }: Files): unknown {
  if (!(error instanceof Error) || error.constructor !== Error || OURS.test(error.message)) return error;
  const file = paths.find((path) => error.message.includes(path)) ?? (paths.length === 1 ? paths[0] : undefined);
  const lines = error.message.split("\n");
  const what = `the file cannot be read: ${(lines[0] as string).replace(/^[A-Z][A-Za-z ]* Error: /, "").replace(/\.$/, "")}${lines[1]?.startsWith("Original Line") === true ? ` (${lines[1]})` : ""}`;
  return new SourceError(
    {
      code: "SOURCE_UNREADABLE",
      what,
      where: file === undefined ? where : `${where}, ${shown(file)}`,
      cure: "It may be cut short or not what its name says: write it again",
    },
    { cause: error },
  );
}
