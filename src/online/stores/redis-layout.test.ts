// Where keys lie: partitions in as many parts of the slots, entities in partitions.
import { expect, test } from "vitest";
import { afterAll, beforeAll } from "vitest";
import { RedisLayout } from "./redis-layout.ts";
import { startRedis, type RedisServer } from "../../../test/services/redis.ts";

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis(["--cluster-enabled", "yes"]);
});
afterAll(() => server.stop());

test("each partition lies in its part of the slots, as Redis counts them, and no two stores in the same", async () => {
  const partitions = 32;
  const [one, other] = [new RedisLayout("asof", partitions), new RedisLayout("shop", partitions)];
  for (let i = 0; i < partitions; i++) {
    const slot = Number(await server.command("CLUSTER", "KEYSLOT", one.tagOf(i)));
    expect(Math.floor((slot * partitions) / 16_384)).toBe(i);
    expect(one.tagOf(i)).not.toBe(other.tagOf(i));
  }
});

test("entities are spread over all partitions, and each lies in one", () => {
  const layout = new RedisLayout("asof", 16);
  const counts = Array.from({ length: 16 }, () => 0);
  for (let i = 0; i < 16_000; i++) {
    const partition = layout.partitionOf(Buffer.from(`u${i}`));
    expect(layout.partitionOf(Buffer.from(`u${i}`))).toBe(partition);
    counts[partition] = (counts[partition] ?? 0) + 1;
  }
  expect(Math.min(...counts)).toBeGreaterThan(800);
  expect(Math.max(...counts)).toBeLessThan(1200);
});
