// What a simulated process stands on: a clock that is set, a log whose disk can die in the middle of a write, a store that can die before one.
import { appendFile } from "node:fs/promises";
import { manualClock, type ManualClock } from "../../src/time.ts";
import { openLogFile, type OpenLogFile } from "../../src/stream/log-file.ts";
import type { StateStore } from "../../src/online/state-store.ts";

/** Where a process dies: in the middle of a write of the log, after one that it never answered, or before it writes states. */
export const DEATHS = ["torn", "unanswered", "unabsorbed"] as const;
export type Death = (typeof DEATHS)[number];

/** A machine that goes on while its processes die. */
export class World {
  readonly clock: ManualClock = manualClock(0);
  /** How the process dies next, and how much of a torn write reaches the disk, in hundredths; null: it lives. */
  doom: { readonly death: Death; readonly share: number } | null = null;
  #isDead = false;

  /** The process is gone; what it had not finished fails. */
  get isDead(): boolean {
    return this.#isDead;
  }

  /** A new process begins. */
  revive(): void {
    this.#isDead = false;
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

  /** A store of states as the process sees it. */
  storeOf(store: StateStore): StateStore {
    return {
      states: (reads) => store.states(reads),
      absorbed: (view) => store.absorbed(view),
      drop: (view) => store.drop(view),
      absorb: async (absorptions) => {
        this.#refuseDead();
        if (this.doom?.death === "unabsorbed") this.#die();
        await store.absorb(absorptions);
      },
    };
  }

  #die(): never {
    this.#isDead = true;
    throw new Error("the process died");
  }

  #refuseDead(): void {
    if (this.#isDead) throw new Error("the process is dead");
  }
}
