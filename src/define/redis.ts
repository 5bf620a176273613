// The online store in Redis, as plain data: one server or a cluster, and how long requests wait for it.
import { DefinitionError } from "../errors.ts";
import { parseDuration, MILLISECOND, type Micros } from "../time.ts";
import { refuseUnknown } from "./settings.ts";
import type { Duration } from "./duration.ts";

/** An online store in Redis, checked and complete. */
export interface RedisConfig {
  readonly kind: "redis";
  /** Of a cluster some are enough: they tell of the others. */
  readonly nodes: readonly { readonly host: string; readonly port: number }[];
  readonly cluster: boolean;
  readonly username: string | null;
  readonly password: string | null;
  readonly tls: boolean;
  readonly database: number;
  /** What each key begins with, so that stores can share a server. */
  readonly prefix: string;
  /** Into so many parts its keys are cut, each of which lies on one server. */
  readonly partitions: number;
  /** A request waits no longer for an answer: what is not there by then is `UNAVAILABLE`. */
  readonly timeout: Micros;
  /** By how much a publish lies ahead of the clock: more than clocks of different machines differ by. */
  readonly lead: Micros;
}

/** What `redis` takes. */
export interface RedisInput {
  /** `redis://[user:password@]host[:port][/database]`, or `rediss://` for TLS; of a cluster one or several of its servers. */
  readonly url: string | readonly string[];
  /** Whether it is a Redis Cluster. Several urls are one. */
  readonly cluster?: boolean;
  /** Letters, digits, `_`, `-`, `.` and `:`; by default `asof`. */
  readonly prefix?: string;
  /** 1 for a single server, 32 for a cluster; it cannot be changed while the store holds anything. */
  readonly partitions?: number;
  /** By default 100 ms. */
  readonly timeout?: Duration;
  /** By default 250 ms. */
  readonly lead?: Duration;
}

const PORT = 6379;
const CLUSTER_PARTITIONS = 32;
const MOST_PARTITIONS = 1024;
const TIMEOUT: Micros = 100 * MILLISECOND;
const LEAD: Micros = 250 * MILLISECOND;

/**
 * An online store in Redis 7, one server (with or without replicas) or a cluster, over ioredis: `npm install ioredis`.
 * Throws a `DefinitionError` or `TimeError`.
 */
export function redis(input: RedisInput): RedisConfig {
  refuseUnknown(input, ["url", "cluster", "prefix", "partitions", "timeout", "lead"], "redis");
  const urls = (typeof input.url === "string" ? [input.url] : input.url).map(parsed);
  const [first] = urls;
  if (first === undefined) throw wrong("url is an empty list", "Write at least one: redis://localhost:6379");
  const cluster = input.cluster ?? urls.length > 1;
  if (!cluster && urls.length > 1) throw wrong("url lists several servers, but cluster is false", "Name one server, or leave cluster out");
  const database = first.pathname.length > 1 ? Number(first.pathname.slice(1)) : 0;
  if (!Number.isSafeInteger(database) || database < 0)
    throw wrong(`the url's database is '${first.pathname.slice(1)}'`, "Write its number: redis://localhost:6379/0");
  if (cluster && database > 0) throw wrong("the url names a database, and a cluster has only one", "Leave it out");
  const prefix = input.prefix ?? "asof";
  if (!/^[\w.:-]{1,64}$/.test(prefix)) throw wrong(`prefix is ${JSON.stringify(prefix)}`, "Write letters, digits, _, -, . and :, at most 64");
  const partitions = input.partitions ?? (cluster ? CLUSTER_PARTITIONS : 1);
  if (!Number.isSafeInteger(partitions) || partitions < 1 || partitions > MOST_PARTITIONS)
    throw wrong(`partitions is ${String(partitions)}`, `Give a whole number from 1 to ${MOST_PARTITIONS}`);
  return Object.freeze({
    kind: "redis",
    nodes: Object.freeze(urls.map(({ hostname, port }) => Object.freeze({ host: hostname.replace(/^\[|\]$/g, ""), port: port === "" ? PORT : Number(port) }))),
    cluster,
    username: first.username === "" ? null : decodeURIComponent(first.username),
    password: first.password === "" ? null : decodeURIComponent(first.password),
    tls: first.protocol === "rediss:",
    database,
    prefix,
    partitions,
    timeout: input.timeout === undefined ? TIMEOUT : parseDuration(input.timeout, "redis, timeout"),
    lead: input.lead === undefined ? LEAD : parseDuration(input.lead, "redis, lead"),
  });
}

/** Where it lies, in words, without who may use it. */
export function addressOf({ nodes }: RedisConfig): string {
  return `Redis at ${nodes.map(({ host, port }) => `${host}:${port}`).join(", ")}`;
}

function parsed(text: string): URL {
  if (typeof text === "string" && URL.canParse(text)) {
    const url = new URL(text);
    if ((url.protocol === "redis:" || url.protocol === "rediss:") && url.hostname !== "") return url;
  }
  const shown = typeof text === "string" ? text.replace(/\/\/[^@]*@/, "//...@") : JSON.stringify(text);
  throw wrong(`url is '${shown}'`, "Write it as redis://localhost:6379");
}

function wrong(what: string, cure: string): DefinitionError {
  return new DefinitionError({ code: "CONFIG_BAD_VALUE", what, where: "redis", cure });
}
