// Real Redis servers on loopback: started on free ports in a folder of their own, ended by their process.
import { spawn, type ChildProcess } from "node:child_process";
import { createServer, type AddressInfo } from "node:net";
import { mkdtemp, rm } from "node:fs/promises";
import { once } from "node:events";
import { join } from "node:path";
import { Redis } from "ioredis";
import { setTimeout as sleep } from "node:timers/promises";
import { tmpdir } from "node:os";

/** A server that runs. */
export interface RedisServer {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Ends the process at once, as a crash does: by default what it held in memory is gone. */
  kill(): Promise<void>;
  /** Starts it again on the same port and folder. */
  restart(): Promise<void>;
  /** Carries out a command by hand. */
  command(name: string, ...args: readonly (string | Buffer)[]): Promise<unknown>;
  /** The same, with bytes in the answer. */
  buffers(name: string, ...args: readonly (string | Buffer)[]): Promise<unknown>;
  stop(): Promise<void>;
}

const READY_MS = 10_000;

/** Starts `redis-server`; `settings` as its command line takes them: `["--appendonly", "yes"]`. Throws where it is not installed. */
export async function startRedis(settings: readonly string[] = []): Promise<RedisServer> {
  const port = await freePort();
  const folder = await mkdtemp(join(tmpdir(), "asof-redis-"));
  let child = await started(port, folder, settings);
  const kill = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  };
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    get pid() {
      return child.pid as number;
    },
    kill,
    restart: async () => {
      await kill();
      child = await started(port, folder, settings);
    },
    command: (name, ...args) => commanded(port, (client) => client.call(name, ...args)),
    buffers: (name, ...args) => commanded(port, (client) => client.callBuffer(name, ...args)),
    stop: async () => {
      await kill();
      await rm(folder, { recursive: true });
    },
  };
}

/** Several servers that are one store, each with a share of the slots. */
export interface RedisCluster {
  readonly servers: readonly RedisServer[];
  readonly urls: readonly string[];
  stop(): Promise<void>;
}

const SLOTS = 16_384;

/** How long the servers of a cluster wait for one of them before they take it for dead. */
const NODE_TIMEOUT_MS = 1000;

/** Starts a cluster of so many masters, each with so many replicas. */
export async function startRedisCluster(masters: number, replicas = 0): Promise<RedisCluster> {
  const servers: RedisServer[] = [];
  for (let i = 0; i < masters * (1 + replicas); i++) {
    const bus = await freePort();
    servers.push(await startRedis(["--cluster-enabled", "yes", "--cluster-port", String(bus), "--cluster-node-timeout", String(NODE_TIMEOUT_MS)]));
    await servers[0]?.command("CLUSTER", "MEET", "127.0.0.1", String(servers[i]?.port), String(bus));
  }
  for (const [i, server] of servers.slice(0, masters).entries()) {
    const from = Math.floor((SLOTS * i) / masters);
    await server.command("CLUSTER", "ADDSLOTSRANGE", String(from), String(Math.floor((SLOTS * (i + 1)) / masters) - 1));
  }
  const isWhole = async (server: RedisServer): Promise<boolean> => {
    const info = String(await server.command("CLUSTER", "INFO"));
    return info.includes("cluster_state:ok") && info.includes(`cluster_known_nodes:${servers.length}`) && info.includes(`cluster_size:${masters}`);
  };
  for (const server of servers) await until(() => isWhole(server), "the cluster did not become whole in time");
  for (const [i, server] of servers.slice(masters).entries()) {
    await server.command("CLUSTER", "REPLICATE", String(await servers[i % masters]?.command("CLUSTER", "MYID")));
    await until(async () => String(await server.command("INFO", "replication")).includes("master_link_status:up"), "a replica did not come up in time");
  }
  return {
    servers,
    urls: servers.map(({ url }) => url),
    stop: async () => {
      for (const server of servers) await server.stop();
    },
  };
}

/** Waits until something holds. Throws with `otherwise` where it does not in time. */
export async function until(holds: () => Promise<boolean>, otherwise: string): Promise<void> {
  const last = Date.now() + READY_MS;
  while (!(await holds())) {
    if (Date.now() > last) throw new Error(otherwise);
    await sleep(20);
  }
}

/** A port that nothing listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

async function started(port: number, folder: string, settings: readonly string[]): Promise<ChildProcess> {
  const own = ["--port", String(port), "--bind", "127.0.0.1", "--dir", folder, "--save", "", "--loglevel", "warning"];
  const child = spawn("redis-server", [...own, ...settings], { stdio: ["ignore", "pipe", "inherit"] });
  const missing = "redis-server cannot be started: npm test installs it by apt, or install Redis 7";
  const failed = new Promise<never>((_, reject) => child.once("error", (cause) => reject(new Error(missing, { cause }))));
  await until(() => {
    if (child.exitCode !== null) throw new Error(`redis-server ended with ${child.exitCode}`);
    return Promise.race([answers(port), failed]);
  }, "redis-server did not answer in time");
  return child;
}

/** Whether it answers a real call. */
async function answers(port: number): Promise<boolean> {
  return commanded(port, (client) => client.ping()).then(
    (reply) => reply === "PONG",
    () => false,
  );
}

async function commanded(port: number, call: (client: Redis) => Promise<unknown>): Promise<unknown> {
  const client = new Redis({ port, host: "127.0.0.1", lazyConnect: true, retryStrategy: () => null, maxRetriesPerRequest: 0 });
  client.on("error", () => undefined);
  try {
    await client.connect();
    return await call(client);
  } finally {
    client.disconnect();
  }
}
