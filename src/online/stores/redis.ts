// The online store in Redis: rows of runs behind a pointer, in partitions that each say which runs are whole in them.
import { Commands, RedisLayout } from "./redis-layout.ts";
import { newestMove, readableAt, rolledBack } from "../pointer.ts";
import { isWhole, withIds, NO_REDIS_POINTER, type RedisPointer, type StoredPointer, type WholeRuns } from "./redis-pointer.ts";
import { decodeVersions, seenRow, type TakeRow } from "../row-versions.ts";
import { nextKeys, type PlacedKey } from "./redis-index.ts";
import { Parsed } from "../parsed.ts";
import { publishRun } from "../publish-run.ts";
import { evictionCheck } from "./redis-checks.ts";
import { orNull, RedisClient, type Stored } from "./redis-client.ts";
import { RedisRegistry } from "./redis-registry.ts";
import { claimLost, moved, refuseHeld, RedisRunWriter } from "./redis-run-writer.ts";
import { RedisStates } from "./redis-states.ts";
import { untilHolds } from "../publish-guard.ts";
import { systemClock, type Clock, type Micros } from "../../time.ts";
import { StoreError } from "../../errors.ts";
import type { Move, RefreshRecord, Run } from "../../plan/record.ts";
import {
  UNREACHED,
  type NewRun,
  type OnlineStore,
  type Published,
  type PublishedRow,
  type RowFound,
  type RowRead,
  type StoredView,
  type Unreached,
} from "../store.ts";
import type { RedisConfig } from "../../define/redis.ts";
import type { Registry } from "../registry.ts";
import type { Reading, StateStore } from "../state-store.ts";
import type { StoredKey } from "../run-changes.ts";

/** Stored keys that are read at once while a run is merged with them. */
const CHUNK = 2000;
/** A request reads again where a publish went on between its reads of two partitions. */
const READS = 3;

/** Opens a store in Redis; it connects meanwhile. Throws a `StoreError` where ioredis is not installed. */
export async function openRedis(config: RedisConfig): Promise<OnlineStore> {
  return new RedisStore(config, await RedisClient.open(config));
}

/** What a partition holds of a view, as it was read last: partition 0 its pointer, the others their copy of what is readable. */
interface Part {
  readonly parsed: Parsed<WholeRuns>;
}

/** What was read of one partition at one moment. */
interface PartRead {
  readonly pointers: ReadonlyMap<StoredView, WholeRuns>;
  readonly rows: readonly Stored[];
}

/** A stored row, and what its partition says. */
interface PlacedRow {
  readonly key: Buffer;
  readonly stored: Stored;
  readonly part: WholeRuns;
}

/**
 * Why no reader mixes runs. 1. The pointer in partition 0 alone says which run holds at T. 2. A partition is read by one command, its
 * rows with its word of which runs are whole in it, and a row is used only if the run is among them: a server that lost its last
 * writes says so itself. 3. That word is changed before a row of a run that is readable is written over, and after all rows of a new run
 * are written. With one partition the pointer is that word. 4. Why nobody answers T >= `from` with the run before is told in `lateness`:
 * a reader asks the clock before it reads, so its T, and the clock of who feeds the states that raise it, may be ahead of the publisher's by
 * less than the lead.
 */
class RedisStore implements OnlineStore {
  readonly states: StateStore;
  readonly registry: Registry;
  readonly #client: RedisClient;
  readonly #layout: RedisLayout;
  readonly #lead: Micros;
  readonly #parts: WeakMap<StoredView, Part[]> = new WeakMap();
  readonly #check: () => Promise<void>;

  constructor(config: RedisConfig, client: RedisClient) {
    this.#client = client;
    this.#layout = new RedisLayout(config.prefix, config.partitions);
    this.#lead = config.lead;
    this.#check = evictionCheck(client);
    this.states = new RedisStates(client, this.#layout, this.#check);
    this.registry = new RedisRegistry(client, this.#layout);
  }

  async read(reads: readonly RowRead[], at: Micros | Promise<Micros>): Promise<readonly (RowFound | Unreached | null)[]> {
    if (this.#layout.partitions === 1) return this.#readAtOnce(reads, at);
    for (let left = READS; ; left--) {
      const { found, isTorn } = await this.#readOnce(reads, at);
      if (!isTorn || left === 1) return found;
    }
  }

  /** With one partition one command reads all, and the pointer in it says what is whole. */
  async #readAtOnce(reads: readonly RowRead[], at: Micros | Promise<Micros>): Promise<readonly (RowFound | Unreached | null)[]> {
    const views = [...new Set(reads.map(({ view }) => view))];
    const keys = reads.map(({ view, key }) => this.#layout.entity(view, "row", 0, key));
    const part = await this.#readPart(0, views, keys, "request").catch(orNull);
    if (part === null) return reads.map(() => UNREACHED);
    const moment = await at;
    const moves = new Map(views.map((view) => [view, readableAt(part.pointers.get(view) as RedisPointer, moment)]));
    return reads.map(({ view }, i) => foundAt(moves.get(view) ?? null, part.rows[i] ?? null));
  }

  /** Reads all partitions at once; torn where the pointer shows a run that a partition does not have, or has no more. */
  async #readOnce(
    reads: readonly RowRead[],
    at: Micros | Promise<Micros>,
  ): Promise<{ readonly found: (RowFound | Unreached | null)[]; readonly isTorn: boolean }> {
    const places = reads.map(({ key }) => this.#layout.partitionOf(key));
    const views = new Set(reads.map(({ view }) => view));
    const ofPart = new Map<number, number[]>([[0, []]]);
    places.forEach((place, i) => {
      const mine = ofPart.get(place);
      if (mine === undefined) ofPart.set(place, [i]);
      else mine.push(i);
    });
    const parts = new Map<number, PartRead | null>();
    const readPart = async ([partition, mine]: readonly [number, readonly number[]]): Promise<void> => {
      const asked = partition === 0 ? [...views] : [...new Set(mine.map((i) => (reads[i] as RowRead).view))];
      const keys = mine.map((i) => this.#layout.entity((reads[i] as RowRead).view, "row", partition, (reads[i] as RowRead).key));
      parts.set(partition, await this.#readPart(partition, asked, keys, "request").catch(orNull));
    };
    await Promise.all([...ofPart].map(readPart));
    const moment = await at;
    const pointers = (parts.get(0)?.pointers ?? null) as ReadonlyMap<StoredView, RedisPointer> | null;
    const found: (RowFound | Unreached | null)[] = reads.map(() => (pointers === null ? UNREACHED : null));
    let isTorn = false;
    for (const [partition, mine] of pointers === null ? [] : ofPart) {
      const part = parts.get(partition) ?? null;
      mine.forEach((i, row) => {
        if (part === null) {
          found[i] = UNREACHED;
          return;
        }
        const { view } = reads[i] as RowRead;
        const pointer = pointers?.get(view) as RedisPointer;
        const move = readableAt(pointer, moment);
        if (move === null) return;
        if (!isWhole(part.pointers.get(view) as WholeRuns, pointer, move.run)) isTorn = true;
        else found[i] = foundAt(move, part.rows[row] ?? null);
      });
    }
    return { found, isTorn };
  }

  async #readPart(partition: number, views: readonly StoredView[], rows: readonly string[], who: Reading): Promise<PartRead> {
    const values = await this.#client.values([...views.map((view) => this.#layout.of(view, "pointer", partition)), ...rows], who);
    return { pointers: new Map(views.map((view, i) => [view, this.#parsed(view, partition, values[i] ?? null)])), rows: values.slice(views.length) };
  }

  async publish(view: StoredView, run: NewRun, rows: AsyncIterable<PublishedRow> | Iterable<PublishedRow>, clock: Clock): Promise<Published> {
    await this.#check();
    await untilHolds(clock, await this.newestMove(view));
    const site = { client: this.#client, layout: this.#layout, view, clock, from: (): Micros => this.#from(clock) };
    const writer = await RedisRunWriter.claim(site, await this.#pointer(view), run.tick, (above) => this.#chunk(view, above));
    try {
      return await publishRun(writer, run, rows, clock, null);
    } catch (error) {
      await writer.abandon(); // where its rows fail before the first is written
      throw error;
    }
  }

  async rollback(view: StoredView, clock: Clock): Promise<Move> {
    const where = `view ${view.name}`;
    const site = { client: this.#client, layout: this.#layout, view };
    await refuseHeld(site, where);
    const { pointer, text } = await this.#pointer(view);
    const runs = await this.runs(view);
    const parts = await Promise.all(Array.from({ length: this.#layout.partitions }, (_, partition) => this.#readPart(partition, [view], [], "writer")));
    const readable = pointer.readable.filter((run) => parts.every((part) => isWhole(part.pointers.get(view) as WholeRuns, pointer, run)));
    const back = rolledBack({ ...pointer, readable }, (run) => (runs.find((one) => one.run === run) as Run).tick, this.#from(clock), where);
    const next = withIds(back, pointer);
    await this.#writePointer(view, text, next, moved(site, next, null, new Commands()));
    const move = newestMove(next) as Move;
    await untilHolds(clock, move);
    return move;
  }

  async recordBackfill(view: StoredView, runs: readonly Omit<Run, "run">[]): Promise<void> {
    const { pointer, text } = await this.#pointer(view);
    const commands = new Commands();
    runs.forEach((run, i) => {
      const numbered: Run = { ...run, run: pointer.nextRun + i };
      commands.add("HSET", this.#layout.of(view, "runs", 0), String(numbered.run), JSON.stringify(numbered));
    });
    await this.#writePointer(view, text, { ...pointer, nextRun: pointer.nextRun + runs.length }, commands);
  }

  async #writePointer(view: StoredView, expected: string, next: RedisPointer, commands: Commands): Promise<void> {
    const guard = this.#layout.of(view, "pointer", 0);
    const held = await this.#client.write({ guard, expected, next: JSON.stringify(next), commands: commands.list });
    if (held !== null) throw claimLost(`view ${view.name}`);
  }

  async record(view: StoredView): Promise<RefreshRecord> {
    const moves = await this.#client.list(this.#layout.of(view, "moves", 0));
    return { view: view.name, version: view.version, moves: moves.map((move) => JSON.parse(move) as Move) };
  }

  async newestMove(view: StoredView): Promise<Move | null> {
    return newestMove((await this.#pointer(view)).pointer);
  }

  async runs(view: StoredView): Promise<readonly Run[]> {
    const runs = await this.#client.hash(this.#layout.of(view, "runs", 0));
    return runs.map((run) => JSON.parse(run) as Run).toSorted((a, b) => a.run - b.run);
  }

  async *scan(view: StoredView, at: Micros): AsyncGenerator<PublishedRow> {
    const { pointer } = await this.#pointer(view);
    const move = readableAt(pointer, at);
    if (move === null) return;
    for (let after: Uint8Array | null = null; ;) {
      const placed: readonly PlacedKey[] = await nextKeys(this.#client, this.#layout, view, "rowKeys", after, CHUNK);
      for (const { key, stored, part } of await this.#rowsOf(view, placed)) {
        if (!isWhole(part, pointer, move.run)) throw movedWhileScanned(view);
        const row = stored === null ? null : seenRow(stored, stored.length, move.run, viewOf);
        if (row !== null) yield { key, row };
      }
      if (placed.length < CHUNK) return;
      after = (placed.at(-1) as PlacedKey).key;
    }
  }

  close(): Promise<void> {
    this.#client.close();
    return Promise.resolve();
  }

  async #chunk(view: StoredView, above: Uint8Array | null): Promise<readonly StoredKey[]> {
    const placed = await nextKeys(this.#client, this.#layout, view, "rowKeys", above, CHUNK);
    const rows = await this.#rowsOf(view, placed);
    return rows.map(({ key, stored }) => ({ key, versions: stored === null ? [] : decodeVersions(stored) }));
  }

  /** The stored rows of keys, and what the partition of each says. */
  async #rowsOf(view: StoredView, placed: readonly PlacedKey[]): Promise<readonly PlacedRow[]> {
    const partitions = [...new Set(placed.map(({ partition }) => partition))];
    const read = await Promise.all(
      partitions.map(async (partition) => {
        const keys = placed.flatMap((one) => (one.partition === partition ? [one.key] : []));
        const part = await this.#readPart(
          partition,
          [view],
          keys.map((key) => this.#layout.entity(view, "row", partition, key)),
          "writer",
        );
        return keys.map((key, i) => ({ key, stored: part.rows[i] ?? null, part: part.pointers.get(view) as WholeRuns }));
      }),
    );
    return read.length === 1 ? (read[0] as (typeof read)[number]) : read.flat().toSorted((a, b) => Buffer.compare(a.key, b.key));
  }

  async #pointer(view: StoredView): Promise<StoredPointer> {
    const [stored] = await this.#client.values([this.#layout.of(view, "pointer", 0)], "writer");
    return { pointer: this.#parsed(view, 0, stored ?? null) as RedisPointer, text: stored?.toString() ?? "" };
  }

  /** The pointer, in partition 0, or what is readable in another. */
  #parsed(view: StoredView, partition: number, stored: Stored): WholeRuns {
    let parts = this.#parts.get(view);
    if (parts === undefined) this.#parts.set(view, (parts = Array.from({ length: this.#layout.partitions }, () => ({ parsed: new Parsed() }))));
    return stored === null ? NO_REDIS_POINTER : (parts[partition] as Part).parsed.of(stored, stored.length);
  }

  #from(clock: Clock): Micros {
    return clock.now() + (clock === systemClock ? this.#lead : 0);
  }
}

/** A reply is nobody else's: its bytes need no copy. */
const viewOf: TakeRow = (bytes, from, to) => bytes.subarray(from, to);

/** What a reader at a move finds in stored bytes. */
function foundAt(move: Move | null, stored: Stored): RowFound | null {
  if (move === null) return null;
  return { move, row: stored === null ? null : seenRow(stored, stored.length, move.run, viewOf) };
}

function movedWhileScanned({ name }: StoredView): StoreError {
  return new StoreError({ code: "STORE_MOVED", what: "its rows were replaced while they were read", where: `view ${name}`, cure: "Read them again" });
}
