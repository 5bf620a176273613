// The settings of a store in Redis: what they mean, and what is told of those that mean nothing.
import { describe, expect, test } from "vitest";
import { redis, type RedisInput } from "./redis.ts";

describe("redis", () => {
  test("a url is enough", () => {
    expect(redis({ url: "redis://localhost" })).toEqual({
      kind: "redis",
      nodes: [{ host: "localhost", port: 6379 }],
      cluster: false,
      username: null,
      password: null,
      tls: false,
      database: 0,
      prefix: "asof",
      partitions: 1,
      timeout: 100_000,
      lead: 250_000,
    });
  });

  test("a url says user, password, TLS and database", () => {
    const config = redis({ url: "rediss://me:p%40ss@[::1]:7000/3", prefix: "shop:v2", timeout: "20ms", lead: "1s" });
    expect(config).toMatchObject({ nodes: [{ host: "::1", port: 7000 }], username: "me", password: "p@ss", tls: true, database: 3 });
    expect(config).toMatchObject({ prefix: "shop:v2", timeout: 20_000, lead: 1_000_000 });
  });

  test("several urls are a cluster; so is one that is said to be", () => {
    expect(redis({ url: ["redis://a:1", "redis://b:2"] })).toMatchObject({ cluster: true, partitions: 32, nodes: [{ host: "a" }, { host: "b" }] });
    expect(redis({ url: "redis://a:1", cluster: true, partitions: 128 })).toMatchObject({ cluster: true, partitions: 128 });
  });

  test.each<[string, object, string, string]>([
    ["no url at all", { url: "localhost:6379" }, "CONFIG_BAD_VALUE", "url is 'localhost:6379'. Write it as redis://localhost:6379"],
    ["another protocol, without showing the password", { url: "http://u:secret@h" }, "CONFIG_BAD_VALUE", "url is 'http://...@h'"],
    ["no server", { url: [] }, "CONFIG_BAD_VALUE", "url is an empty list"],
    ["several servers that are no cluster", { url: ["redis://a", "redis://b"], cluster: false }, "CONFIG_BAD_VALUE", "several servers, but cluster is false"],
    ["a database without a number", { url: "redis://a/x" }, "CONFIG_BAD_VALUE", "the url's database is 'x'"],
    ["a database of a cluster", { url: "redis://a/1", cluster: true }, "CONFIG_BAD_VALUE", "a cluster has only one"],
    ["a prefix with braces", { url: "redis://a", prefix: "{x}" }, "CONFIG_BAD_VALUE", 'prefix is "{x}"'],
    ["no partition", { url: "redis://a", partitions: 0 }, "CONFIG_BAD_VALUE", "partitions is 0. Give a whole number from 1 to 1024"],
    ["a timeout without a unit", { url: "redis://a", timeout: "20" }, "TIME_BAD_DURATION", "redis, timeout"],
    ["a setting that is misspelt", { url: "redis://a", timout: "20ms" }, "CONFIG_UNKNOWN_FIELD", "Did you mean 'timeout'"],
  ])("%s", (_, input, code, says) => {
    expect(() => redis(input as RedisInput)).toThrow(expect.objectContaining({ code, message: expect.stringContaining(says) as string }) as Error);
  });
});
