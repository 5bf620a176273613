// The online store of an example as its config names it: embedded, or in the Redis that its demo has started.
import { embedded, redis, type Config } from "asof";

/** Where the processes of a demo find its Redis: one url, or several of a cluster. */
export const REDIS_URLS = "ASOF_DEMO_REDIS";

/** The store, embedded in a folder unless a Redis was started. */
export function onlineStore(path: string): Config["online"] {
  const urls = process.env[REDIS_URLS]?.split(",") ?? [];
  return urls.length === 0 ? embedded({ path }) : redis({ url: urls, timeout: "1s" });
}
