// The keys that are asked about, with dense numbers, so that rows and moments travel with an integer in place of a key.
import { MAX_KEY_BYTES } from "../schema/canonical.ts";
import type { ColumnKind, Value } from "../schema/value-type.ts";
import type { DuckDB, NewColumn } from "./duckdb.ts";
import type { EntityKey } from "../define/entity.ts";

/** A table with `kid` (from 0) and the key's parts `k0`, `k1`, .... Number `count` stands for no entity: it has no rows. */
export interface WantedKeys {
  readonly table: string;
  readonly count: number;
}

/** SQL of the bytes of an encoded key, as schema/canonical.ts writes it. */
function encodedBytes(kinds: readonly ColumnKind[], parts: readonly string[]): string {
  return parts.map((part, i) => (kinds[i] === "string" ? `(3 + 2 * strlen(${part}) - strlen(replace(${part}, chr(0), '')))` : "9")).join(" + ");
}

/** SQL that is true where a key names an entity. */
export function isKey(keys: readonly EntityKey[], parts: readonly string[]): string {
  const bytes = encodedBytes(
    keys.map((key) => key.kind),
    parts,
  );
  return `${parts.map((part) => `${part} IS NOT NULL`).join(" AND ")} AND ${bytes} <= ${MAX_KEY_BYTES}`;
}

/** Numbers the distinct keys of a relation, in ascending order of their encoded bytes if `sorted`. */
export async function keysOf(db: DuckDB, keys: readonly EntityKey[], relation: string, parts: readonly string[], sorted: boolean): Promise<WantedKeys> {
  const table = db.scratchName("keys");
  const names = parts.map((_, i) => `k${i}`).join(", ");
  const distinct = `SELECT DISTINCT ${parts.map((part, i) => `${part} AS k${i}`).join(", ")} FROM ${relation} AS candidates WHERE ${isKey(keys, parts)}`;
  await db.run(
    `CREATE TEMP TABLE ${table} AS SELECT (row_number() OVER (${sorted ? `ORDER BY ${names}` : ""}) - 1)::INTEGER AS kid, ${names} FROM (${distinct})`,
  );
  const [found] = await db.query(`SELECT count(*)::INTEGER AS count FROM ${table}`);
  return { table, count: found?.["count"] as number };
}

/** Makes a relation with the parts `p0`, `p1`, ... of keys in memory (`i`: its place in the list). */
export async function keysTable(db: DuckDB, keys: readonly EntityKey[], list: readonly (readonly Value[])[]): Promise<string> {
  const raw = db.scratchName("raw");
  const columns = keys.map((_, part): NewColumn => ({ transfer: "text", values: (i) => textOf(list[i]?.[part] ?? null) }));
  await db.createTable(raw, [...columns, { transfer: "int32", values: Int32Array.from(list, (_, i) => i) }], list.length);
  const table = db.scratchName("asked");
  const parts = keys.map((key, i) => `v${i}${key.kind === "string" ? "" : key.kind === "int32" ? "::INTEGER" : "::BIGINT"} AS p${i}`);
  await db.run(`CREATE TEMP TABLE ${table} AS SELECT ${parts.join(", ")}, v${keys.length} AS i FROM ${raw}`);
  return table;
}

function textOf(value: Value): string | null {
  return value === null ? null : String(value);
}

/** The numbers of a relation's keys, by the relation's column `i`; those that name no entity get `keys.count`. */
export async function numbersOf(db: DuckDB, { table, count }: WantedKeys, relation: string, parts: readonly string[], length: number): Promise<Int32Array> {
  const matches = parts.map((part, k) => `${part} = k${k}`).join(" AND ");
  const { columns } = await db.read(`SELECT i::INTEGER, kid FROM ${relation} AS asked JOIN ${table} ON ${matches}`, ["int32", "int32"]);
  const [places, kids] = columns;
  const numbers = new Int32Array(length).fill(count);
  for (let i = 0; i < places.length; i++) numbers[places[i] as number] = kids[i] as number;
  return numbers;
}

/** The keys themselves, by number. */
export async function valuesOfKeys(db: DuckDB, keys: readonly EntityKey[], { table }: WantedKeys): Promise<Value[][]> {
  const { columns, length } = await db.read(
    `SELECT ${keys.map((_, i) => `k${i}::VARCHAR`).join(", ")} FROM ${table} ORDER BY kid`,
    keys.map(() => "text" as const),
  );
  const read = keys.map((key, i) => {
    const texts = columns[i] as readonly string[];
    return key.kind === "string"
      ? (at: number) => texts[at] as string
      : key.kind === "int32"
        ? (at: number) => Number(texts[at])
        : (at: number) => BigInt(texts[at] as string);
  });
  return Array.from({ length }, (_, at) => read.map((part) => part(at)));
}
