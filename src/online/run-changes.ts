// One run beside what is stored: a merge of two sorted lists that yields only the keys whose stored bytes change.
import { seen, written, NO_VERSIONS, type Versions } from "./row-versions.ts";
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

/** A batch holds at most this many changes, and about this many bytes of rows. */
const BATCH_KEYS = 2000;
const BATCH_BYTES = 2 ** 20;

/**
 * The changes that run `run` makes, in bounded batches in order of key. `stored` gives the next keys above one, in order,
 * none at the end; `rows` must come in strictly ascending order of key, or it throws.
 */
export async function* runChanges(
  stored: (above: Uint8Array | null) => readonly StoredKey[],
  rows: AsyncIterable<PublishedRow> | Iterable<PublishedRow>,
  run: number,
  current: number,
  counts: RunCounts,
): AsyncGenerator<readonly KeyChange[]> {
  let batch: KeyChange[] = [];
  let bytes = 0;
  for await (const { key, versions, row } of besideStored(stored, rows)) {
    if (row !== null) counts.entities++;
    else if (seen(versions, current) !== null) counts.removed++;
    const after = written(versions, row, run, current);
    if (after === null) continue;
    if (row !== null) counts.written++;
    batch.push({ key, versions: after });
    bytes += key.length + after.reduce((sum, version) => sum + (version.row?.length ?? 0), 0);
    if (batch.length < BATCH_KEYS && bytes < BATCH_BYTES) continue;
    yield batch;
    [batch, bytes] = [[], 0];
  }
  if (batch.length > 0) yield batch;
}

/** Each key that is stored or new, with what is stored and with the new row; null where the run has none. */
async function* besideStored(
  stored: (above: Uint8Array | null) => readonly StoredKey[],
  rows: AsyncIterable<PublishedRow> | Iterable<PublishedRow>,
): AsyncGenerator<StoredKey & { readonly row: Uint8Array | null }> {
  const old = new Ahead(stored);
  let last: Uint8Array | null = null;
  for await (const { key, row } of rows) {
    if (last !== null && Buffer.compare(last, key) >= 0) throw new RangeError("rows of a run must come in strictly ascending order of key");
    last = key;
    while (old.compare(key) < 0) yield { ...old.take(), row: null };
    yield { key, versions: old.compare(key) === 0 ? old.take().versions : NO_VERSIONS, row };
  }
  while (!old.done()) yield { ...old.take(), row: null };
}

/** Stored keys, read ahead a chunk at a time. */
class Ahead {
  readonly #more: (above: Uint8Array | null) => readonly StoredKey[];
  #chunk: readonly StoredKey[];
  #at = 0;

  constructor(more: (above: Uint8Array | null) => readonly StoredKey[]) {
    this.#more = more;
    this.#chunk = more(null);
  }

  done(): boolean {
    return this.#at >= this.#chunk.length;
  }

  /** How the next key compares with `key`; above all keys at the end. */
  compare(key: Uint8Array): number {
    const next = this.#chunk[this.#at];
    return next === undefined ? 1 : Buffer.compare(next.key, key);
  }

  take(): StoredKey {
    const taken = this.#chunk[this.#at++] as StoredKey;
    if (this.done()) [this.#chunk, this.#at] = [this.#more(taken.key), 0];
    return taken;
  }
}
