// Older ids on disk: a sorted file of entries that is never changed, with a filter in memory that says for most ids that they are not in it.
import { closeSync, openSync, readSync } from "node:fs";
import { open, rename, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { flushFolder } from "./log-file.ts";
import { compareEntries, type FoundId, type IdEntry } from "./id-table.ts";

const ENTRY_BYTES = 24;
const BLOCK_ENTRIES = 170;
const BLOCK_BYTES: number = BLOCK_ENTRIES * ENTRY_BYTES;
/** Ten bits an entry and five probes: about one in a hundred ids that are not there is looked for in vain. */
const FILTER_BITS = 10;
const PROBES = 5;

/** The block that was read last. */
const BLOCK: Buffer = Buffer.alloc(BLOCK_BYTES);

function entryAt(at: number): IdEntry {
  return { high: BLOCK.readUInt32LE(at), low: BLOCK.readUInt32LE(at + 4), position: BLOCK.readDoubleLE(at + 8), eventTime: BLOCK.readDoubleLE(at + 16) };
}

/** A run of entries that is open for lookups. */
export class IdRun {
  readonly path: string;
  readonly size: number;
  readonly #descriptor: number;
  readonly #filter: Uint32Array;
  readonly #filterBits: number;
  /** The hash of each block's first entry. */
  readonly #first: Float64Array;

  private constructor(path: string, size: number) {
    this.path = path;
    this.size = size;
    this.#descriptor = openSync(path, "r");
    this.#filterBits = Math.max(64, size * FILTER_BITS);
    this.#filter = new Uint32Array(Math.ceil(this.#filterBits / 32));
    this.#first = new Float64Array(Math.ceil(size / BLOCK_ENTRIES));
  }

  /** Opens a run, reading it once. */
  static async open(path: string): Promise<IdRun> {
    const run = new IdRun(path, Math.floor((await stat(path)).size / ENTRY_BYTES));
    for (let block = 0; block < run.#first.length; block++) {
      const entries = run.#block(block);
      run.#first[block] = hashOf(entries[0] as IdEntry);
      for (const { high, low } of entries) for (let i = 0; i < PROBES; i++) run.#mark(high, low, i);
      if (block % 64 === 63) await new Promise(setImmediate);
    }
    return run;
  }

  /** Adds the entries with a hash to a list. */
  find(high: number, low: number, found: FoundId[]): void {
    for (let i = 0; i < PROBES; i++) if (!this.#isMarked(high, low, i)) return;
    const hash = hashOf({ high, low });
    for (let block = Math.max(0, this.#lastBelow(hash)); block < this.#first.length && (this.#first[block] as number) <= hash; block++)
      this.#findIn(block, high, low, found);
  }

  /** The entries of the run, in order, a block at a time. */
  *blocks(): Generator<readonly IdEntry[]> {
    for (let block = 0; block < this.#first.length; block++) yield this.#block(block);
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #findIn(block: number, high: number, low: number, found: FoundId[]): void {
    const read = readSync(this.#descriptor, BLOCK, 0, BLOCK_BYTES, block * BLOCK_BYTES);
    for (let at = 0; at + ENTRY_BYTES <= read; at += ENTRY_BYTES)
      if (BLOCK.readUInt32LE(at + 4) === low && BLOCK.readUInt32LE(at) === high) found.push(entryAt(at));
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

  #bit(high: number, low: number, probe: number): number {
    return (low + probe * ((high | 1) >>> 0)) % this.#filterBits;
  }

  #mark(high: number, low: number, probe: number): void {
    const bit = this.#bit(high, low, probe);
    this.#filter[Math.floor(bit / 32)]! |= 1 << (bit % 32);
  }

  #isMarked(high: number, low: number, probe: number): boolean {
    const bit = this.#bit(high, low, probe);
    return ((this.#filter[Math.floor(bit / 32)] as number) & (1 << (bit % 32))) !== 0;
  }
}

/** A hash as one number, in the order of entries: its lowest 11 bits do not fit and are left out. */
function hashOf({ high, low }: Pick<IdEntry, "high" | "low">): number {
  return high * 2 ** 21 + Math.floor(low / 2 ** 11);
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
    for (const { high, low, position, eventTime } of entries) {
      bytes.writeUInt32LE(high, at);
      bytes.writeUInt32LE(low, at + 4);
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
