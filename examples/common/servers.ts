// What `--store` asks for: servers that run for the length of a demo, and hold nothing before or after.
import { REDIS_URLS } from "./store.ts";

/** Works while what a store needs runs, for this process and those that it starts. Ends the process with 2 where there is no such store. */
export async function withStore<T>(kind: string, work: () => Promise<T>): Promise<T> {
  if (kind === "embedded") return work();
  if (kind !== "redis" && kind !== "redis-cluster") {
    process.stderr.write(`--store takes embedded, redis or redis-cluster, not '${kind}'\n`);
    return process.exit(2);
  }
  const { startRedis, startRedisCluster } = await import("../../test/services/redis.ts"); // only where it is asked for
  const server = kind === "redis" ? await startRedis() : await startRedisCluster(3);
  process.env[REDIS_URLS] = "urls" in server ? server.urls.join(",") : server.url;
  try {
    return await work();
  } finally {
    await server.stop();
  }
}
