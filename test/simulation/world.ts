// What simulated processes stand on: a clock that is set, and a disk and stores in the middle of whose writes a process can die.
import { appendFile } from "node:fs/promises";
import { manualClock, type Clock, type ManualClock } from "../../src/time.ts";
import { openLogFile, type OpenLogFile } from "../../src/stream/log-file.ts";
import type { Doom, Fate } from "./steps.ts";
import type { OnlineStore, PublishedRow } from "../../src/online/store.ts";
import type { Registry } from "../../src/online/registry.ts";
import type { StateStore } from "../../src/online/state-store.ts";

/** What a process meets that has died. */
export class Death extends Error {
  constructor() {
    super("the process died");
  }
}

/** A machine that goes on while its processes die. */
export class World {
  readonly clock: ManualClock = manualClock(0);
  /** How the process that takes events dies next; null: it lives. */
  doom: Doom | null = null;
  #isDead = false;
  #absorbed = 0;
  #whenDead: (() => void)[] = [];

  /** The process that takes events is gone; what it had not finished fails. */
  get isDead(): boolean {
    return this.#isDead;
  }

  /** Resolves with null when it dies. */
  died(): Promise<null> {
    return new Promise((resolve) => this.#whenDead.push(() => resolve(null)));
  }

  /** A new process begins. */
  revive(): void {
    this.#isDead = false;
    this.#whenDead = [];
    this.#absorbed = 0;
    this.doom = null;
  }

  readonly openFile: OpenLogFile = async (path, length) => {
    const file = await openLogFile(path, length);
    return {
      append: async (bytes) => {
        this.#refuseDead();
        if (this.doom?.death === "torn") {
          await appendFile(path, bytes.subarray(0, Math.floor((bytes.length * this.doom.share) / 100)));
          this.#die();
        }
        await file.append(bytes);
        if (this.doom?.death === "unanswered") this.#die();
      },
      close: () => file.close(),
    };
  };

  /** A store of states as the process that takes events sees it. */
  statesOf(store: StateStore): StateStore {
    return {
      states: (reads) => store.states(reads),
      keys: (view, after, limit) => store.keys(view, after, limit),
      absorbed: (view) => store.absorbed(view),
      drop: (view) => store.drop(view),
      absorb: async (absorptions) => {
        this.#refuseDead();
        if (this.doom?.death === "unabsorbed" && this.#absorbed++ >= this.doom.share % 3) this.#die();
        await store.absorb(absorptions);
      },
    };
  }

  #die(): never {
    this.#isDead = true;
    for (const tell of this.#whenDead) tell();
    throw new Death();
  }

  #refuseDead(): void {
    if (this.#isDead) throw new Death();
  }
}

/** A process that refreshes, with the clock and the store as it sees them until it dies. `rows`: for how many a row of its fate stands. */
export class Refresher {
  readonly clock: Clock;
  readonly store: OnlineStore;
  #left: number;
  readonly #fate: Fate | null;

  constructor(clock: Clock, store: OnlineStore, fate: Fate | null, rows: number) {
    this.#fate = fate;
    this.#left = (fate?.after ?? Infinity) * (fate?.at === "row" ? rows : 1);
    this.clock = { now: () => (this.#live("look"), clock.now()) };
    const publish: OnlineStore["publish"] = (view, run, rows, _) => store.publish(view, run, this.#rows(rows as Iterable<PublishedRow>), this.clock);
    this.store = seenAs(store, { publish });
  }

  get isDead(): boolean {
    return this.#left < 0;
  }

  *#rows(rows: Iterable<PublishedRow>): Generator<PublishedRow> {
    for (const row of rows) {
      this.#live("row");
      yield row;
    }
  }

  /** The dead do nothing any more. */
  #live(at: Fate["at"]): void {
    if (!this.isDead && (this.#fate?.at !== at || --this.#left >= 0)) return;
    throw new Death();
  }
}

/** A registry whose process dies when it writes: before it is written, or once it is, without an answer. */
export function mortalRegistry(registry: Registry, death: "before" | "after" | null): Registry {
  return {
    read: () => registry.read(),
    write: async (next, from) => {
      if (death === "before") throw new Death();
      const written = await registry.write(next, from);
      if (death === "after") throw new Death();
      return written;
    },
  };
}

/** A store with some of its parts in other hands. */
export function seenAs(store: OnlineStore, parts: Partial<OnlineStore>): OnlineStore {
  return {
    states: store.states,
    registry: store.registry,
    read: (reads, at) => store.read(reads, at),
    publish: (view, run, rows, clock) => store.publish(view, run, rows, clock),
    recordBackfill: (view, runs) => store.recordBackfill(view, runs),
    rollback: (view, clock) => store.rollback(view, clock),
    newestMove: (view) => store.newestMove(view),
    record: (view) => store.record(view),
    runs: (view) => store.runs(view),
    scan: (view, at) => store.scan(view, at),
    close: () => store.close(),
    ...parts,
  };
}
