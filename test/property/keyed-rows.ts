// From rows in any order and any batches to what the kernel takes: by key, and in the total order of canonical bytes.
import { canonical } from "../../src/schema/canonical.ts";
import type { Given } from "../oracle/naive.ts";
import type { KeyedRows, KeyedTimes } from "../../src/kernel/rows.ts";
import type { ViewDefinition } from "../../src/define/feature-view.ts";
import type { Column, Columns } from "../../src/schema/column.ts";
import type { ColumnKind, Value } from "../../src/schema/value-type.ts";
import type { Timestamp } from "../../src/time.ts";

/** A moment at which an entity's values are wanted. */
export interface Wanted {
  readonly key: readonly Value[];
  readonly at: number;
}

/** What the kernel takes, and for each wanted moment its position in what the kernel gives back. */
export interface KernelInput {
  readonly rows: KeyedRows;
  readonly times: KeyedTimes;
  readonly positions: readonly number[];
}

/** Loads the batches one after the other, groups them by key in order of first use, and sorts each key's rows. */
export function kernelInput(definition: ViewDefinition, batches: readonly (readonly Given[])[], wanted: readonly Wanted[]): KernelInput {
  const keyColumns = definition.keys.map(({ column }) => column);
  const groups = new Map<string, { readonly rows: Given[]; readonly wanted: number[] }>();
  const group = (key: readonly Value[]): { readonly rows: Given[]; readonly wanted: number[] } => {
    const name = canonical(
      key,
      definition.keys.map(({ kind }) => kind),
    ).toString("latin1");
    const found = groups.get(name) ?? { rows: [], wanted: [] };
    groups.set(name, found);
    return found;
  };
  for (const row of batches.flat()) {
    const key = keyColumns.map((column) => row[column] ?? null);
    if (!key.includes(null)) group(key).rows.push(row);
  }
  wanted.forEach(({ key }, i) => group(key).wanted.push(i));
  const byKey = [...groups.values()];
  const rows = byKey.map((g) => inTotalOrder(g.rows, definition));
  const moments = byKey.map((g) => g.wanted.toSorted((a, b) => (wanted[a] as Wanted).at - (wanted[b] as Wanted).at));
  const positions: number[] = [];
  moments.flat().forEach((i, position) => (positions[i] = position));
  const times = { offsets: offsetsOf(moments), at: Float64Array.from(moments.flat(), (i) => (wanted[i] as Wanted).at) };
  return { rows: keyed(rows, definition), times, positions };
}

function keyed(byKey: readonly (readonly Given[])[], { source }: ViewDefinition): KeyedRows {
  const rows = byKey.flat();
  const columns: Columns = Object.fromEntries(
    Object.entries(source.schema).map(([name, { kind }]) => [
      name,
      columnOf(
        kind,
        rows.map((row) => row[name] ?? null),
      ),
    ]),
  );
  const eventTime = Float64Array.from(rows, (row) => microsOf(row[source.eventTime]));
  const { column, trustedFrom, delay } = source.available;
  const availableTime = Float64Array.from(rows, (row, i) => {
    const said = column === null ? -Infinity : microsOf(row[column]);
    return column === null || said < trustedFrom ? (eventTime[i] as number) + delay : said;
  });
  return { offsets: offsetsOf(byKey), eventTime, availableTime, columns };
}

function inTotalOrder(rows: readonly Given[], { source }: ViewDefinition): Given[] {
  const names = Object.keys(source.schema).toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  const columns = [source.eventTime, ...source.tieBreak, ...names];
  const kinds = columns.map((column) => source.schema[column]?.kind as ColumnKind);
  const encoded = rows.map((row) => ({
    row,
    bytes: canonical(
      columns.map((column) => loaded(row[column] ?? null)),
      kinds,
    ),
  }));
  return encoded.toSorted((a, b) => Buffer.compare(a.bytes, b.bytes)).map(({ row }) => row);
}

function offsetsOf(groups: readonly (readonly unknown[])[]): Int32Array {
  const offsets = new Int32Array(groups.length + 1);
  groups.forEach((group, i) => (offsets[i + 1] = (offsets[i] as number) + group.length));
  return offsets;
}

function microsOf(value: Value | undefined): number {
  return Number((value as Timestamp).micros);
}

/** A value of a column as it is after loading. */
function loaded(value: Value): Value {
  return typeof value === "number" && !Number.isFinite(value) ? null : value === 0 ? 0 : value;
}

function columnOf(kind: ColumnKind, values: readonly Value[]): Column {
  if (kind === "string") {
    const ids = new Map<Value, number>();
    const idOf = (value: Value): number => ids.get(value) ?? (ids.set(value, ids.size), ids.size - 1);
    return { kind, ids: Int32Array.from(values, (value) => (value === null ? -1 : idOf(value))), dictionary: [...ids.keys()] as string[] };
  }
  if (kind === "int64")
    return {
      kind,
      words: BigInt64Array.from(values, (value) => (value as bigint | null) ?? 0n),
      valid: Uint8Array.from(values, (value) => Number(value !== null)),
    };
  return { kind, numbers: Float64Array.from(values, (value) => numberOf(loaded(value))) };
}

function numberOf(value: Value): number {
  if (value === null) return Number.NaN;
  return typeof value === "object" ? Number(value.micros) : Number(value);
}
