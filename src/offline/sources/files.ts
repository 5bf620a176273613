// The files of a source: what a path or glob names, in order of their paths, and what they are at this moment.
import { stat } from "node:fs/promises";
import { isAbsolute, join, relative } from "node:path";
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

/** Finds the files that `path` (a path or glob, relative to `root`) names. Throws a `SourceError` where there is none. */
export async function findFiles(db: DuckDB, root: string, path: string, where: string): Promise<Files> {
  const pattern = isAbsolute(path) ? path : join(root, path);
  const exact = await stat(pattern).catch(() => null);
  const found =
    exact?.isFile() === true ? [pattern] : (await db.query(`SELECT file FROM glob(${quoteText(pattern)}) ORDER BY file`)).map((row) => row["file"] as string);
  if (found.length === 0) {
    throw new SourceError({
      code: "SOURCE_NO_FILE",
      what: `no file matches '${path}'`,
      where,
      cure: `Paths are relative to ${root}: mend the path, or put the file there`,
    });
  }
  const files = await Promise.all(
    found.map(async (file) => {
      const { size, mtimeMs } = await stat(file);
      return { path: relative(root, file), bytes: size, modified: Math.floor(mtimeMs * 1000) };
    }),
  );
  return { paths: found, list: files, shown: (file) => relative(root, file) };
}

/** Paths as an SQL list. A path with glob characters is taken literally by its brackets. */
export function sqlPaths(paths: readonly string[]): string {
  return `[${paths.map((path) => quoteText(path.replace(/[*?[]/g, "[$&]"))).join(", ")}]`;
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
