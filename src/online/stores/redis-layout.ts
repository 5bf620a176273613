// Where what lies in Redis: partitions, each in one slot, and in them the keys of views and entities.
import { createHash } from "node:crypto";
import type { GuardedCommand } from "./redis-client.ts";
import type { StoredView } from "../store.ts";

/**
 * A partition is what one hash tag holds, so that its keys can be written and read together. What is written to one partition is lost
 * or kept in the order in which it was written, after a crash and after a failover; what is written to two is not. So each
 * partition says itself how far it goes, in a guard that is written with, or after, what it speaks of.
 */
const KINDS = {
  /** The view's pointer, in partition 0; in the others which of its runs are whole there. */
  pointer: "P",
  /** Who publishes the view. Partition 0. */
  lock: "L",
  /** The view's runs by number, and its moves. Partition 0. */
  runs: "R",
  moves: "M",
  /** The keys of entities with rows, and the rows' versions under them. */
  rowKeys: "K",
  row: "r",
  /** How far the view's states go. */
  absorbed: "A",
  /** The keys of entities with a state; heads; chunks, under the entity's key and their name. */
  headKeys: "H",
  head: "h",
  chunk: "c",
} as const;

/** What lies under a key. */
export type Kind = keyof typeof KINDS;

/** Raised with each change of what lies where, so that two versions of asof never read each other's keys. */
const LAYOUT = 1;
/** So many bytes of a digest name a view and its version: they depend on nothing that is stored. */
const VIEW_BYTES = 8;
/** Commands take so many keys at a time: Lua hands on fewer than 8,000 arguments. */
const SLICE = 1000;

/** The keys of one store. */
export class RedisLayout {
  readonly partitions: number;
  readonly #tags: readonly string[];
  /** What keys of a view begin with, by partition, then kind. */
  readonly #views: WeakMap<StoredView, Partial<Record<Kind, string>>[]> = new WeakMap();

  constructor(prefix: string, partitions: number) {
    this.partitions = partitions;
    this.#tags = Array.from({ length: partitions }, (_, i) => `{${tagIn(`${prefix}${LAYOUT}:${i}`, i / partitions, (i + 1) / partitions)}}`);
  }

  /** What each key in a partition begins with. */
  tagOf(partition: number): string {
    return this.#tags[partition] as string;
  }

  /** A key of the store itself. */
  own(name: string): string {
    return this.tagOf(0) + name;
  }

  /** The partition of an entity. */
  partitionOf(key: Uint8Array): number {
    if (this.partitions === 1) return 0;
    let hash = 0x811c9dc5; // FNV-1a
    for (const byte of key) hash = Math.imul(hash ^ byte, 0x01000193);
    return (hash >>> 0) % this.partitions;
  }

  /** A key of a view in a partition. */
  of(view: StoredView, kind: Kind, partition: number): string {
    const known = this.#views.get(view)?.[partition]?.[kind];
    return known ?? this.#made(view, kind, partition);
  }

  #made(view: StoredView, kind: Kind, partition: number): string {
    const digest = createHash("sha256").update(`${view.name}\0${view.version}`).digest().subarray(0, VIEW_BYTES).toString("base64url");
    const made = this.tagOf(partition) + KINDS[kind] + digest;
    const known = this.#views.get(view) ?? [];
    this.#views.set(view, known);
    (known[partition] ??= {})[kind] = made;
    return made;
  }

  /** A key of an entity in its partition. Its bytes are Latin-1 text here: a client sends texts several times as quickly as bytes. */
  entity(view: StoredView, kind: Kind, partition: number, key: Uint8Array): string {
    const bytes = key instanceof Buffer ? key : Buffer.from(key.buffer, key.byteOffset, key.length);
    return this.of(view, kind, partition) + bytes.toString("latin1");
  }
}

const SLOTS = 16_384;

/** The first text of several whose slot lies in a part of all slots, so that partitions are shared out evenly among servers. */
function tagIn(text: string, from: number, to: number): string {
  for (let n = 0; ; n++) {
    const tag = n === 0 ? text : `${text}.${n}`;
    const slot = slotOf(tag) / SLOTS;
    if (slot >= from && slot < to) return tag;
  }
}

/** The slot that a cluster puts a tag into: CRC16 (XMODEM) of its bytes, as the cluster specification says (https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec). */
function slotOf(tag: string): number {
  let crc = 0;
  for (const byte of Buffer.from(tag)) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? ((crc << 1) ^ 0x1021) & 0xffff : (crc << 1) & 0xffff;
  }
  return crc % SLOTS;
}

/** One command after another, each with so many keys or arguments that Lua can hand it on. */
export class Commands {
  readonly list: GuardedCommand[] = [];

  /** Sets keys. */
  set(pairs: readonly (readonly [string, Buffer])[]): this {
    for (const some of slices(pairs)) this.list.push({ name: "MSET", keys: some.map(([key]) => key), args: some.map(([, value]) => value) });
    return this;
  }

  remove(keys: readonly string[]): this {
    for (const some of slices(keys)) this.list.push({ name: "UNLINK", keys: some, args: [] });
    return this;
  }

  /** Removes keys after a while. */
  fade(keys: readonly string[], milliseconds: number): this {
    for (const key of keys) this.list.push({ name: "PEXPIRE", keys: [key], args: [String(milliseconds)] });
    return this;
  }

  /** Adds members to an index that is ordered by their bytes, and removes some. */
  index(index: string, added: readonly Uint8Array[], removed: readonly Uint8Array[]): this {
    for (const some of slices(added)) this.list.push({ name: "ZADD", keys: [index], args: some.flatMap((member) => ["0", Buffer.from(member)]) });
    for (const some of slices(removed)) this.list.push({ name: "ZREM", keys: [index], args: some.map((member) => Buffer.from(member)) });
    return this;
  }

  /** Any other command. */
  add(name: GuardedCommand["name"], key: string, ...args: readonly string[]): this {
    this.list.push({ name, keys: [key], args });
    return this;
  }
}

function slices<T>(all: readonly T[]): readonly T[][] {
  const made: T[][] = [];
  for (let from = 0; from < all.length; from += SLICE) made.push(all.slice(from, from + SLICE));
  return made;
}
