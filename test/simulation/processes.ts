// The processes of a history: a world that they share, and the store as each of them sees it.
import { join } from "node:path";
import { mkdirSync, symlinkSync } from "node:fs";
import { openLmdb } from "../../src/online/stores/lmdb.ts";
import { World } from "./world.ts";
import type { Offline } from "../../src/offline/offline.ts";
import type { OnlineStore } from "../../src/online/store.ts";

/** What a process is for. */
export type Role = "serve" | "stream" | "refresh" | "apply";

/** Where histories are lived. */
export interface Machine {
  readonly root: string;
  readonly offline: Offline;
  /** What a process makes of its store: a fault that is planted, to see that it is found. */
  readonly fault?: (store: OnlineStore, role: Role) => OnlineStore;
}

/** The processes of one history. */
export class Processes {
  readonly world: World = new World();
  readonly machine: Machine;
  /** The name of the history, and of its source. */
  readonly name: string;
  /** The folder of the log. */
  readonly log: string;
  readonly #stores: Map<Role, OnlineStore> = new Map();
  #opened: Promise<OnlineStore> | null = null;

  constructor(machine: Machine, name: string) {
    this.machine = machine;
    this.name = name;
    this.log = join(machine.root, name, "log", name);
    mkdirSync(this.log, { recursive: true });
    symlinkSync(this.log, join(machine.root, "log", name)); // all logs are in one place for what reads sources, and each has its own lock
  }

  /**
   * The store as a process sees it. It is open once, since LMDB is opened once in a process of the machine; what a process remembers of
   * it hangs on its plans, so that one that starts makes them anew.
   */
  async store(role: Role): Promise<OnlineStore> {
    this.#opened ??= openLmdb({ path: join(this.machine.root, this.name, "online") });
    const store = await this.#opened;
    let seen = this.#stores.get(role);
    if (seen === undefined) this.#stores.set(role, (seen = this.machine.fault?.(store, role) ?? store));
    return seen;
  }

  async close(): Promise<void> {
    await (await this.#opened)?.close();
  }
}
