// Hive partitions: columns that are written in the names of folders, `year=2026/month=01`, and not in the files.
import { FROM_TEXT } from "./text-values.ts";
import { quoteText, type DuckDB } from "../duckdb.ts";
import { SourceError } from "../../errors.ts";
import type { Files } from "./files.ts";
import type { Schema } from "../../schema/value-type.ts";

/** A column in the names of folders. */
export interface Partition {
  readonly name: string;
  /** Each text that it has, with the first file below such a folder; the text that stands for null is left out. */
  readonly texts: ReadonlyMap<string, string>;
  /** The first file that is in no such folder. */
  readonly without: string | null;
}

const NULL = "__HIVE_DEFAULT_PARTITION__";

/** The columns in the names of the folders, below the root, in which the files lie. */
export function partitionsOf(files: Files): Partition[] {
  const folders = files.paths.map((path) => ({ path, pairs: pairsIn(files.shown(path)) }));
  const names = new Set(folders.flatMap(({ pairs }) => [...pairs.keys()]));
  return [...names].map((name) => {
    const texts = new Map<string, string>();
    for (const { path, pairs } of folders) {
      const text = pairs.get(name);
      if (text !== undefined && text !== NULL && !texts.has(text)) texts.set(text, path);
    }
    return { name, texts, without: folders.find(({ pairs }) => !pairs.has(name))?.path ?? null };
  });
}

function pairsIn(path: string): ReadonlyMap<string, string> {
  const pairs = path
    .split(/[\\/]/)
    .slice(0, -1)
    .map((part) => /^([^=]+)=(.*)$/.exec(part));
  return new Map(pairs.filter((pair) => pair !== null).map(([, name, text]) => [name as string, decoded(text as string)]));
}

/** Writers of partitions escape characters as URLs do. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Throws a `SourceError` for a file in no folder of a partition, or a folder whose text is no value of its type in the schema. */
export async function checkPartitions(db: DuckDB, partitions: readonly Partition[], schema: Schema, files: Files, where: string): Promise<void> {
  for (const { name, texts, without } of partitions) {
    if (without !== null)
      throw new SourceError({
        code: "SOURCE_UNKNOWN_COLUMN",
        what: `there is no column '${name}', and no folder '${name}=...' either, as other files of the source have`,
        where: `${where}, ${files.shown(without)}`,
        cure: "Move the file into such a folder, or keep it apart",
      });
    const kind = schema[name]?.kind ?? "string";
    const list = [...texts.keys()].map(quoteText).join(", ");
    const [bad] = await db.query(`SELECT text FROM (SELECT unnest([${list}]::VARCHAR[]) AS text) WHERE ${FROM_TEXT[kind].bad("text")} LIMIT 1`);
    if (bad === undefined) continue;
    const text = bad["text"] as string;
    throw new SourceError({
      code: "SOURCE_WRONG_VALUE",
      what: `column '${name}' is t.${kind}(), but a folder is named ${JSON.stringify(`${name}=${text}`)}`,
      where: `${where}, ${files.shown(texts.get(text) as string)}`,
      cure: "Rename the folder, or change the column's type",
    });
  }
}
