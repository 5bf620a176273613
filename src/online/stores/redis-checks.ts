// What a Redis must be set to, so that nothing is lost behind our backs.
import { StoreError } from "../../errors.ts";
import type { RedisClient } from "./redis-client.ts";

/** A check of a server before it is written to: once, unless it failed. */
export function evictionCheck(client: RedisClient): () => Promise<void> {
  let checked: Promise<void> | null = null;
  return () =>
    (checked ??= refuseEviction(client).catch((error: unknown) => {
      checked = null;
      throw error;
    }));
}

/** Throws where a Redis that is full removes keys that nobody asked it to: values would be wrong, and nobody would know. */
async function refuseEviction(client: RedisClient): Promise<void> {
  const policy = await client.evictionPolicy();
  if (!policy.startsWith("allkeys-")) return;
  throw new StoreError({
    code: "STORE_EVICTS",
    what: `its maxmemory-policy is ${policy}: when it is full it removes rows and states that are needed`,
    where: client.where,
    cure: "Set it to noeviction: redis-cli config set maxmemory-policy noeviction",
  });
}
