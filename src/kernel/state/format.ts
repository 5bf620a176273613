// The stored form of a state: a head, chunks and nodes, each an array that begins with the format's number.
import { digest } from "../../schema/digest.ts";
import { pack, unpack } from "../../schema/pack.ts";
import { StoreError } from "../../errors.ts";
import type { Cell } from "../../schema/cells.ts";
import type { Chain, Entry, Head, Place, Position, StateRow, StoredSummary } from "./tree.ts";

/** Another number is another layout. */
const FORMAT = 1;

type PackedPlace = readonly [eventTime: number, order: Uint8Array];
type PackedRow = readonly [...PackedPlace, ...cells: Cell[]];
type PackedSummary = readonly [times: readonly number[], cells: readonly (readonly Cell[])[], numbers: readonly number[]];
type PackedEntry = readonly [
  name: string,
  level: number,
  first: PackedPlace,
  last: PackedPlace,
  chains: readonly (readonly [firstBreak: number | null, start: number])[],
  summaries: readonly PackedSummary[],
];

/** The bytes of a head. */
export function encodeHead({ newestAvailable, position, entries, open }: Head): Uint8Array {
  return pack([FORMAT, newestAvailable, Object.entries(position), entries.map(packEntry), open.map(packRow)]);
}

/** Reads a head. Throws a `StoreError` on another format. */
export function decodeHead(bytes: Uint8Array): Head {
  const [newestAvailable, position, entries, open] = opened(bytes) as [number, [string, string][], PackedEntry[], PackedRow[]];
  return { newestAvailable, position: Object.fromEntries(position) as Position, entries: entries.map(unpackEntry), open: open.map(unpackRow) };
}

/** The bytes of a chunk of rows. */
export function encodeRows(rows: readonly StateRow[]): Uint8Array {
  return pack([FORMAT, rows.map(packRow)]);
}

/** Reads a chunk of rows. */
export function decodeRows(bytes: Uint8Array): StateRow[] {
  const [rows] = opened(bytes) as [PackedRow[]];
  return rows.map(unpackRow);
}

/** The bytes of a node. */
export function encodeEntries(entries: readonly Entry[]): Uint8Array {
  return pack([FORMAT, entries.map(packEntry)]);
}

/** Reads a node. */
export function decodeEntries(bytes: Uint8Array): Entry[] {
  const [entries] = opened(bytes) as [PackedEntry[]];
  return entries.map(unpackEntry);
}

/** The name of a chunk or node: 24 hexadecimal digits of a hash of its bytes. */
export function nameOf(bytes: Uint8Array): string {
  return digest(bytes, 24);
}

function opened(bytes: Uint8Array): readonly unknown[] {
  const [format, ...rest] = unpack(bytes) as readonly unknown[];
  if (format === FORMAT) return rest;
  throw new StoreError({
    code: "STORE_OTHER_FORMAT",
    what: `it holds a state of format ${String(format)}, this version of asof reads ${FORMAT}`,
    where: "online store",
    cure: "Rebuild the view's states from its log",
  });
}

function packPlace({ eventTime, order }: Place): PackedPlace {
  return [eventTime, Buffer.from(order, "latin1")];
}

function unpackPlace([eventTime, order]: readonly [number, Uint8Array, ...unknown[]]): Place {
  return { eventTime, order: Buffer.from(order.buffer, order.byteOffset, order.byteLength).toString("latin1") };
}

function packRow(row: StateRow): PackedRow {
  return [...packPlace(row), ...row.cells];
}

function unpackRow(row: PackedRow): StateRow {
  return { ...unpackPlace(row), cells: row.slice(2) as Cell[] };
}

function packEntry({ name, level, first, last, chains, summaries }: Entry): PackedEntry {
  return [
    name,
    level,
    packPlace(first),
    packPlace(last),
    chains.map(({ firstBreak, start }) => [firstBreak, start] as const),
    summaries.map(({ times, cells, numbers }) => [times, cells, numbers] as const),
  ];
}

function unpackEntry([name, level, first, last, chains, summaries]: PackedEntry): Entry {
  return {
    name,
    level,
    first: unpackPlace(first),
    last: unpackPlace(last),
    chains: chains.map(([firstBreak, start]): Chain => ({ firstBreak, start })),
    summaries: summaries.map(([times, cells, numbers]): StoredSummary => ({ times, cells, numbers })),
  };
}
