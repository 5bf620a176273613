// The processes of a history: each has the store as it sees it, from when it starts until it ends.
import { join } from "node:path";
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
  readonly #stores: Map<Role, OnlineStore> = new Map();

  constructor(machine: Machine, name: string) {
    this.machine = machine;
    this.name = name;
  }

  /** The store of a process, opened when it is first asked for. */
  async store(role: Role): Promise<OnlineStore> {
    const known = this.#stores.get(role);
    if (known !== undefined) return known;
    const opened = await openLmdb({ path: join(this.machine.root, this.name) });
    const store = this.machine.fault?.(opened, role) ?? opened;
    this.#stores.set(role, store);
    return store;
  }

  /** A process ends, or is dead. */
  async end(role: Role): Promise<void> {
    const store = this.#stores.get(role);
    this.#stores.delete(role);
    await store?.close();
  }

  async close(): Promise<void> {
    for (const role of this.#stores.keys()) await this.end(role);
  }
}
