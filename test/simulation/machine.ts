// A machine of its own for simulated histories: a folder in memory, since nobody pulls the plug here, and what reads sources.
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { tmpdir } from "node:os";
import { judge, type Judged } from "./judge.ts";
import { live, type Happened } from "./life.ts";
import { Offline } from "../../src/offline/offline.ts";
import { trained, verified } from "./proof.ts";
import type { History } from "./steps.ts";
import type { Machine } from "./processes.ts";

/** A machine on which histories are lived and judged, one after the other. */
export interface OwnMachine {
  /** Lives a history, and throws where something was not as it should be. */
  live(history: History, fault?: Machine["fault"]): Promise<Happened & Judged & { readonly proved: number }>;
  remove(): Promise<void>;
}

/** Makes a machine. */
export async function newMachine(): Promise<OwnMachine> {
  const root = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "asof-simulation-"));
  mkdirSync(join(root, "log"));
  const offline = await Offline.open(root, { offline: { memory: null, threads: 1, temp: null }, ingest: { folder: "log" } });
  let lived = 0;
  return {
    live: async (history, fault) => {
      const name = `simulated_${++lived}`;
      const own = { root, offline, ...(fault === undefined ? {} : { fault }) };
      const happened = await live(history, own, name);
      const judged = await judge(happened);
      const proved = history.proof ? (await verified(happened, own, name)) + (await trained(happened, own, name, judged.known)) : 0;
      for (const left of [name, join("log", name), `${name}.ndjson`]) rmSync(join(root, left), { recursive: true, force: true });
      return { ...happened, ...judged, proved };
    },
    remove: async () => {
      await offline.close();
      rmSync(root, { recursive: true, force: true });
    },
  };
}
