// The connections to Redis, with limits on how long anything may take; the only file that loads ioredis.
import { isUnreachable, StoreError } from "../../errors.ts";
import { monotonic, MILLISECOND } from "../../time.ts";
import { ReadsOfATurn } from "./redis-turn.ts";
import { setTimeout as sleep } from "node:timers/promises";
import { WRITE_IF_HELD } from "./redis-script.ts";
import type { Cluster, Redis } from "ioredis";
import type { Reading } from "../state-store.ts";
import { addressOf, type RedisConfig } from "../../define/redis.ts";

/** A reply of Redis to a read: what is under a key, or nothing. */
export type Stored = Buffer | null;

/** What a guarded write is made of: the guard's text before and after, and the commands that come with it. */
export interface GuardedWrite {
  readonly guard: string;
  /** What the guard must hold now; empty: it must not be there. */
  readonly expected: string;
  readonly next: string;
  readonly commands: readonly GuardedCommand[];
}

/** A command of a guarded write; of `MSET` each key comes with one argument, in order. */
export interface GuardedCommand {
  readonly name: "MSET" | "UNLINK" | "PEXPIRE" | "ZADD" | "ZREM" | "HSET" | "RPUSH" | "SET";
  readonly keys: readonly string[];
  readonly args: readonly (Buffer | string)[];
}

/** How long a connection may take to come, how long writers and their reads may take, and how long nothing may come back before a connection is given up. */
const CONNECT_MS = 2000;
const BULK_MS = 10_000;
const SILENT_MS = 1000;
/** Keys that are looked at in one step of a walk over all. */
const SCANNED = 1000;
const RETRY_MS = 50;
const LONGEST_RETRY_MS = 500;

/** A cluster is asked again which server has a slot as soon as one does not answer, and now and then. */
const FAILOVER = { retryDelayOnFailover: RETRY_MS, retryDelayOnClusterDown: RETRY_MS, slotsRefreshInterval: 1000 };

interface Scripted {
  asofWrite(...args: (Buffer | string | number)[]): Promise<number | string>;
}
type Connection = (Redis | Cluster) & Scripted;

/** The two connections of a store: one for requests, which wait briefly, one for writers. */
export class RedisClient {
  readonly where: string;
  readonly #quick: Connection;
  readonly #bulk: Connection;
  /** Until both are connected for the first time, or that failed. */
  #first: Promise<unknown> | null;
  readonly #turn: ReadsOfATurn;
  /** How long a request waits, in milliseconds. */
  readonly #timeout: number;
  /** What went wrong with a connection since the last one stood. */
  #failure: Error | null = null;

  private constructor(config: RedisConfig, where: string, quick: Connection, bulk: Connection) {
    const { cluster: isCluster, timeout } = config;
    this.where = where;
    this.#timeout = timeout / MILLISECOND;
    this.#turn = new ReadsOfATurn(
      (keys) =>
        this.#within(
          this.#timeout,
          this.#run(true, (connection) => connection.mgetBuffer(keys)),
        ),
      isCluster,
    );
    this.#quick = quick;
    this.#bulk = bulk;
    for (const one of [quick, bulk]) {
      one.on("error", (error: Error) => (this.#failure = error)); // each call says it
      one.on("ready", () => (this.#failure = null));
    }
    this.#first = Promise.all([settled(quick), settled(bulk)]).then(() => (this.#first = null));
  }

  /** Begins to connect. Throws a `StoreError` where ioredis is not installed. */
  static async open(config: RedisConfig): Promise<RedisClient> {
    const where = addressOf(config);
    const { Redis, Cluster } = await loadIoredis(where);
    const { nodes, username, password, database, tls } = config;
    const connect = (timeout: number): Connection => {
      const shared = {
        ...(username === null ? {} : { username }),
        ...(password === null ? {} : { password }),
        ...(tls ? { tls: {} } : {}),
        commandTimeout: timeout,
        connectTimeout: CONNECT_MS,
        socketTimeout: Math.max(timeout, SILENT_MS),
        maxRetriesPerRequest: 0,
        enableOfflineQueue: false,
        autoResendUnfulfilledCommands: false,
      };
      const retry = (times: number): number => Math.min(times * RETRY_MS, LONGEST_RETRY_MS);
      const connection = config.cluster
        ? new Cluster([...nodes], {
            ...FAILOVER,
            redisOptions: shared,
            clusterRetryStrategy: retry,
            enableOfflineQueue: false,
            slotsRefreshTimeout: CONNECT_MS,
          })
        : new Redis({ ...shared, ...(nodes[0] as (typeof nodes)[number]), db: database, retryStrategy: retry });
      connection.defineCommand("asofWrite", { lua: WRITE_IF_HELD });
      return connection as Connection;
    };
    return new RedisClient(config, where, connect(Math.ceil(config.timeout / MILLISECOND)), connect(BULK_MS));
  }

  /** What is under keys of one partition, at one moment. Throws a `StoreError` `STORE_UNREACHABLE`. */
  values(keys: readonly string[], who: Reading): Promise<Stored[]> {
    return who === "request" ? this.#turn.values(keys) : this.#run(false, (connection) => connection.mgetBuffer([...keys]));
  }

  /** The same for a request that began to read at a moment of `monotonic`: it waits for what is left of its time. */
  valuesSince(began: number, keys: readonly string[]): Promise<Stored[]> {
    return this.#within(this.#timeout - (monotonic() - began) * 1000, this.values(keys, "request"));
  }

  /** What comes within so many milliseconds. A cluster's client tries again beyond the time of one command. */
  async #within<T>(milliseconds: number, coming: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(unreachable(this.where, new Error("timed out"))), Math.max(0, milliseconds));
    });
    try {
      return await Promise.race([coming, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** The members of an index after one of them, in the order of their bytes. Throws a `StoreError`. */
  members(index: string, after: Uint8Array | null, limit: number): Promise<Buffer[]> {
    const from = after === null ? "-" : Buffer.concat([Buffer.from("("), after]);
    return this.#run(false, (connection) => connection.zrangebylexBuffer(index, from, "+", "LIMIT", 0, limit));
  }

  /** Removes keys. */
  async remove(keys: readonly (string | Buffer)[]): Promise<void> {
    if (keys.length > 0) await this.#run(false, (connection) => connection.unlink(...keys));
  }

  /** Removes all keys that begin with one of these: it looks at all that Redis holds, some at a time. */
  async removeAll(prefixes: readonly string[]): Promise<void> {
    for (const node of this.#nodes()) {
      for (const prefix of prefixes) {
        for (let cursor = "0", more = true; more; more = cursor !== "0") {
          const pattern = `${prefix.replaceAll(/[*?[\]^\\-]/g, "\\$&")}*`;
          const [next, keys] = (await this.#run(false, () => node.callBuffer("SCAN", cursor, "MATCH", pattern, "COUNT", SCANNED))) as [Buffer, Buffer[]];
          cursor = next.toString();
          await this.remove(keys);
        }
      }
    }
  }

  /** A list as a whole. */
  list(key: string): Promise<string[]> {
    return this.#run(false, (connection) => connection.lrange(key, 0, -1));
  }

  /** The values of a hash. */
  hash(key: string): Promise<string[]> {
    return this.#run(false, (connection) => connection.hvals(key));
  }

  /**
   * Writes all or nothing, over what the guard must hold; gives what it holds instead, or null once it is written. Throws a `StoreError`:
   * then nobody knows whether it was written but who reads the guard.
   */
  async write({ guard, expected, next, commands }: GuardedWrite): Promise<string | null> {
    const keys: string[] = [guard];
    const args: (Buffer | string)[] = [expected, next];
    for (const command of commands) {
      for (const key of command.keys) keys.push(key);
      args.push(command.name, String(command.keys.length), String(command.args.length));
      for (const argument of command.args) args.push(argument);
    }
    const held = await this.#run(false, (connection) => connection.asofWrite(keys.length, ...keys, ...args));
    return held === 1 ? null : String(held);
  }

  /** Says what the server throws away when its memory is full. Throws a `StoreError`. */
  async evictionPolicy(): Promise<string> {
    const info = await this.#run(false, (connection) => connection.info("memory"));
    return /^maxmemory_policy:(\S+)/m.exec(info)?.[1] ?? "unknown";
  }

  close(): void {
    this.#quick.disconnect();
    this.#bulk.disconnect();
  }

  /** The servers that hold keys. */
  #nodes(): readonly Redis[] {
    return "nodes" in this.#bulk ? this.#bulk.nodes("master") : [this.#bulk];
  }

  async #run<T>(isQuick: boolean, call: (connection: Connection) => Promise<T>): Promise<T> {
    if (this.#first !== null) await this.#first;
    const connection = isQuick ? this.#quick : this.#bulk;
    if (!isQuick && connection.status !== "ready") await settled(connection); // who writes can wait for it to come back
    try {
      return await call(connection);
    } catch (error) {
      throw unreachable(this.where, connection.status === "ready" ? (error as Error) : (this.#failure ?? (error as Error)));
    }
  }
}

/** Resolves once a connection stands, or the attempt has failed or takes too long. */
function settled(connection: Connection): Promise<unknown> {
  const told = new Promise<void>((resolve) => {
    const tell = (): void => {
      connection.off("ready", tell).off("close", tell);
      resolve();
    };
    connection.on("ready", tell).on("close", tell);
  });
  return Promise.race([told, sleep(CONNECT_MS, undefined, { ref: false })]);
}

async function loadIoredis(where: string): Promise<Pick<typeof import("ioredis"), "Redis" | "Cluster">> {
  try {
    return await import("ioredis");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND") throw error;
    throw new StoreError(
      { code: "STORE_CLIENT_MISSING", what: "its client, ioredis, is not installed", where, cure: "Run npm install ioredis@6" },
      { cause: error },
    );
  }
}

function unreachable(where: string, error: Error): StoreError {
  const { what, cure } = SAID.find(({ says }) => says.test(error.message)) ?? { what: error.message, cure: "Check that it runs, and what it logs" };
  return new StoreError({ code: "STORE_UNREACHABLE", what, where, cure }, { cause: error });
}

/** Null in place of what could not be reached; throws what is wrong otherwise. */
export function orNull(error: unknown): null {
  if (isUnreachable(error)) return null;
  throw error;
}

/** What ioredis and Redis say, in words that tell what to do. */
const SAID: readonly { readonly says: RegExp; readonly what: string; readonly cure: string }[] = [
  { says: /timed out/, what: "it did not answer in time", cure: "Look at its load and the network to it, or give it more time: redis({ timeout })" },
  {
    says: /isn't writeable|is closed|ECONNREFUSED|ECONNRESET|max retries|Socket timeout/i,
    what: "there is no connection to it",
    cure: "Start it, or write where it is: redis({ url })",
  },
  { says: /NOAUTH|WRONGPASS/, what: "it asks for another user or password", cure: "Write them into the url: redis://user:password@host:6379" },
  { says: /OOM/, what: "its memory is full", cure: "Give it more memory (maxmemory), or remove versions of views that are not served any more" },
  { says: /READONLY|MASTERDOWN|CLUSTERDOWN|LOADING/, what: "it takes no writes or reads now", cure: "Wait until it is whole again, and look at what it logs" },
];
