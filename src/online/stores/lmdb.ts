// The embedded online store: one folder of this machine, one writer at a time, any number of reading processes (LMDB).
import { LmdbRegistry } from "./lmdb-registry.ts";
import { LmdbStates } from "./lmdb-states.ts";
import { openDatabases, type MetaKey, type OpenDatabases } from "./lmdb-databases.ts";
import { SeldomChanging, type Root, type Table } from "./lmdb-file.ts";
import { begun, narrowed, newestMove, published, readableAt, rolledBack, NO_POINTER, type Pointer } from "../pointer.ts";
import { KeptKeys } from "../kept-keys.ts";
import { publishRun, type RunWriter } from "../publish-run.ts";
import { decodeVersions, encodeVersions, seenRow } from "../row-versions.ts";
import type { KeyChange, StoredAbove, StoredKey } from "../run-changes.ts";
import { refuseBehind, refuseLocked, refuseLost, refuseMoved, untilHolds } from "../publish-guard.ts";
import { releaseLock, takeLock, type WriterLock } from "../writer-lock.ts";
import { systemClock, MILLISECOND, type Clock, type Micros } from "../../time.ts";
import type { Move, RefreshRecord, Run } from "../../plan/record.ts";
import type { NewRun, OnlineStore, Published, PublishedRow, RowFound, RowRead, StoredView } from "../store.ts";
import type { Registry } from "../registry.ts";
import type { StateStore } from "../state-store.ts";

/** How an embedded store is opened. */
export interface LmdbOptions {
  /** The folder; made if it is missing. */
  readonly path: string;
  /** Address space (not memory) that is set aside, in bytes; a store that outgrows it is mapped anew. 256 GiB by default. */
  readonly mapBytes?: number;
  /** By how much a move's `from` lies ahead of the clock; by default 50 ms on the machine's clock, 0 on any other. */
  readonly lead?: Micros;
}

const SYSTEM_LEAD: Micros = 50 * MILLISECOND;
/** Stored keys that are read at once while a run is merged with them. */
const CHUNK = 2000;
const PREFIX_BYTES = 4;

/** A store that answers at once where T is known, and always: it lies in memory that is mapped. */
export interface EmbeddedStore extends OnlineStore {
  read(reads: readonly RowRead[], at: Micros): readonly (RowFound | null)[];
  read(reads: readonly RowRead[], at: Micros | Promise<Micros>): readonly (RowFound | null)[] | Promise<readonly (RowFound | null)[]>;
}

/** Opens an embedded store. Throws a `StoreError` where the folder cannot be used or has another format. */
export async function openLmdb(options: LmdbOptions): Promise<EmbeddedStore> {
  return new LmdbStore(await openDatabases(options.path, options.mapBytes), options.lead ?? null);
}

/** What a publish begins from. */
interface Start {
  readonly slot: Slot;
  readonly before: Pointer;
  readonly tick: Micros;
  readonly clock: Clock;
  readonly where: string;
}

/** A view as this process knows it. */
interface Slot {
  readonly id: number;
  readonly prefix: Buffer;
  readonly pointer: SeldomChanging<Pointer>;
  /** What the last run that this process published left. */
  kept: KeptKeys | null;
}

/**
 * Why no reader answers T >= `from` with the run before, where `late` is 0. A reader asks the clock for T and then takes its
 * snapshot. If that snapshot does not hold the move, it was taken before the move became visible, so T lies before then.
 * `from` is the clock inside the final transaction plus the lead; after the commit the clock is asked again, and the move
 * became visible before that. If it still shows less than `from`, T < `from`. A commit that outlives the lead is told
 * as `late`. Processes of one machine share one clock; with a lead of 0 and a clock that stands still, publish before
 * requests of the same moment.
 */
class LmdbStore implements EmbeddedStore {
  readonly states: StateStore;
  readonly registry: Registry;
  readonly #open: OpenDatabases;
  readonly #root: Root;
  readonly #meta: Table<unknown, MetaKey>;
  readonly #rows: Table<Buffer, Buffer>;
  readonly #lead: Micros | null;
  /** By view object first, since plans hold on to theirs; then by name and version. */
  readonly #slots: WeakMap<StoredView, Slot> = new WeakMap();

  constructor(open: OpenDatabases, lead: Micros | null) {
    const { root, meta, rows } = open.databases;
    this.states = new LmdbStates(open.databases);
    this.registry = new LmdbRegistry(root, meta);
    this.#open = open;
    this.#root = root;
    this.#meta = meta;
    this.#rows = rows;
    this.#lead = lead;
  }

  read(reads: readonly RowRead[], at: Micros): readonly (RowFound | null)[];
  read(reads: readonly RowRead[], at: Micros | Promise<Micros>): readonly (RowFound | null)[] | Promise<readonly (RowFound | null)[]>;
  read(reads: readonly RowRead[], at: Micros | Promise<Micros>): readonly (RowFound | null)[] | Promise<readonly (RowFound | null)[]> {
    if (at instanceof Promise) return at.then((moment) => this.read(reads, moment));
    this.#rows.resetReadTxn(); // a new snapshot; all reads up to the next turn of the event loop share it
    const pointers = new Map<Slot, Pointer>();
    return reads.map(({ view, key }) => {
      const slot = this.#slotOf(view);
      if (slot === null) return null;
      let pointer = pointers.get(slot);
      if (pointer === undefined) pointers.set(slot, (pointer = this.#pointer(slot)));
      const move = readableAt(pointer, at);
      if (move === null) return null;
      const bytes = this.#rows.getBinaryFast(Buffer.concat([slot.prefix, key]));
      return { move, row: bytes === undefined ? null : seenRow(bytes, bytes.length, move.run) };
    });
  }

  async publish(view: StoredView, run: NewRun, rows: AsyncIterable<PublishedRow> | Iterable<PublishedRow>, clock: Clock): Promise<Published> {
    const slot = await this.#newSlot(view);
    await untilHolds(clock, newestMove(this.#freshPointer(slot)));
    const before = this.#freshPointer(slot);
    const start = { slot, before, tick: run.tick, clock, where: `view ${view.name}` };
    this.#next(start);
    const stored = slot.kept?.stored(before) ?? ((above): readonly StoredKey[] => this.#chunk(slot, above));
    slot.kept = null;
    const kept = new KeptKeys(before);
    const lock = takeLock();
    try {
      const done = await publishRun(this.#writer(start, stored, lock), run, rows, clock, kept);
      slot.kept = kept;
      return done;
    } finally {
      releaseLock(lock);
    }
  }

  #writer(start: Start, stored: StoredAbove, lock: WriterLock): RunWriter {
    const { slot, before } = start;
    return {
      before,
      stored,
      begin: () => this.#begin(start, lock),
      write: (batch) => this.#write(start, lock, batch),
      finish: (run) => this.#finish(start, lock, run),
      atOnce: (batch, run) => this.#publishAtOnce(start, batch, run),
      abandon: () => this.#atomically(() => this.#unlock(slot, lock)),
      flushed: () => this.#root.flushed,
    };
  }

  /** The pointer with one run more begun, in the transaction or snapshot at hand, if it is still as it was before. */
  #next({ slot, before, tick, clock, where }: Start): Pointer {
    refuseLocked(this.#lock(slot), where);
    const pointer = this.#pointer(slot);
    refuseMoved(before, pointer, where);
    const next = begun(pointer, tick, where);
    refuseBehind(clock, newestMove(pointer), where);
    return next;
  }

  /** A run whose changes are one batch: its rows, its record and the move in one transaction. */
  #publishAtOnce(start: Start, batch: readonly KeyChange[], run: Run): Promise<Move> {
    const { slot, clock } = start;
    return this.#atomically(() => {
      const next = this.#next(start);
      this.#putRows(slot, batch);
      return this.#moveTo(slot, next, run, clock);
    });
  }

  /** Takes the lock and a number for the run. */
  #begin(start: Start, lock: WriterLock): Promise<void> {
    return this.#atomically(() => {
      this.#putPointer(start.slot, this.#next(start));
      this.#meta.putSync(["lock", start.slot.id], lock);
    });
  }

  /** Writes one batch; the first takes the rows of the run before the current one. */
  #write({ slot, where }: Start, lock: WriterLock, batch: readonly KeyChange[]): Promise<void> {
    return this.#atomically(() => {
      refuseLost(this.#lock(slot), lock, where);
      const pointer = this.#pointer(slot);
      if (pointer.readable.length > 1) this.#putPointer(slot, narrowed(pointer));
      this.#putRows(slot, batch);
    });
  }

  #putRows(slot: Slot, batch: readonly KeyChange[]): void {
    for (const { key, versions } of batch) {
      const stored = Buffer.concat([slot.prefix, key]);
      if (versions.length === 0) this.#rows.removeSync(stored);
      else this.#rows.putSync(stored, encodeVersions(versions));
    }
  }

  /** Records the run, moves the pointer and gives the lock back in one transaction. */
  #finish({ slot, clock, where }: Start, lock: WriterLock, run: Run): Promise<Move> {
    return this.#atomically(() => {
      refuseLost(this.#lock(slot), lock, where);
      this.#unlock(slot, lock);
      return this.#moveTo(slot, this.#pointer(slot), run, clock);
    });
  }

  /** Within a transaction: the run's record, and the move to it. */
  #moveTo(slot: Slot, pointer: Pointer, run: Run, clock: Clock): Move {
    this.#meta.putSync(["run", slot.id, run.run], run);
    return this.#move(slot, published(pointer, { from: this.#from(clock), run: run.run, tick: run.tick, kind: "publish" }));
  }

  async rollback(view: StoredView, clock: Clock): Promise<Move> {
    const where = `view ${view.name}`;
    const slot = await this.#newSlot(view);
    const move = await this.#atomically(() => {
      refuseLocked(this.#lock(slot), where);
      const tickOf = (run: number): Micros => (this.#meta.get(["run", slot.id, run]) as Run).tick;
      return this.#move(slot, rolledBack(this.#pointer(slot), tickOf, this.#from(clock), where));
    });
    await this.#root.flushed;
    await untilHolds(clock, move);
    return move;
  }

  async recordBackfill(view: StoredView, runs: readonly Omit<Run, "run">[]): Promise<void> {
    const slot = await this.#newSlot(view);
    await this.#atomically(() => {
      let pointer = this.#pointer(slot);
      for (const run of runs) {
        this.#meta.putSync(["run", slot.id, pointer.nextRun], { ...run, run: pointer.nextRun });
        pointer = { ...pointer, nextRun: pointer.nextRun + 1 };
      }
      this.#putPointer(slot, pointer);
    });
    await this.#root.flushed;
  }

  record(view: StoredView): Promise<RefreshRecord> {
    return Promise.resolve({ view: view.name, version: view.version, moves: this.#list<Move>("move", view) });
  }

  newestMove(view: StoredView): Promise<Move | null> {
    this.#meta.resetReadTxn();
    const slot = this.#slotOf(view);
    return Promise.resolve(slot === null ? null : newestMove(this.#freshPointer(slot)));
  }

  runs(view: StoredView): Promise<readonly Run[]> {
    return Promise.resolve(this.#list<Run>("run", view));
  }

  async *scan(view: StoredView, at: Micros): AsyncGenerator<PublishedRow> {
    this.#rows.resetReadTxn();
    const slot = this.#slotOf(view);
    const move = slot === null ? null : readableAt(this.#pointer(slot), at);
    if (slot === null || move === null) return;
    for (const { key, value } of this.#rows.getRange({ start: slot.prefix, exclusiveStart: true, end: prefixOf(slot.id + 1) })) {
      const row = seenRow(value, value.length, move.run);
      if (row !== null) yield { key: key.subarray(PREFIX_BYTES), row };
    }
  }

  close(): Promise<void> {
    return this.#open.release();
  }

  /** Runs `writes` in one transaction, all or none: a plain transaction of lmdb keeps what was written before a throw. */
  #atomically<T>(writes: () => T): Promise<T> {
    return this.#root.childTransaction(writes);
  }

  /** The view's slot; null where it has none in this store yet. */
  #slotOf(view: StoredView): Slot | null {
    const known = this.#slots.get(view);
    if (known !== undefined) return known;
    const id = this.#meta.get(["view", view.name, view.version]) as number | undefined;
    if (id === undefined) return null;
    const prefix = prefixOf(id);
    const slot: Slot = { id, prefix, pointer: new SeldomChanging(prefix), kept: null };
    this.#slots.set(view, slot);
    return slot;
  }

  async #newSlot(view: StoredView): Promise<Slot> {
    this.#meta.resetReadTxn();
    const known = this.#slotOf(view);
    if (known !== null) return known;
    await this.#atomically(() => {
      const key = ["view", view.name, view.version];
      if (this.#meta.get(key) !== undefined) return;
      const id = ((this.#meta.get(["views"]) ?? 0) as number) + 1;
      this.#meta.putSync(["views"], id);
      this.#meta.putSync(key, id);
    });
    this.#meta.resetReadTxn();
    return this.#slotOf(view) as Slot;
  }

  /** The pointer in the snapshot, or in the write transaction, at hand. */
  #pointer(slot: Slot): Pointer {
    return slot.pointer.read(this.#rows) ?? NO_POINTER;
  }

  #freshPointer(slot: Slot): Pointer {
    this.#rows.resetReadTxn();
    return this.#pointer(slot);
  }

  #putPointer(slot: Slot, pointer: Pointer): void {
    slot.pointer.write(this.#rows, pointer);
  }

  /** Writes a pointer that has just moved, and its newest move into the record. */
  #move(slot: Slot, pointer: Pointer): Move {
    const move = newestMove(pointer) as Move;
    this.#putPointer(slot, pointer);
    this.#meta.putSync(["move", slot.id, pointer.moved], move);
    return move;
  }

  #from(clock: Clock): Micros {
    return clock.now() + (this.#lead ?? (clock === systemClock ? SYSTEM_LEAD : 0));
  }

  #chunk(slot: Slot, above: Uint8Array | null): readonly StoredKey[] {
    const start = above === null ? slot.prefix : Buffer.concat([slot.prefix, above]);
    this.#rows.resetReadTxn();
    return [...this.#rows.getRange({ start, exclusiveStart: true, end: prefixOf(slot.id + 1), limit: CHUNK })].map(({ key, value }) => ({
      key: key.subarray(PREFIX_BYTES),
      versions: decodeVersions(value), // a copy already
    }));
  }

  #list<T>(kind: "move" | "run", view: StoredView): T[] {
    this.#meta.resetReadTxn();
    const slot = this.#slotOf(view);
    if (slot === null) return [];
    return [...this.#meta.getRange({ start: [kind, slot.id], end: [kind, slot.id + 1] })].map(({ value }) => value as T);
  }

  #lock(slot: Slot): WriterLock | null {
    return (this.#meta.get(["lock", slot.id]) as WriterLock | undefined) ?? null;
  }

  #unlock(slot: Slot, mine: WriterLock): void {
    if (this.#lock(slot)?.token === mine.token) this.#meta.removeSync(["lock", slot.id]);
  }
}

function prefixOf(id: number): Buffer {
  const prefix = Buffer.allocUnsafe(PREFIX_BYTES);
  prefix.writeUInt32BE(id);
  return prefix;
}
