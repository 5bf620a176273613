// What a machine must have for asof to run on it: Node, packages with native parts, a clock, ports.
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { check, problem, type Check } from "./check.ts";
import { formatDuration, formatTime, parseTime, MILLISECOND, SECOND, systemClock, type Micros } from "../../time.ts";

const OLDEST_NODE = [20, 19] as const;
/** No clock is right that shows less. */
const RELEASED: Micros = parseTime("2026-01-01T00:00:00Z");
/** Files are stamped by the machine's clock, or by one that is near it. */
const DRIFT: Micros = 5 * SECOND;

/** Checks the machine; ports are those that the servers take by default. */
export async function checkMachine(ports: readonly number[]): Promise<readonly Check[]> {
  const folder = await mkdtemp(join(tmpdir(), "asof-doctor-"));
  try {
    return [
      await check("node", nodeVersion),
      await check("lmdb", async () => {
        const { openLmdb } = await import("../../online/stores/lmdb.ts");
        await (await openLmdb({ path: join(folder, "online") })).close();
        return "loads, and writes a store";
      }),
      await check("duckdb", async () => {
        const { Offline } = await import("../../offline/offline.ts");
        await (await Offline.open(folder)).close();
        return "loads";
      }),
      await check("clock", () => clock(folder)),
      ...(await Promise.all(ports.map((port) => check(`port ${port}`, () => freeOrOurs(port))))),
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function nodeVersion(): string {
  const { version } = process;
  const [major = 0, minor = 0] = version.slice(1).split(".").map(Number);
  if (major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1])) return version;
  throw problem(`this is Node ${version}`, `Install Node ${OLDEST_NODE.join(".")} or later`);
}

async function clock(folder: string): Promise<string> {
  const file = join(folder, "now");
  await writeFile(file, "");
  const now = systemClock.now();
  const stamped = (await stat(file)).mtimeMs * MILLISECOND;
  if (now < RELEASED) throw problem(`the clock shows ${formatTime(now)}`, "Set it right");
  if (Math.abs(now - stamped) > DRIFT)
    throw problem(`a file written now is stamped ${formatDuration(Math.round(Math.abs(now - stamped)))} away from the clock`, "Set the clock right");
  return formatTime(now);
}

async function freeOrOurs(port: number): Promise<string> {
  const server = createServer();
  try {
    await once(server.listen(port, "127.0.0.1"), "listening");
    return "free";
  } catch {
    const answer = await fetch(`http://127.0.0.1:${port}/metrics`, { signal: AbortSignal.timeout(1000) })
      .then((response) => response.text())
      .catch(() => "");
    if (answer.includes("asof_")) return "asof listens there already";
    throw problem("another program listens there", "End it, or name another with --port");
  } finally {
    server.close();
  }
}
