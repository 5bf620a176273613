// Live states in the embedded store: heads and chunks under the view's number and the entity's key.
import { bytesFor } from "../../schema/slab.ts";
import { statesMoved } from "../publish-guard.ts";
import type { Absorbed, Absorption, StateFound, StateStore } from "../state-store.ts";
import { bytesAt, SeldomChanging, type Root, type Table } from "./lmdb-file.ts";
import type { Chunks } from "../../kernel/state/read.ts";
import type { RowRead, StoredView } from "../store.ts";

const PREFIX_BYTES = 4;
/** Keys that are removed at a time. */
const DROPPED = 10_000;

/** The databases that states lie in. */
export interface StateDatabases {
  readonly root: Root;
  /** `["states"]` (how many views) and `["states", name, version]` (a view's number). */
  readonly meta: Table<unknown, (string | number)[]>;
  /** The view's number alone holds how far it absorbed; with an entity's key, the head. */
  readonly heads: Table<Buffer, Buffer>;
  /** The view's number, the entity's key and the chunk's name. */
  readonly chunks: Table<Buffer, Buffer>;
}

/** A view as this process knows it. */
interface Slot {
  readonly prefix: Buffer;
  readonly absorbed: SeldomChanging<Absorbed>;
}

/** States of one machine: readers see whole transactions of the one process that absorbs. */
export class LmdbStates implements StateStore {
  readonly #databases: StateDatabases;
  readonly #slots: WeakMap<StoredView, Slot> = new WeakMap();

  constructor(databases: StateDatabases) {
    this.#databases = databases;
  }

  states(reads: readonly RowRead[]): readonly (StateFound | null)[] {
    const { heads } = this.#databases;
    heads.resetReadTxn(); // a new snapshot; all reads up to the next turn of the event loop share it
    let last: StoredView | null = null;
    let slot: Slot | null = null;
    let absorbed: Absorbed | null = null;
    return reads.map(({ view, key }) => {
      if (view !== last) {
        slot = this.#slotOf((last = view));
        absorbed = slot === null ? null : slot.absorbed.read(heads);
      }
      if (slot === null || absorbed === null) return null;
      const place = placeOf(slot, key);
      return { absorbed, head: bytesAt(heads, place) ?? null, chunks: (names) => this.#chunks(place, names) };
    });
  }

  keys(view: StoredView, after: Uint8Array | null, limit: number): Promise<readonly Uint8Array[]> {
    const { heads } = this.#databases;
    heads.resetReadTxn();
    const slot = this.#slotOf(view);
    if (slot === null) return Promise.resolve([]);
    const start = Buffer.concat([slot.prefix, after ?? Buffer.alloc(0), Buffer.of(0)]); // the prefix alone is no entity's
    const found = [...heads.getKeys({ start, end: endOf(slot), limit })];
    return Promise.resolve(found.map((key) => Buffer.from(key.subarray(PREFIX_BYTES))));
  }

  absorbed(view: StoredView): Promise<Absorbed | null> {
    this.#databases.heads.resetReadTxn();
    const slot = this.#slotOf(view);
    return Promise.resolve(slot === null ? null : slot.absorbed.read(this.#databases.heads));
  }

  async absorb(absorptions: readonly Absorption[]): Promise<void> {
    const { root, heads, chunks } = this.#databases;
    const slots: Slot[] = [];
    for (const { view } of absorptions) slots.push(await this.#newSlot(view));
    const refused = await root.transaction(() => {
      const moved = absorptions.find(({ from }, i) => !isSame((slots[i] as Slot).absorbed.read(heads), from));
      if (moved !== undefined) return moved;
      absorptions.forEach(({ to, states }, i) => {
        const { absorbed } = slots[i] as Slot;
        for (const { key, head, written, unnamed } of states) {
          const place = placeOf(slots[i] as Slot, key);
          for (const [name, bytes] of written) chunks.putSync(chunkKey(place, name), bytes as Buffer);
          for (const name of unnamed) chunks.removeSync(chunkKey(place, name));
          if (head === null) heads.removeSync(place);
          else heads.putSync(place, head as Buffer);
        }
        absorbed.write(heads, to);
      });
      return null;
    });
    if (refused !== null) throw statesMoved(refused.view);
  }

  async drop(view: StoredView): Promise<void> {
    const { root, heads, chunks } = this.#databases;
    const slot = await this.#newSlot(view);
    const { prefix } = slot;
    const end = endOf(slot);
    await root.transaction(() => heads.removeSync(prefix)); // from here on it has absorbed nothing, whatever is left of it
    for (const database of [heads, chunks]) {
      for (let dropped = DROPPED; dropped === DROPPED;) {
        dropped = await root.transaction(() => {
          const keys = [...database.getKeys({ start: prefix, end, limit: DROPPED })].map((key) => Buffer.from(key));
          for (const key of keys) database.removeSync(key);
          return keys.length;
        });
      }
    }
  }

  #chunks(place: Buffer, names: readonly string[]): Chunks {
    const found = new Map<string, Uint8Array>();
    for (const name of names) {
      const bytes = bytesAt(this.#databases.chunks, chunkKey(place, name));
      if (bytes !== undefined) found.set(name, bytes);
    }
    return found;
  }

  #slotOf(view: StoredView): Slot | null {
    const known = this.#slots.get(view);
    if (known !== undefined) return known;
    const id = this.#databases.meta.get(["states", view.name, view.version]) as number | undefined;
    if (id === undefined) return null;
    const prefix = Buffer.alloc(PREFIX_BYTES);
    prefix.writeUInt32BE(id);
    const slot: Slot = { prefix, absorbed: new SeldomChanging(prefix) };
    this.#slots.set(view, slot);
    return slot;
  }

  async #newSlot(view: StoredView): Promise<Slot> {
    const { root, meta } = this.#databases;
    meta.resetReadTxn();
    const known = this.#slotOf(view);
    if (known !== null) return known;
    await root.transaction(() => {
      const key = ["states", view.name, view.version];
      if (meta.get(key) !== undefined) return;
      const id = ((meta.get(["states"]) ?? 0) as number) + 1;
      meta.putSync(["states"], id);
      meta.putSync(key, id);
    });
    meta.resetReadTxn();
    return this.#slotOf(view) as Slot;
  }
}

/** Where what follows a view's states begins. */
function endOf({ prefix }: Slot): Buffer {
  const end = Buffer.alloc(PREFIX_BYTES);
  end.writeUInt32BE(prefix.readUInt32BE() + 1);
  return end;
}

/** Where the head of an entity lies. */
function placeOf({ prefix }: Slot, key: Uint8Array): Buffer {
  const place = bytesFor(PREFIX_BYTES + key.length);
  place.set(prefix);
  place.set(key, PREFIX_BYTES);
  return place;
}

function chunkKey(place: Buffer, name: string): Buffer {
  const key = bytesFor(place.length + name.length / 2);
  key.set(place);
  key.write(name, place.length, "hex");
  return key;
}

function isSame(a: Absorbed | null, b: Absorbed | null): boolean {
  return a === null || b === null ? a === b : a.log === b.log && a.end === b.end;
}
