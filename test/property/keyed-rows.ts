// From rows in any order and any batches to what the kernel takes: by key, in the total order of canonical bytes, with the end
// of each version's time.
import { canonical } from "../../src/schema/canonical.ts";
import type { Given } from "../oracle/naive.ts";
import type { KeyedRows, KeyedTimes } from "../../src/kernel/rows.ts";
import type { ViewDefinition } from "../../src/define/feature-view.ts";
import type { Column, Columns } from "../../src/schema/column.ts";
import type { ColumnKind, Value } from "../../src/schema/value-type.ts";
import type { Source } from "../../src/define/source.ts";
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

/** A row that counts from its available time until a version replaces it, if one does. */
export interface Loaded {
  readonly row: Given;
  readonly eventTime: number;
  readonly availableTime: number;
  readonly until: number;
  /** The bytes of its position; none of a row of a batch. */
  readonly position: Buffer;
  /** Whether it is a record that a log has taken in, and not one of its history. */
  readonly taken: boolean;
  /** Its bytes in the total order. */
  readonly order: () => Buffer;
}

/** Loads the batches one after the other, groups them by key in order of first use, and sorts each key's rows. */
export function kernelInput(definition: ViewDefinition, batches: readonly (readonly Given[])[], wanted: readonly Wanted[]): KernelInput {
  const groups = new Map<string, { readonly rows: Loaded[]; readonly wanted: number[] }>();
  const group = (key: readonly Value[]): { readonly rows: Loaded[]; readonly wanted: number[] } => {
    const name = nameOfKey(definition, key);
    const found = groups.get(name) ?? { rows: [], wanted: [] };
    groups.set(name, found);
    return found;
  };
  for (const loaded of load(definition, batches)) {
    const key = keyOf(definition, loaded.row);
    if (!key.includes(null)) group(key).rows.push(loaded);
  }
  wanted.forEach(({ key }, i) => group(key).wanted.push(i));
  const byKey = [...groups.values()];
  const rows = byKey.map((g) => g.rows.toSorted((a, b) => a.eventTime - b.eventTime || Buffer.compare(a.order(), b.order())));
  const moments = byKey.map((g) => g.wanted.toSorted((a, b) => (wanted[a] as Wanted).at - (wanted[b] as Wanted).at));
  const positions: number[] = [];
  moments.flat().forEach((i, position) => (positions[i] = position));
  const times = { offsets: offsetsOf(moments), at: Float64Array.from(moments.flat(), (i) => (wanted[i] as Wanted).at) };
  return { rows: keyed(rows, definition), times, positions };
}

/** The key of a row, by column. */
function keyOf({ keys }: ViewDefinition, row: Given): Value[] {
  return keys.map(({ column }) => row[column] ?? null);
}

/** A text for a key: equal keys have equal texts. */
function nameOfKey({ keys }: ViewDefinition, key: readonly Value[]): string {
  const kinds = keys.map(({ kind }) => kind);
  return canonical(key, kinds).toString("latin1");
}

/** The rows that count at some time: no deletes, no duplicates of a version, none that a stream takes no more. */
function load(definition: ViewDefinition, batches: readonly (readonly Given[])[]): Loaded[] {
  const { source, refresh } = definition;
  const isStreamed = source.batch === null || (refresh.kind === "streaming" && source.stream !== null);
  const late = isStreamed ? (source.late ?? Infinity) : Infinity;
  const ahead = isStreamed ? source.ahead : Infinity;
  const order = [source.eventTime, ...source.tieBreak, ...(source.batch === null ? [] : inOrderOfName(source))];
  const rows: Loaded[] = [];
  for (const row of batches.flat()) {
    const { eventTime, availableTime } = timesOf(row, source, isStreamed);
    const position = isStreamed ? positionOf(row) : NO_POSITION;
    if (availableTime - eventTime > late || eventTime - availableTime > ahead) continue;
    rows.push({
      row,
      eventTime,
      availableTime,
      until: Infinity,
      position,
      taken: isStreamed && ((row["~o"] as number | undefined) ?? -1) >= 0,
      order: once(() => Buffer.concat([bytesOf(row, source, order), position])),
    });
  }
  return source.id === null ? rows : withEnds(rows, source, source.id, late);
}

/** Goes through the versions of each id from the greatest to the least, and keeps when the first that replaces all before comes. */
function withEnds(rows: readonly Loaded[], source: Source<unknown>, id: string, late: number): Loaded[] {
  const { version, deleted } = source;
  const all = inOrderOfName(source);
  const content = all.filter((column) => column !== source.available.column);
  const versions = rows
    .filter(({ row }) => row[id] !== null)
    .map((loaded) => ({
      loaded,
      content: bytesOf(loaded.row, source, content),
      place: Buffer.concat([
        bytesOf(loaded.row, source, [id]),
        loaded.taken ? Buffer.of(1) : Buffer.concat([Buffer.of(0), bytesOf(loaded.row, source, version === null ? [] : [version])]),
        loaded.position,
        canonical([BigInt(loaded.availableTime)], ["int64"]),
        bytesOf(loaded.row, source, all),
      ]),
    }))
    .toSorted((a, b) => Buffer.compare(a.place, b.place))
    .filter((one, i, sorted) => i === 0 || !one.content.equals((sorted[i - 1] as typeof one).content));
  const ended: Loaded[] = [];
  let greater: number[] = [];
  for (let i = versions.length - 1; i >= 0; i--) {
    const { loaded } = versions[i] as { loaded: Loaded };
    if (i + 1 < versions.length && versions[i + 1]?.loaded.row[id] !== loaded.row[id]) greater = [];
    const until = Math.min(Infinity, ...greater.filter((time) => time - late <= loaded.eventTime));
    if (deleted === null || loaded.row[deleted] !== true) ended.push({ ...loaded, until });
    greater.push(loaded.availableTime);
  }
  return ended;
}

function keyed(byKey: readonly (readonly Loaded[])[], { source }: ViewDefinition): KeyedRows {
  const all = byKey.flat();
  const columns: Columns = Object.fromEntries(
    Object.entries(source.schema).map(([name, { kind }]) => [
      name,
      columnOf(
        kind,
        all.map(({ row }) => row[name] ?? null),
      ),
    ]),
  );
  return {
    offsets: offsetsOf(byKey),
    eventTime: Float64Array.from(all, ({ eventTime }) => eventTime),
    availableTime: Float64Array.from(all, ({ availableTime }) => availableTime),
    until: source.id === null ? null : Float64Array.from(all, ({ until }) => until),
    columns,
  };
}

const NO_POSITION = Buffer.alloc(0);

function positionOf(row: Given): Buffer {
  const position = row["~o"] as number | undefined;
  return position === undefined ? NO_POSITION : canonical([BigInt(position)], ["int64"]);
}

function timesOf(row: Given, source: Source<unknown>, isStreamed: boolean): { readonly eventTime: number; readonly availableTime: number } {
  const { column, trustedFrom, delay } = source.available;
  const eventTime = microsOf(row[source.eventTime]);
  if (isStreamed) return { eventTime, availableTime: (row["~a"] as number | undefined) ?? eventTime + delay };
  const said = column === null ? -Infinity : microsOf(row[column]);
  return { eventTime, availableTime: column === null || said < trustedFrom ? eventTime + delay : said };
}

function inOrderOfName({ schema }: Source<unknown>): string[] {
  return Object.keys(schema).toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

function bytesOf(row: Given, { schema }: Source<unknown>, columns: readonly string[]): Buffer {
  return canonical(
    columns.map((column) => loadedValue(row[column] ?? null)),
    columns.map((column) => schema[column]?.kind as ColumnKind),
  );
}

function offsetsOf(groups: readonly (readonly unknown[])[]): Int32Array {
  const offsets = new Int32Array(groups.length + 1);
  groups.forEach((group, i) => (offsets[i + 1] = (offsets[i] as number) + group.length));
  return offsets;
}

function microsOf(value: Value | undefined): number {
  return Number((value as Timestamp).micros);
}

function once<V>(make: () => V): () => V {
  let made: V | null = null;
  return () => (made ??= make());
}

/** A value of a column as it is after loading. */
function loadedValue(value: Value): Value {
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
  return { kind, numbers: Float64Array.from(values, (value) => numberOf(loadedValue(value))) };
}

function numberOf(value: Value): number {
  if (value === null) return Number.NaN;
  return typeof value === "object" ? Number(value.micros) : Number(value);
}
