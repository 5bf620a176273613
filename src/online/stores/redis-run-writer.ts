// Writes one run of a view into Redis, partition by partition, and moves the pointer once all of it is there.
import { Commands, type RedisLayout } from "./redis-layout.ts";
import { begun, narrowed, newestMove, published, type Pointer } from "../pointer.ts";
import { idsOf, isWhole, withIds, NO_REDIS_POINTER, type RedisPointer, type StoredPointer, type WholeRuns } from "./redis-pointer.ts";
import { encodeVersions } from "../row-versions.ts";
import { hostname } from "node:os";
import { isHeld, releaseLock, takeLock, type WriterLock } from "../writer-lock.ts";
import { refuseBehind } from "../publish-guard.ts";
import { StoreError } from "../../errors.ts";
import type { Clock, Micros } from "../../time.ts";
import type { KeyChange, StoredAbove } from "../run-changes.ts";
import type { Move, Run } from "../../plan/record.ts";
import type { RedisClient } from "./redis-client.ts";
import type { RunWriter } from "../publish-run.ts";
import type { StoredView } from "../store.ts";

/** A publisher that says nothing for so long is taken for dead. */
const LOCK_MS = 10_000;
const RENEW_MS = 2000;

/** What a run is written with. */
export interface RunSite {
  readonly client: RedisClient;
  readonly layout: RedisLayout;
  readonly view: StoredView;
  readonly clock: Clock;
  /** The `from` of a move that is made now. */
  from(): Micros;
}

/**
 * 1. The writer claims the view before any stored row is read: it moves the guard of each partition on. So whoever began before is refused
 * by each guard, and so is this run where a server, failed over, lost anything after that: what is written is made for what is there.
 * From the claim on only the current run is readable. 2. Rows are written, each batch if the guard of its partition is still ours.
 * 3. `finish` adds the run to what is whole in the other partitions, and then, in one script, records it and moves the pointer. The lock
 * only tells others early; guards are what keeps them out.
 */
export class RedisRunWriter implements RunWriter {
  readonly before: RedisPointer;
  readonly stored: StoredAbove;
  readonly atOnce: RunWriter["atOnce"];
  readonly #site: RunSite;
  readonly #lock: WriterLock = takeLock();
  /** What the guard of each partition holds, as this run left it. */
  readonly #guards: string[];
  /** Which runs were whole in each partition when it was claimed. */
  readonly #whole: (readonly number[])[] = [];
  readonly #renewing: NodeJS.Timeout;

  private constructor(site: RunSite, before: StoredPointer, stored: StoredAbove) {
    this.#site = site;
    this.before = before.pointer;
    this.stored = stored;
    this.#guards = [before.text];
    this.atOnce = site.layout.partitions === 1 ? (batch, run): Promise<Move> => this.#publishAtOnce(batch, run) : null;
    this.#renewing = setInterval(() => this.#renew(), RENEW_MS).unref();
  }

  /** Claims a view for a run of a tick. Throws where it may not be published, or another process does. */
  static async claim(site: RunSite, before: StoredPointer, tick: Micros, stored: StoredAbove): Promise<RedisRunWriter> {
    const where = `view ${site.view.name}`;
    await refuseHeld(site, where);
    const next = withIds(narrowed(begun(before.pointer, tick, where)), before.pointer);
    refuseBehind(site.clock, newestMove(before.pointer), where);
    const writer = new RedisRunWriter(site, before, stored);
    try {
      await writer.#claim(next);
    } catch (error) {
      await writer.abandon();
      throw error;
    }
    return writer;
  }

  async #claim(next: RedisPointer): Promise<void> {
    const { client, layout, view } = this.#site;
    const lock = new Commands().add("SET", layout.of(view, "lock", 0), this.#lockText, "PX", String(LOCK_MS));
    // with whose it is: after a failover that lost a claim another may be made of the same pointer
    await this.#write(0, JSON.stringify({ ...next, by: this.#lock.token }), lock);
    await this.#inOthers(async (partition) => {
      const [stored] = await client.values([layout.of(view, "pointer", partition)], "writer");
      this.#guards[partition] = stored?.toString() ?? "";
      const part = stored ? (JSON.parse(stored.toString()) as WholeRuns) : NO_REDIS_POINTER;
      const whole = next.readable.filter((run) => isWhole(part, next, run));
      this.#whole[partition] = whole;
      await this.#write(partition, this.#wholeText(whole), new Commands());
    });
  }

  begin(): Promise<void> {
    return Promise.resolve(); // it is claimed
  }

  async write(batch: readonly KeyChange[]): Promise<void> {
    const { layout } = this.#site;
    const parts = new Map<number, KeyChange[]>();
    for (const change of batch) {
      const partition = layout.partitionOf(change.key);
      const mine = parts.get(partition);
      if (mine === undefined) parts.set(partition, [change]);
      else mine.push(change);
    }
    await Promise.all([...parts].map(([partition, changes]) => this.#write(partition, this.#guards[partition] as string, this.#rows(partition, changes))));
  }

  async finish(run: Run): Promise<Move> {
    await this.#inOthers((partition) => this.#write(partition, this.#wholeText([...(this.#whole[partition] ?? []), run.run]), new Commands()));
    return this.#publishAtOnce([], run);
  }

  async abandon(): Promise<void> {
    this.#end();
    const { client, layout, view } = this.#site;
    const lock = layout.of(view, "lock", 0);
    const [held] = await client.values([lock], "writer").catch(() => [null]); // if it cannot be given back now, it ends by itself
    if (held?.toString() === this.#lockText) await client.remove([lock]).catch(() => undefined);
  }

  flushed(): Promise<void> {
    return Promise.resolve(); // how much of what it has acknowledged a Redis may lose is set there
  }

  /** The last changes of partition 0, the run's record and the move in one script. */
  async #publishAtOnce(batch: readonly KeyChange[], run: Run): Promise<Move> {
    const pointer = JSON.parse(this.#guards[0] as string) as RedisPointer;
    const move: Move = { from: this.#site.from(), run: run.run, tick: run.tick, kind: "publish" };
    const next = withIds(published(pointer, move), pointer, { [run.run]: this.#lock.token });
    await this.#write(0, JSON.stringify(next), moved(this.#site, next, run, this.#rows(0, batch)));
    this.#end();
    return newestMove(next) as Move;
  }

  #rows(partition: number, changes: readonly KeyChange[]): Commands {
    const { layout, view } = this.#site;
    const place = ({ key }: KeyChange): string => layout.entity(view, "row", partition, key);
    const kept = changes.filter(({ versions }) => versions.length > 0);
    const gone = changes.filter(({ versions }) => versions.length === 0);
    return new Commands()
      .set(kept.map((change) => [place(change), encodeVersions(change.versions)] as const))
      .remove(gone.map(place))
      .index(
        layout.of(view, "rowKeys", partition),
        kept.filter(({ isNew }) => isNew).map(({ key }) => key),
        gone.map(({ key }) => key),
      );
  }

  get #lockText(): string {
    return JSON.stringify({ ...this.#lock, host: hostname() });
  }

  /** What a partition other than the first says, and who wrote it, so that no two write the same. */
  #wholeText(readable: readonly number[]): string {
    const { token } = this.#lock;
    return JSON.stringify({ readable, ids: idsOf(readable, { ...this.before.ids, [this.before.nextRun]: token }), by: token });
  }

  async #inOthers(work: (partition: number) => Promise<void>): Promise<void> {
    const others = Array.from({ length: this.#site.layout.partitions - 1 }, (_, i) => i + 1);
    await Promise.all(others.map(work));
  }

  /** Writes to a partition if its guard is as this run left it. */
  async #write(partition: number, next: string, commands: Commands): Promise<void> {
    const { client, layout, view } = this.#site;
    const guard = layout.of(view, "pointer", partition);
    const held = await client.write({ guard, expected: this.#guards[partition] as string, next, commands: commands.list });
    if (held !== null) throw claimLost(`view ${view.name}`);
    this.#guards[partition] = next;
  }

  #renew(): void {
    const { client, layout, view } = this.#site;
    const lock = layout.of(view, "lock", 0);
    const text = this.#lockText;
    const commands = new Commands().add("PEXPIRE", lock, String(LOCK_MS)).list;
    void client.write({ guard: lock, expected: text, next: text, commands }).catch(() => undefined); // the next time, or it ends
  }

  #end(): void {
    clearInterval(this.#renewing);
    releaseLock(this.#lock);
  }
}

/** Adds the record of a move, and of the run that it moves to, to what is written with it. */
export function moved({ layout, view }: Pick<RunSite, "layout" | "view">, next: Pointer, run: Run | null, commands: Commands): Commands {
  if (run !== null) commands.add("HSET", layout.of(view, "runs", 0), String(run.run), JSON.stringify(run));
  return commands.add("RPUSH", layout.of(view, "moves", 0), JSON.stringify(newestMove(next))).remove([layout.of(view, "lock", 0)]);
}

/** Throws where another process publishes a view. One of this machine that died does not. */
export async function refuseHeld({ client, layout, view }: Pick<RunSite, "client" | "layout" | "view">, where: string): Promise<void> {
  const [stored] = await client.values([layout.of(view, "lock", 0)], "writer");
  if (stored === null || stored === undefined) return;
  const lock = JSON.parse(stored.toString()) as WriterLock & { readonly host: string };
  if (lock.host === hostname() && !isHeld(lock)) return;
  throw new StoreError({
    code: "STORE_LOCKED",
    what: `process ${lock.pid} of ${lock.host} is publishing it`,
    where,
    cure: `Wait until that has ended, or end it: what it has written is harmless, and ${LOCK_MS / 1000} s later the view is free`,
  });
}

/** What to throw where a guard is not as it was left. */
export function claimLost(where: string): StoreError {
  return new StoreError({
    code: "STORE_MOVED",
    what: "another process published it, or rolled it back, at the same time, or the server lost what was written",
    where,
    cure: "Readers are where they were: materialize again",
  });
}
