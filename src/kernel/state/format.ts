// The stored form of a state: a head, chunks of rows, nodes of entries, and a root of entries, each a sheet.
import { digest } from "../../schema/digest.ts";
import { Rows } from "./rows.ts";
import { SheetReader, SheetWriter } from "./sheet.ts";
import type { Chain, Closed, Entry, Head, Position, Root, StoredSummary, Trail } from "./tree.ts";
import type { Column } from "../../schema/column.ts";
import type { ColumnKind } from "../../schema/value-type.ts";
import type { Micros } from "../../time.ts";
import type { StateCall, StateLayout } from "./layout.ts";

/** The bytes of a head. */
export function encodeHead({ newestAvailable, position, closed, open }: Head): Uint8Array {
  const sheet = new SheetWriter();
  sheet.number(newestAvailable);
  sheet.text(isNowhere(position) ? "" : JSON.stringify(position));
  sheet.number(open.end.length);
  sheet.number(open.end.last);
  sheet.number(Number(closed !== null));
  if (closed !== null) {
    sheet.text(closed.name);
    sheet.text(closed.trail ?? "");
    sheet.number(closed.last.eventTime);
    sheet.text(closed.last.order);
    sheet.number(closed.oldest);
    sheet.list(closed.breaks.map(orNaN));
  }
  return sheet.bytes(open.bytes);
}

/** Reads a head, which keeps the bytes. Throws a `StoreError` on another format. */
export function decodeHead(bytes: Uint8Array): Head {
  const sheet = new SheetReader(bytes);
  const newestAvailable = sheet.number();
  const position = sheet.text();
  const end = { length: sheet.number(), last: sheet.number() };
  const closed = sheet.number() === 1 ? decodeClosed(sheet) : null;
  return { newestAvailable, position: position === "" ? NOWHERE : (JSON.parse(position) as Position), closed, open: new Rows(sheet.rest, end) };
}

/** The position of a state whose store keeps one for all. */
const NOWHERE: Position = Object.freeze({});

function isNowhere(position: Position): boolean {
  return position === NOWHERE || Object.keys(position).length === 0;
}

function decodeClosed(sheet: SheetReader): Closed {
  const name = sheet.text();
  const trail = sheet.text();
  const last = { eventTime: sheet.number(), order: sheet.text() };
  return { name, trail: trail === "" ? null : trail, last, oldest: sheet.number(), breaks: Array.from(sheet.list(), orNull) };
}

/** The bytes of a chunk of rows. */
export function encodeRows(rows: Rows): Uint8Array {
  return new SheetWriter().bytes(rows.bytes);
}

/** Reads a chunk of rows, which keep the bytes. */
export function decodeRows(bytes: Uint8Array): Rows {
  return new Rows(new SheetReader(bytes).rest);
}

/** The bytes of a node. */
export function encodeEntries(layout: StateLayout, entries: readonly Entry[]): Uint8Array {
  const sheet = new SheetWriter();
  writeEntries(sheet, layout, entries);
  return sheet.bytes();
}

/** Reads a node, which keeps the bytes. */
export function decodeEntries(layout: StateLayout, bytes: Uint8Array): Entry[] {
  return readEntries(new SheetReader(bytes), layout);
}

/** What a root begins with, and a trail: neither is ever a node of the same content. */
const ROOT = -1;
const TRAIL = -2;

/** The bytes of a root. */
export function encodeRoot(layout: StateLayout, { entries, oldRows, young }: Root): Uint8Array {
  const sheet = new SheetWriter();
  sheet.number(ROOT);
  sheet.number(oldRows);
  writeEntries(sheet, layout, entries);
  writeTrails(sheet, layout, young);
  return sheet.bytes();
}

/** Reads a root, which keeps the bytes. */
export function decodeRoot(layout: StateLayout, bytes: Uint8Array): Root {
  const sheet = new SheetReader(bytes);
  sheet.number();
  const oldRows = sheet.number();
  return { entries: readEntries(sheet, layout), oldRows, young: readTrails(sheet, layout) };
}

/** The bytes of a trail. */
export function encodeTrail(layout: StateLayout, trail: Trail): Uint8Array {
  const sheet = new SheetWriter();
  sheet.number(TRAIL);
  writeTrails(sheet, layout, [trail]);
  return sheet.bytes();
}

/** Reads a trail, which keeps the bytes. */
export function decodeTrail(layout: StateLayout, bytes: Uint8Array): Trail {
  const sheet = new SheetReader(bytes);
  sheet.number();
  return readTrails(sheet, layout)[0] as Trail;
}

function writeTrails(sheet: SheetWriter, layout: StateLayout, trails: readonly Trail[]): void {
  sheet.number(trails.length);
  layout.trailing.forEach((call, i) => {
    const summaries = trails.map((trail) => trail[i] as StoredSummary);
    writeSummaries(sheet, layout, call, summaries);
  });
}

function readTrails(sheet: SheetReader, layout: StateLayout): Trail[] {
  const length = sheet.number();
  const summaries = layout.trailing.map((call) => readSummaries(sheet, layout, call, length));
  return Array.from({ length }, (_, i) => summaries.map((all) => all[i] as StoredSummary));
}

/** The name of a part: 24 hexadecimal digits of a hash of its bytes. */
export function nameOf(bytes: Uint8Array): string {
  return digest(bytes, 24);
}

function writeEntries(sheet: SheetWriter, layout: StateLayout, entries: readonly Entry[]): void {
  sheet.number(entries.length);
  for (const { name, level, first, last, chains } of entries) {
    sheet.text(name);
    sheet.number(level);
    sheet.number(first);
    sheet.number(last.eventTime);
    sheet.text(last.order);
    for (const { firstBreak, start } of chains) {
      sheet.number(orNaN(firstBreak));
      sheet.number(start);
    }
  }
  layout.calls.forEach((call, c) => {
    if (!call.inEntries) return;
    const summaries = entries.map((entry) => entry.summaries[c] as StoredSummary);
    writeSummaries(sheet, layout, call, summaries);
  });
}

function readEntries(sheet: SheetReader, layout: StateLayout): Entry[] {
  const length = sheet.number();
  const entries: (Entry & { readonly summaries: (StoredSummary | null)[] })[] = [];
  for (let i = 0; i < length; i++) {
    const name = sheet.text();
    const level = sheet.number();
    const first = sheet.number();
    const last = { eventTime: sheet.number(), order: sheet.text() };
    const chains = layout.gaps.map((): Chain => ({ firstBreak: orNull(sheet.number()), start: sheet.number() }));
    entries.push({ name, level, first, last, chains, summaries: [] });
  }
  for (const call of layout.calls) {
    const summaries = call.inEntries ? readSummaries(sheet, layout, call, length) : [];
    for (let i = 0; i < length; i++) entries[i]?.summaries.push(summaries[i] ?? null);
  }
  return entries;
}

/** The summaries of a call: how many rows and numbers each has, then the rows and the numbers of all. */
function writeSummaries(sheet: SheetWriter, { kinds }: StateLayout, { inputs }: StateCall, summaries: readonly StoredSummary[]): void {
  for (const { from, to, first, end } of summaries) {
    sheet.number(to - from);
    sheet.number(end - first);
  }
  sheet.number(summaries.reduce((sum, { first, end }) => sum + end - first, 0));
  for (const { numbers, first, end } of summaries) for (let i = first; i < end; i++) sheet.number(numbers[i] as number);
  sheet.number(rowsOf(summaries));
  for (const { times, from, to } of summaries) for (let row = from; row < to; row++) sheet.number(times[row] as number);
  inputs.forEach((input, i) => COLUMNS[kinds[input] as ColumnKind].write(sheet, summaries, i));
}

function readSummaries(sheet: SheetReader, { kinds }: StateLayout, { inputs }: StateCall, length: number): StoredSummary[] {
  const sizes: number[] = [];
  for (let i = 0; i < 2 * length; i++) sizes.push(sheet.number());
  const numbers = sheet.list();
  const times = sheet.list();
  const columns = inputs.map((input) => COLUMNS[kinds[input] as ColumnKind].read(sheet));
  const summaries: StoredSummary[] = [];
  let from = 0;
  let first = 0;
  for (let i = 0; i < 2 * length; i += 2) {
    const to = from + (sizes[i] as number);
    const end = first + (sizes[i + 1] as number);
    summaries.push({ times, columns, from, to, numbers, first, end });
    from = to;
    first = end;
  }
  return summaries;
}

/** How many rows summaries have together. */
function rowsOf(summaries: readonly StoredSummary[]): number {
  return summaries.reduce((sum, { from, to }) => sum + to - from, 0);
}

/** How a column of the rows of summaries is stored. */
interface ColumnFormat {
  readonly write: (sheet: SheetWriter, summaries: readonly StoredSummary[], column: number) => void;
  readonly read: (sheet: SheetReader) => Column;
}

const numbersAs = (kind: "float64" | "int32" | "boolean" | "timestamp"): ColumnFormat => ({
  write: (sheet, summaries, column) => {
    sheet.number(rowsOf(summaries));
    for (const { columns, from, to } of summaries) {
      const { numbers } = columns[column] as Extract<Column, { kind: typeof kind }>;
      for (let row = from; row < to; row++) sheet.number(numbers[row] as number);
    }
  },
  read: (sheet) => ({ kind, numbers: sheet.list() }),
});

const COLUMNS: { readonly [K in ColumnKind]: ColumnFormat } = {
  float64: numbersAs("float64"),
  int32: numbersAs("int32"),
  boolean: numbersAs("boolean"),
  timestamp: numbersAs("timestamp"),
  string: {
    write: (sheet, summaries, column) => {
      const known = new Map<string, number>();
      sheet.number(rowsOf(summaries));
      for (const { columns, from, to } of summaries) {
        const { ids, dictionary } = columns[column] as Extract<Column, { kind: "string" }>;
        for (let row = from; row < to; row++) {
          const text = dictionary[ids[row] as number];
          const id = text === undefined ? -1 : (known.get(text) ?? known.size);
          if (id === known.size) known.set(text as string, id);
          sheet.number(id);
        }
      }
      sheet.texts([...known.keys()]);
    },
    read: (sheet) => ({ kind: "string", ids: new Int32Array(sheet.list()), dictionary: sheet.texts() }),
  },
  int64: {
    write: (sheet, summaries, column) => {
      const all: bigint[] = [];
      const present: number[] = [];
      for (const { columns, from, to } of summaries) {
        const { words, valid } = columns[column] as Extract<Column, { kind: "int64" }>;
        for (let row = from; row < to; row++) {
          present.push(valid[row] as number);
          all.push(words[row] as bigint);
        }
      }
      sheet.list(present);
      sheet.list(new Int32Array(BigInt64Array.from(all).buffer));
    },
    read: (sheet) => ({ kind: "int64", valid: new Uint8Array(sheet.list()), words: new BigInt64Array(new Int32Array(sheet.list()).buffer) }),
  },
};

function orNaN(time: Micros | null): number {
  return time ?? Number.NaN;
}

function orNull(time: number): Micros | null {
  return time !== time ? null : time;
}
