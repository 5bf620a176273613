// Where the online store of a configuration lies, and opening it; a client is loaded only for the store that is used.
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { addressOf } from "../define/redis.ts";
import type { OnlineConfig } from "../define/config.ts";
import type { OnlineStore } from "./store.ts";

/** Opens the online store of a configuration whose paths are relative to `root`. Throws a `StoreError`. */
export async function openOnline(config: OnlineConfig, root: string): Promise<OnlineStore> {
  if (config.kind === "embedded") return (await import("./stores/lmdb.ts")).openLmdb({ path: resolve(root, config.path) });
  return (await import("./stores/redis.ts")).openRedis(config);
}

/** Whether anything can lie there: opening an embedded store makes its folder. */
export function isMade(config: OnlineConfig, root: string): boolean {
  return config.kind !== "embedded" || existsSync(resolve(root, config.path));
}

/** Where it lies, in words. */
export function placeOf(config: OnlineConfig, root: string): string {
  return config.kind === "embedded" ? resolve(root, config.path) : addressOf(config);
}
