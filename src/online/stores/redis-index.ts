// The keys of a view's entities in the order of their bytes, over all partitions.
import type { RedisClient } from "./redis-client.ts";
import type { Kind, RedisLayout } from "./redis-layout.ts";
import type { StoredView } from "../store.ts";

/** A key, and the partition that it lies in. */
export interface PlacedKey {
  readonly key: Buffer;
  readonly partition: number;
}

/** The next keys after one, at most so many; fewer only at the end. Each partition gives its next keys, and the least of all are the next of all. */
export async function nextKeys(
  client: RedisClient,
  layout: RedisLayout,
  view: StoredView,
  kind: Kind,
  after: Uint8Array | null,
  limit: number,
): Promise<PlacedKey[]> {
  const partitions = Array.from({ length: layout.partitions }, (_, partition) => partition);
  const found = await Promise.all(
    partitions.map(async (partition) => {
      const members = await client.members(layout.of(view, kind, partition), after, limit);
      return members.map((key) => ({ key, partition }));
    }),
  );
  return found.length === 1
    ? (found[0] as PlacedKey[])
    : found
        .flat()
        .toSorted((a, b) => Buffer.compare(a.key, b.key))
        .slice(0, limit);
}
