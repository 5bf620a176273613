// One run beside what is stored: a merge of two sorted lists that yields only the keys whose stored bytes change.
import { seen, written, NO_VERSIONS, type Versions } from "./row-versions.ts";
import type { KeptKeys } from "./kept-keys.ts";
import type { PublishedRow } from "./store.ts";

/** A key of a view as it is stored. */
export interface StoredKey {
  readonly key: Uint8Array;
  readonly versions: Versions;
}

/** What to store for a key; no versions: remove it. */
export interface KeyChange {
  readonly key: Uint8Array;
  readonly versions: Versions;
}

/** What a run did, counted while its changes are read. */
export interface RunCounts {
  entities: number;
  written: number;
  removed: number;
}

/** Gives the next keys above one, in order; none at the end. */
export type StoredAbove = (above: Uint8Array | null) => readonly StoredKey[];

/** Rows that come at once, where they do not come one by one. */
const GROUP = 2000;
/** A batch holds at most about this many changes, and about this many bytes of rows: while it is written, nothing else in the store is. */
const BATCH_KEYS = 500;
const BATCH_BYTES = 2 ** 20;

/**
 * The changes that run `run` makes to what readers at `current` see, in bounded batches in order of key; `kept` is given all
 * keys as they are then. `rows` must come in strictly ascending order of key, or it throws.
 */
export async function* runChanges(
  stored: StoredAbove,
  rows: AsyncIterable<PublishedRow> | Iterable<PublishedRow>,
  run: number,
  current: number,
  counts: RunCounts,
  kept: KeptKeys,
): AsyncGenerator<readonly KeyChange[]> {
  const merge = new Merge(new Ahead(stored), run, current, counts, kept);
  for await (const group of groups(rows)) {
    for (const row of group) merge.put(row);
    if (merge.isFull) yield merge.take();
  }
  while (merge.removeRest()) yield merge.take();
  if (merge.changed) yield merge.take();
}

/** Rows in groups: to await each of many rows costs more than to merge it. */
async function* groups(rows: AsyncIterable<PublishedRow> | Iterable<PublishedRow>): AsyncGenerator<readonly PublishedRow[]> {
  let group: PublishedRow[] = [];
  if (Symbol.iterator in rows) {
    for (const row of rows) {
      if (group.push(row) < GROUP) continue;
      yield group;
      group = [];
    }
  } else {
    for await (const row of rows) {
      if (group.push(row) < GROUP) continue;
      yield group;
      group = [];
    }
  }
  yield group;
}

/** Puts the rows of a run beside what is stored, and keeps what changes until it is taken. */
class Merge {
  readonly #old: Ahead;
  readonly #run: number;
  readonly #current: number;
  readonly #counts: RunCounts;
  readonly #kept: KeptKeys;
  #last: Uint8Array | null = null;
  #changes: KeyChange[] = [];
  #bytes = 0;

  constructor(old: Ahead, run: number, current: number, counts: RunCounts, kept: KeptKeys) {
    this.#old = old;
    this.#run = run;
    this.#current = current;
    this.#counts = counts;
    this.#kept = kept;
  }

  get changed(): boolean {
    return this.#changes.length > 0;
  }

  get isFull(): boolean {
    return this.#changes.length >= BATCH_KEYS || this.#bytes >= BATCH_BYTES;
  }

  take(): readonly KeyChange[] {
    const changes = this.#changes;
    this.#changes = [];
    this.#bytes = 0;
    return changes;
  }

  /** The next row of the run: stored keys before it have none. */
  put({ key, row }: PublishedRow): void {
    if (this.#last !== null && Buffer.compare(this.#last, key) >= 0) throw new RangeError("rows of a run must come in strictly ascending order of key");
    this.#last = key;
    let order = this.#old.compare(key);
    for (; order < 0; order = this.#old.compare(key)) this.#remove();
    this.#change(key, order === 0 ? this.#old.take().versions : NO_VERSIONS, row);
  }

  /** After the last row: stored keys that are left have none. True while a batch is full and more may be left. */
  removeRest(): boolean {
    while (!this.#old.done()) {
      this.#remove();
      if (this.isFull) return true;
    }
    return false;
  }

  #remove(): void {
    const { key, versions } = this.#old.take();
    this.#change(key, versions, null);
  }

  #change(key: Uint8Array, versions: Versions, row: Uint8Array | null): void {
    if (row !== null) this.#counts.entities++;
    else if (seen(versions, this.#current) !== null) this.#counts.removed++;
    const after = written(versions, row, this.#run, this.#current);
    this.#kept.push(key, after ?? versions);
    if (after === null) return;
    if (row !== null) this.#counts.written++;
    this.#changes.push({ key, versions: after });
    this.#bytes += key.length;
    for (const version of after) this.#bytes += version.row?.length ?? 0;
  }
}

/** Stored keys, read ahead a chunk at a time. */
class Ahead {
  readonly #more: StoredAbove;
  #chunk: readonly StoredKey[];
  #at = 0;

  constructor(more: StoredAbove) {
    this.#more = more;
    this.#chunk = more(null);
  }

  done(): boolean {
    return this.#at >= this.#chunk.length;
  }

  /** How the next key compares with `key`; above all keys at the end. */
  compare(key: Uint8Array): number {
    const next = this.#chunk[this.#at];
    return next === undefined ? 1 : next.key === key ? 0 : Buffer.compare(next.key, key);
  }

  take(): StoredKey {
    const taken = this.#chunk[this.#at++] as StoredKey;
    if (this.done()) [this.#chunk, this.#at] = [this.#more(taken.key), 0];
    return taken;
  }
}
