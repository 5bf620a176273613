// What befalls a Redis, done by hand to one that runs: guards that fail, and partitions that lose their last writes.
import type { RedisServer } from "./redis.ts";

/** Puts lists in the place of guards, so that each script over them fails; gives what puts the guards back. */
export async function breakGuards(server: RedisServer, guards: readonly string[]): Promise<() => Promise<void>> {
  const saved: (readonly [string, unknown])[] = [];
  for (const guard of guards) {
    saved.push([guard, await server.command("GET", guard)]);
    await server.command("DEL", guard);
    await server.command("LPUSH", guard, "broken");
  }
  return async () => {
    for (const [guard, text] of saved) {
      await server.command("DEL", guard);
      if (text !== null) await server.command("SET", guard, text as string);
    }
  };
}

/** What a partition holds now; gives what takes it back there, as a failover does to a server that had not replicated its last writes. */
export async function rememberPartition(server: RedisServer, tag: string): Promise<() => Promise<void>> {
  const keysNow = async (): Promise<Buffer[]> => (await server.buffers("KEYS", `${tag}*`)) as Buffer[];
  const kept: (readonly [Buffer, Buffer])[] = [];
  for (const key of await keysNow()) kept.push([key, (await server.buffers("DUMP", key)) as Buffer]);
  return async () => {
    for (const key of await keysNow()) await server.command("DEL", key);
    for (const [key, dump] of kept) await server.command("RESTORE", key, "0", dump);
  };
}
