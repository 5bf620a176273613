// A process of its own beside a test: publishes run after run or holds the lock until it is killed, or reads and checks until it is told to stop.
import { manualClock, systemClock, type Micros } from "../../src/time.ts";
import { newRun } from "./online-store.ts";
import { openOnline } from "../../src/online/open.ts";
import type { OnlineConfig } from "../../src/define/config.ts";
import { UNREACHED, type PublishedRow, type StoredView } from "../../src/online/store.ts";

/** The view that both processes use. */
export const SHARED_VIEW: StoredView = { name: "shared", version: "v1" };

/** What a reading process has seen of a tick: between which T it was read. */
export interface TickSeen {
  first: Micros;
  last: Micros;
}

/** What a reading process reports. */
export interface ReaderReport {
  readonly reads: number;
  readonly unavailable: number;
  /** Reads whose rows were not those of one tick, in words. */
  readonly mixtures: readonly string[];
  readonly ticks: Readonly<Record<string, TickSeen>>;
}

/** The row of key i at tick n, null where it has none: a third of the rows is new each time, a seventh missing. */
function rowAt(i: number, n: number): string | null {
  if ((i + n) % 7 === 0) return null;
  const writtenAt = n - ((((n - i) % 3) + 3) % 3);
  return `${writtenAt}:${"x".repeat(100)}`;
}

/** The rows of tick n for so many keys. */
export function rowsAt(n: number, keys: number): PublishedRow[] {
  return Array.from({ length: keys }, (_, i) => i).flatMap((i) => {
    const row = rowAt(i, n);
    return row === null ? [] : [{ key: keyOf(i), row: Buffer.from(row) }];
  });
}

/** Big-endian, so that keys ascend with i. */
function keyOf(i: number): Buffer {
  const key = Buffer.alloc(4);
  key.writeUInt32BE(i);
  return key;
}

/** Publishes ticks after `last` for ever; says `n` once tick n is acknowledged. */
async function publishUntilKilled(config: OnlineConfig, keys: number, last: number): Promise<void> {
  const store = await openOnline(config, "/");
  const clock = manualClock(0);
  process.send?.("ready");
  for (let n = last + 1; ; n++) {
    clock.set(n);
    await store.publish(SHARED_VIEW, newRun(n), rowsAt(n, keys), clock);
    process.send?.(n);
  }
}

/** Begins a publish that is never done: it has written two batches when its rows stop coming. */
async function holdUntilKilled(config: OnlineConfig): Promise<void> {
  const store = await openOnline(config, "/");
  const rows = async function* (): AsyncGenerator<PublishedRow> {
    yield* rowsAt(1, 10_000);
    process.send?.("ready");
    await new Promise(() => setInterval(() => undefined, 1000));
  };
  await store.publish(SHARED_VIEW, newRun(1), rows(), manualClock(1));
}

/** Reads all keys at once, over and over, and checks that they are of one tick. */
async function readUntilStopped(config: OnlineConfig, keys: number): Promise<void> {
  const store = await openOnline(config, "/");
  const reads = Array.from({ length: keys }, (_, i) => ({ view: SHARED_VIEW, key: keyOf(i) }));
  const ticks: Record<string, TickSeen> = {};
  const mixtures: string[] = [];
  const counts = { reads: 0, unavailable: 0 };
  let running = true;
  process.on("message", () => (running = false));
  process.send?.("ready");
  while (running) {
    const at = systemClock.now();
    const found = await store.read(reads, at);
    counts.reads++;
    const [first] = found;
    const tick = first === UNREACHED ? undefined : first?.move.tick;
    if (tick === undefined) counts.unavailable++;
    else {
      const seen = (ticks[tick] ??= { first: at, last: at });
      seen.last = at;
      const wrong = found.findIndex(
        (one, i) => one === UNREACHED || one?.move.tick !== tick || (one.row === null ? null : Buffer.from(one.row).toString()) !== rowAt(i, tick),
      );
      if (wrong >= 0) mixtures.push(`at ${at}, tick ${tick}: key ${wrong}`);
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  await store.close();
  process.send?.({ ...counts, mixtures, ticks } satisfies ReaderReport, () => process.disconnect());
}

const [mode, online = "", keys = "0", last = "0"] = process.argv.slice(2);
const config = (online === "" ? null : JSON.parse(online)) as OnlineConfig;
if (mode === "publish") await publishUntilKilled(config, Number(keys), Number(last));
if (mode === "hold") await holdUntilKilled(config);
if (mode === "read") await readUntilStopped(config, Number(keys));
