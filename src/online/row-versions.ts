// The rows that a store keeps of one key: at most two, each tagged with the run that wrote it, so that two runs are readable.

/**
 * A row as a run wrote it; null where the run has none (a tombstone).
 *
 * Invariants, with `seen(v, r)` = what a reader at run r sees in v = the newest version whose run is at most r:
 * 1. At most two versions, newest first, runs strictly falling; the last is never a tombstone.
 * 2. While run r is written, `seen(v, current)` does not change; once its pass is over, `seen(v, r)` is the row of r.
 *    So it does not matter where a publish dies, and the pointer decides alone which run a reader sees.
 * 3. A new run has a number above all that were ever begun. Versions of dead runs (a crash, a run that was rolled back)
 *    lie above `current` and are seen by nobody, until a later run takes them over because they hold its row, or drops them.
 * 4. What is equal is not written again: `written` gives null.
 * From 2 and 3: once run r is published, the readable runs are r and the one that was current when its pass began.
 */
export interface Version {
  readonly run: number;
  readonly row: Uint8Array | null;
}

/** All versions of a key, newest first. */
export type Versions = readonly Version[];

/** Of a key that has no row. */
export const NO_VERSIONS: Versions = [];

/** What a reader at `run` sees; null if there is no row for it. */
export function seen(versions: Versions, run: number): Version | null {
  const version = versions.find((candidate) => candidate.run <= run);
  return version === undefined || version.row === null ? null : version;
}

/**
 * The versions of a key after `run` has written `row` (null: it has none) while readers are at `current` (0 before the
 * first publish); null if they stay as they are. No versions at all: the key is to be removed.
 */
export function written(versions: Versions, row: Uint8Array | null, run: number, current: number): Versions | null {
  const before = seen(versions, current);
  const unwritten = seen(versions, run);
  if (row === null) {
    if (before === null) return versions.length === 0 ? null : NO_VERSIONS;
    return unwritten === null ? null : [{ run, row: null }, before];
  }
  if (unwritten !== null && equal(unwritten.row as Uint8Array, row)) return null;
  return before === null ? [{ run, row }] : [{ run, row }, before];
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && Buffer.compare(a, b) === 0;
}

const TOMBSTONE = 1;
const TWO = 2;
const ONE_HEADER = 5;
const TWO_HEADER = 13;
/** Runs are stored in 32 bits. */
export const MAX_RUN: number = 2 ** 32 - 1;

/**
 * The stored bytes, big-endian: flags (1: the newest is a tombstone, 2: there are two), the newest run in 4 bytes, with two
 * also the other run and the length of the newest row in 4 bytes each, then the rows.
 */
export function encodeVersions(versions: Versions): Buffer {
  const [newest, older] = versions;
  if (newest === undefined) throw new RangeError("a key without versions is removed, not stored");
  const row = newest.row ?? new Uint8Array();
  const flags = (newest.row === null ? TOMBSTONE : 0) | (older === undefined ? 0 : TWO);
  const header = Buffer.allocUnsafe(older === undefined ? ONE_HEADER : TWO_HEADER);
  header[0] = flags;
  header.writeUInt32BE(newest.run, 1);
  if (older === undefined) return Buffer.concat([header, row]);
  header.writeUInt32BE(older.run, 5);
  header.writeUInt32BE(row.length, 9);
  return Buffer.concat([header, row, older.row as Uint8Array]);
}

/** Reads what `encodeVersions` wrote. The rows are views of the bytes. */
export function decodeVersions(bytes: Uint8Array): Versions {
  const flags = bytes[0] as number;
  const run = uint32(bytes, 1);
  const isTombstone = (flags & TOMBSTONE) !== 0;
  if ((flags & TWO) === 0) return [{ run, row: isTombstone ? null : bytes.subarray(ONE_HEADER) }];
  const split = TWO_HEADER + uint32(bytes, 9);
  return [
    { run, row: isTombstone ? null : bytes.subarray(TWO_HEADER, split) },
    { run: uint32(bytes, 5), row: bytes.subarray(split) },
  ];
}

/** How a row is taken out of stored bytes. */
export type TakeRow = (bytes: Uint8Array, from: number, to: number) => Uint8Array;

/**
 * The row that a reader at `run` sees in the first `end` stored bytes; null if there is none. The hot form of `seen`. `take` gives a copy, or
 * a view of bytes that nobody writes over.
 */
export function seenRow(bytes: Uint8Array, end: number, run: number, take: TakeRow = copy): Uint8Array | null {
  const flags = bytes[0] as number;
  if (uint32(bytes, 1) <= run) {
    if ((flags & TOMBSTONE) !== 0) return null;
    return (flags & TWO) === 0 ? take(bytes, ONE_HEADER, end) : take(bytes, TWO_HEADER, TWO_HEADER + uint32(bytes, 9));
  }
  if ((flags & TWO) === 0 || uint32(bytes, 5) > run) return null;
  return take(bytes, TWO_HEADER + uint32(bytes, 9), end);
}

function uint32(bytes: Uint8Array, at: number): number {
  return (((bytes[at] as number) << 24) | ((bytes[at + 1] as number) << 16) | ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number)) >>> 0;
}

/** A loop into pooled memory: rows are short, and a view or an allocation for each costs more than its bytes. */
function copy(bytes: Uint8Array, from: number, to: number): Uint8Array {
  const row = Buffer.allocUnsafe(to - from);
  for (let i = from; i < to; i++) row[i - from] = bytes[i] as number;
  return row;
}
