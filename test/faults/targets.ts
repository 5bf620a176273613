// Stores that faults strike: a Redis behind a proxy that spoils what goes through it, and a cluster whose masters die.
import { startRedis, startRedisCluster, until, type RedisServer } from "../services/redis.ts";
import { startToxiproxy, type Toxic } from "../services/toxiproxy.ts";
import type { RedisInput } from "../../src/define/redis.ts";

/** A fault: what brings it about, what ends it, and what makes all as it was once answers are whole again. */
export interface Fault {
  strike(): Promise<void>;
  mend(): Promise<void>;
  heal?(): Promise<void>;
}

/** A store that runs, and what may befall it. */
export interface Target {
  readonly place: Pick<RedisInput, "url" | "partitions">;
  readonly faults: Readonly<Record<string, Fault>>;
  stop(): Promise<void>;
}

/** One server, which keeps what it has acknowledged, behind a proxy. */
async function oneRedis(): Promise<Target> {
  const server = await startRedis(["--appendonly", "yes", "--appendfsync", "always"]);
  const path = await startToxiproxy(server.port);
  const mend = (): Promise<void> => path.mend();
  const toxic = (type: Toxic["type"], attributes: Toxic["attributes"]): Fault => ({ strike: () => path.spoil({ type, attributes }), mend });
  const slowClose = async (): Promise<void> => {
    await path.spoil({ type: "slow_close", attributes: { delay: 300 } });
    await path.cut();
  };
  return {
    place: { url: `redis://127.0.0.1:${path.port}` },
    faults: {
      "black hole": toxic("timeout", { timeout: 0 }),
      latency: toxic("latency", { latency: 300 }),
      reset: toxic("reset_peer", { timeout: 0 }),
      "slow close": { strike: slowClose, mend },
      bandwidth: toxic("bandwidth", { rate: 1 }),
      "cut off": { strike: () => path.cut(), mend },
      "killed and restarted": { strike: () => server.kill(), mend: () => server.restart() },
    },
    stop: async () => {
      await path.stop();
      await server.stop();
    },
  };
}

/** Three masters with a replica each, which keep nothing on disk. */
async function redisCluster(): Promise<Target> {
  const cluster = await startRedisCluster(3, 1);
  const isMaster = async (server: RedisServer): Promise<boolean> => String(await server.command("INFO", "replication")).includes("role:master");
  const masters = async (): Promise<RedisServer[]> => {
    const alive = cluster.servers.filter((server) => server !== dead);
    const roles = await Promise.all(alive.map(isMaster));
    return alive.filter((_, i) => roles[i]);
  };
  let dead: RedisServer | null = null;
  let turn = 0;
  const strike = async (): Promise<void> => {
    const all = await masters();
    dead = all[turn++ % all.length] as RedisServer;
    await dead.kill();
  };
  const isWhole = async (): Promise<boolean> => {
    const living = cluster.servers.filter((server) => server !== dead);
    const infos = await Promise.all(living.map((server) => server.command("CLUSTER", "INFO")));
    return (await masters()).length === 3 && infos.every((info) => String(info).includes("cluster_state:ok"));
  };
  const heal = async (): Promise<void> => {
    const back = dead as RedisServer;
    await back.restart();
    await until(async () => String(await back.command("INFO", "replication")).includes("master_link_status:up"), "the dead did not come back as a replica");
    dead = null;
  };
  return {
    place: { url: cluster.urls, partitions: 8 },
    faults: { failover: { strike, mend: () => until(isWhole, "no replica took the place of a master"), heal } },
    stop: () => cluster.stop(),
  };
}

/** All of them, by name. */
export const TARGETS: Readonly<Record<string, () => Promise<Target>>> = { redis: oneRedis, "redis-cluster": redisCluster };
