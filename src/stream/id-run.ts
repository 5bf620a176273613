// Older ids on disk: a sorted file of entries that is never changed, with a filter in memory that says for most ids that they are not in it.
import { closeSync, openSync, readSync } from "node:fs";
import { open, rename, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { flushFolder } from "./log-file.ts";
import { compareEntries, type FoundId, type IdEntry } from "./id-table.ts";

const ENTRY_BYTES = 24;
const BLOCK_ENTRIES = 170;
const BLOCK_BYTES: number = BLOCK_ENTRIES * ENTRY_BYTES;
/** Ten to twenty bits an entry and five probes: at most about one in a hundred ids that are not there is looked for in vain. */
const FILTER_BITS = 10;
const PROBES = 5;

/** The block that was read last. */
const BLOCK: Buffer = Buffer.alloc(BLOCK_BYTES);

function entryAt(at: number): IdEntry {
  return { hash: BLOCK.readDoubleLE(at), position: BLOCK.readDoubleLE(at + 8), eventTime: BLOCK.readDoubleLE(at + 16) };
}

/** A run of entries that is open for lookups. */
export class IdRun {
  readonly path: string;
  readonly size: number;
  readonly #descriptor: number;
  readonly #filter: Uint32Array;
  /** One less than its bits, which are a power of two. */
  readonly #mask: number;
  /** The hash of each block's first entry. */
  readonly #first: Float64Array;

  private constructor(path: string, size: number) {
    this.path = path;
    this.size = size;
    this.#descriptor = openSync(path, "r");
    const bits = 2 ** Math.ceil(Math.log2(Math.max(64, size * FILTER_BITS)));
    this.#filter = new Uint32Array(bits / 32);
    this.#mask = bits - 1;
    this.#first = new Float64Array(Math.ceil(size / BLOCK_ENTRIES));
  }

  /** Opens a run, reading it once. */
  static async open(path: string): Promise<IdRun> {
    const run = new IdRun(path, Math.floor((await stat(path)).size / ENTRY_BYTES));
    for (let block = 0; block < run.#first.length; block++) {
      const entries = run.#block(block);
      run.#first[block] = (entries[0] as IdEntry).hash;
      for (const { hash } of entries) run.#mark(hash);
      if (block % 64 === 63) await new Promise(setImmediate);
    }
    return run;
  }

  /** Adds the entries with a hash to a list. */
  find(hash: number, found: FoundId[]): void {
    const step = stepOf(hash);
    for (let i = 0, bit = hash | 0; i < PROBES; i++, bit = (bit + step) | 0) {
      const at = bit & this.#mask;
      if (((this.#filter[at >>> 5] as number) & (1 << (at & 31))) === 0) return;
    }
    for (let block = Math.max(0, this.#lastBelow(hash)); block < this.#first.length && (this.#first[block] as number) <= hash; block++)
      this.#findIn(block, hash, found);
  }

  /** The entries of the run, in order, a block at a time. */
  *blocks(): Generator<readonly IdEntry[]> {
    for (let block = 0; block < this.#first.length; block++) yield this.#block(block);
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #findIn(block: number, hash: number, found: FoundId[]): void {
    const read = readSync(this.#descriptor, BLOCK, 0, BLOCK_BYTES, block * BLOCK_BYTES);
    for (let at = 0; at + ENTRY_BYTES <= read; at += ENTRY_BYTES) if (BLOCK.readDoubleLE(at) === hash) found.push(entryAt(at));
  }

  #block(block: number): IdEntry[] {
    const read = readSync(this.#descriptor, BLOCK, 0, BLOCK_BYTES, block * BLOCK_BYTES);
    return Array.from({ length: Math.floor(read / ENTRY_BYTES) }, (_, i) => entryAt(i * ENTRY_BYTES));
  }

  /** The last block that begins below a hash; -1 where none does. */
  #lastBelow(hash: number): number {
    let low = 0;
    let high = this.#first.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#first[middle] as number) < hash) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  #mark(hash: number): void {
    const step = stepOf(hash);
    for (let i = 0, bit = hash | 0; i < PROBES; i++, bit = (bit + step) | 0) {
      const at = bit & this.#mask;
      this.#filter[at >>> 5]! |= 1 << (at & 31);
    }
  }
}

/** How far a hash's probes lie apart: its upper bits, and odd. */
function stepOf(hash: number): number {
  return ((hash / 2 ** 32) << 1) | 1;
}

/** Writes a run: whole and flushed, or not at all. */
export async function writeRun(path: string, entries: Iterable<IdEntry>): Promise<void> {
  const file = await open(`${path}.new`, "w");
  try {
    let bytes = Buffer.allocUnsafe(64 * BLOCK_BYTES);
    let at = 0;
    const flush = async (): Promise<void> => {
      await file.appendFile(bytes.subarray(0, at));
      bytes = Buffer.allocUnsafe(64 * BLOCK_BYTES);
      at = 0;
    };
    for (const { hash, position, eventTime } of entries) {
      bytes.writeDoubleLE(hash, at);
      bytes.writeDoubleLE(position, at + 8);
      bytes.writeDoubleLE(eventTime, at + 16);
      at += ENTRY_BYTES;
      if (at === bytes.length) await flush();
    }
    await flush();
    await file.datasync();
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
  await flushFolder(dirname(path));
}

/** The entries of several runs in one order. */
export function* merged(runs: readonly IdRun[]): Generator<IdEntry> {
  const heads = runs.map((run) => entriesOf(run)).map((entries) => ({ entries, next: entries.next() }));
  for (;;) {
    let least: (typeof heads)[number] | null = null;
    for (const head of heads) if (head.next.done !== true && (least === null || compareEntries(head.next.value, least.next.value as IdEntry) < 0)) least = head;
    if (least === null) return;
    yield least.next.value as IdEntry;
    least.next = least.entries.next();
  }
}

function* entriesOf(run: IdRun): Generator<IdEntry> {
  for (const block of run.blocks()) yield* block;
}
