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
  /** Whether nothing is stored for it. */
  readonly isNew: boolean;
  readonly versions: Versions;
}

/** What a run did, counted while its changes are read. */
export interface RunCounts {
  entities: number;
  written: number;
  removed: number;
}

/** Gives the next keys above one, in order; none at the end. */
export type StoredAbove = (above: Uint8Array | null) => readonly StoredKey[] | Promise<readonly StoredKey[]>;

/** Rows that come at once, where they do not come one by one. */
const GROUP = 2000;
/** A batch holds at most about this many changes, and about this many bytes of rows: while it is written, nothing else in the store is. */
const BATCH_KEYS = 500;
const BATCH_BYTES = 2 ** 20;

/**
 * The changes that run `run` makes to what readers at `current` see, in bounded batches in order of key; `kept`, if any, is given
 * all keys as they are then. `rows` must come in strictly ascending order of key, or it throws.
 */
export async function* runChanges(
  stored: StoredAbove,
  rows: AsyncIterable<PublishedRow> | Iterable<PublishedRow>,
  run: number,
  current: number,
  counts: RunCounts,
  kept: KeptKeys | null,
): AsyncGenerator<readonly KeyChange[], void> {
  const ahead = new Ahead(stored);
  const merge = new Merge(ahead, run, current, counts, kept);
  for await (const group of groups(rows)) {
    for (let at = 0; (at = merge.put(group, at)) < group.length;) await ahead.load();
    if (merge.isFull) yield merge.take();
  }
  for (;;) {
    if (merge.isFull) yield merge.take();
    if (ahead.lacks) await ahead.load();
    if (ahead.done) break;
    merge.removeNext();
  }
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
  readonly #kept: KeptKeys | null;
  #last: Uint8Array | null = null;
  #changes: KeyChange[] = [];
  #bytes = 0;

  constructor(old: Ahead, run: number, current: number, counts: RunCounts, kept: KeptKeys | null) {
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

  /** The next rows of the run, from one of a group on: stored keys before a row have none. Gives how far it came before stored keys had to be read. */
  put(group: readonly PublishedRow[], from: number): number {
    for (let at = from; at < group.length; at++) {
      const { key, row } = group[at] as PublishedRow;
      if (this.#last !== null && Buffer.compare(this.#last, key) >= 0) throw new RangeError("rows of a run must come in strictly ascending order of key");
      let order = 1;
      while (!this.#old.lacks && (order = this.#old.compare(key)) < 0) this.removeNext();
      if (this.#old.lacks) return at;
      this.#last = key;
      this.#change(key, order === 0 ? this.#old.take().versions : NO_VERSIONS, row);
    }
    return group.length;
  }

  /** The run has no row for the next stored key. */
  removeNext(): void {
    const { key, versions } = this.#old.take();
    this.#change(key, versions, null);
  }

  #change(key: Uint8Array, versions: Versions, row: Uint8Array | null): void {
    if (row !== null) this.#counts.entities++;
    else if (seen(versions, this.#current) !== null) this.#counts.removed++;
    const after = written(versions, row, this.#run, this.#current);
    this.#kept?.push(key, after ?? versions);
    if (after === null) return;
    if (row !== null) this.#counts.written++;
    this.#changes.push({ key, isNew: versions.length === 0, versions: after });
    this.#bytes += key.length;
    for (const version of after) this.#bytes += version.row?.length ?? 0;
  }
}

/** Stored keys, read ahead a chunk at a time. */
class Ahead {
  readonly #more: StoredAbove;
  #chunk: readonly StoredKey[] | null = null;
  #at = 0;

  constructor(more: StoredAbove) {
    this.#more = more;
  }

  /** Whether the next keys must be loaded before anything else is asked. */
  get lacks(): boolean {
    return this.#chunk === null || (this.#at > 0 && this.#at >= this.#chunk.length);
  }

  /** Whether all keys were taken. */
  get done(): boolean {
    return this.#chunk?.length === 0;
  }

  async load(): Promise<void> {
    const last = this.#chunk?.at(-1)?.key ?? null;
    this.#chunk = await this.#more(last);
    this.#at = 0;
  }

  /** How the next key compares with `key`; above all keys at the end. */
  compare(key: Uint8Array): number {
    const next = this.#chunk?.[this.#at];
    return next === undefined ? 1 : next.key === key ? 0 : Buffer.compare(next.key, key);
  }

  take(): StoredKey {
    return this.#chunk?.[this.#at++] as StoredKey;
  }
}
