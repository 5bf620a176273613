// Every implementation of an online store, each in a place of its own on something real.
import { afterAll, beforeAll } from "vitest";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openLmdb } from "../../src/online/stores/lmdb.ts";
import { openRedis } from "../../src/online/stores/redis.ts";
import { redis } from "../../src/define/redis.ts";
import { startRedis, startRedisCluster, type RedisCluster, type RedisServer } from "../services/redis.ts";
import type { OnlineStore } from "../../src/online/store.ts";

/** A place for one store. */
export interface Place {
  /** Opens the store that lies there. */
  open(): Promise<OnlineStore>;
  /** Removes all that lies there. */
  remove(): Promise<void>;
}

/** One implementation. */
export interface Kind {
  readonly name: string;
  /** A place where nothing is. */
  place(): Promise<Place>;
}

/** All of them. The servers that they need run while the tests of the file do. */
export function storeKinds(): readonly Kind[] {
  const server = running(() => startRedis());
  const cluster = running(() => startRedisCluster(3));
  return [
    { name: "the embedded store", place: embeddedPlace },
    { name: "Redis", place: () => redisPlace(server(), 1) },
    { name: "Redis in several partitions", place: () => redisPlace(server(), 5) },
    { name: "a cluster of Redis", place: () => clusterPlace(cluster()) },
  ];
}

async function embeddedPlace(): Promise<Place> {
  const path = await mkdtemp(join(tmpdir(), "asof-store-"));
  return { open: () => openLmdb({ path }), remove: () => rm(path, { recursive: true }) };
}

let places = 0;

function redisPlace({ url, command }: RedisServer, partitions: number): Promise<Place> {
  const config = redis({ url, prefix: `test${++places}`, partitions, timeout: "2s" });
  return Promise.resolve({ open: () => openRedis(config), remove: async () => void (await command("FLUSHALL")) });
}

function clusterPlace({ urls, servers }: RedisCluster): Promise<Place> {
  const config = redis({ url: urls, prefix: `test${++places}`, partitions: 7, timeout: "2s" });
  const remove = async (): Promise<void> => {
    for (const { command } of servers) await command("FLUSHALL");
  };
  return Promise.resolve({ open: () => openRedis(config), remove });
}

function running<S extends { stop(): Promise<void> }>(start: () => Promise<S>): () => S {
  let started: S | null = null;
  beforeAll(async () => {
    started = await start();
  });
  afterAll(() => started?.stop());
  return () => started as S;
}
