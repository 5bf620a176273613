// Lives through faults of a store with requests, events and runs going on, and says what became of them.
import { fork } from "node:child_process";
import { join } from "node:path";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { featureReader, type FeatureReader } from "../../src/online/read.ts";
import { openRedis } from "../../src/online/stores/redis.ts";
import { redis } from "../../src/define/redis.ts";
import { SERVICE, USERS, wrongIn } from "./shop.ts";
import { systemClock } from "../../src/time.ts";
import type { Fault, Target } from "./targets.ts";
import type { Written } from "./writer.ts";

/** What a fault did, over all its times. */
export interface Suffered {
  readonly fault: string;
  readonly times: number;
  readonly requests: number;
  /** Requests in which a feature was UNAVAILABLE. */
  readonly unavailable: number;
  /** What was wrong with answers, in words. */
  readonly wrong: readonly string[];
  /** By how much requests outlived their deadline, at the most but one in a thousand, and at all, in milliseconds. */
  readonly p999LateMs: number;
  readonly mostLateMs: number;
  /** How long after the repair an answer was whole again: at the worst. */
  readonly backMs: number;
}

const TIMEOUT_MS = 50;
const STRUCK_MS = 400;
const CALM_MS = 150;
const BACK_WITHIN_MS = 10_000;
const ASKED_EVERY_MS = 4;

/** One request, as it went. */
interface Asked {
  readonly late: number;
  readonly isWhole: boolean;
}

/** Lives through each fault so many times. Resolves with what was found; throws where the store does not come back, or lost or doubled a record. */
export async function suffer(start: () => Promise<Target>, times: number, named: readonly string[] | null = null): Promise<readonly Suffered[]> {
  const target = await start();
  const config = redis({ ...target.place, timeout: `${TIMEOUT_MS}ms` });
  const store = await openRedis(config);
  const writer = fork(join(import.meta.dirname, "../../node_modules/jiti/lib/jiti-cli.mjs"), [join(import.meta.dirname, "writer.ts"), JSON.stringify(config)], {
    execArgv: [],
  });
  const told = once(writer, "message") as Promise<[Written]>;
  const reader = featureReader(SERVICE, store, systemClock);
  const wrong: string[] = [];
  let asked: Asked[] = [];
  let pending = 0;
  let next = 0;
  const ask = async (): Promise<Asked> => {
    const user = next++ % USERS;
    pending++;
    const began = performance.now();
    const answer = await reader.one({ user_id: `u${user}` });
    pending--;
    const late = performance.now() - began - TIMEOUT_MS;
    const problem = wrongIn(answer, user);
    if (problem !== null) wrong.push(problem);
    const one = { late, isWhole: !Object.values(answer.status).includes("UNAVAILABLE") };
    asked.push(one);
    return one;
  };
  const asking = setInterval(() => void ask(), ASKED_EVERY_MS);
  const found: Suffered[] = [];
  try {
    await backMs(ask);
    for (const fault of named ?? Object.keys(target.faults)) {
      const { strike, mend, heal } = target.faults[fault] as Fault;
      asked = [];
      wrong.length = 0;
      let worst = 0;
      for (let time = 0; time < times; time++) {
        await sleep(CALM_MS);
        await strike();
        await sleep(STRUCK_MS);
        await mend();
        worst = Math.max(worst, await backMs(ask));
        await heal?.();
      }
      const late = asked.map((one) => one.late).toSorted((a, b) => a - b);
      const unavailable = asked.filter(({ isWhole }) => !isWhole).length;
      const p999LateMs = late[Math.ceil(late.length * 0.999) - 1] ?? 0;
      found.push({ fault, times, requests: asked.length, unavailable, wrong: [...new Set(wrong)], p999LateMs, mostLateMs: late.at(-1) ?? 0, backMs: worst });
    }
    clearInterval(asking);
    writer.send("stop");
    const [written] = await told;
    await sleep(4 * TIMEOUT_MS);
    if (pending > 0) throw new Error(`${pending} requests were never answered`);
    await checkAll(reader, written);
    return found;
  } finally {
    clearInterval(asking);
    writer.kill("SIGKILL");
    await store.close();
    await target.stop();
  }
}

/** How long it takes until an answer is whole. */
async function backMs(ask: () => Promise<Asked>): Promise<number> {
  const began = performance.now();
  while (!(await ask()).isWhole) {
    if (performance.now() - began > BACK_WITHIN_MS) throw new Error(`nothing was served ${BACK_WITHIN_MS} ms after the repair`);
    await sleep(2);
  }
  return performance.now() - began;
}

/** Throws where a state does not hold each record of its user once, whatever the writer had to try again. */
async function checkAll(reader: FeatureReader, { records }: Written): Promise<void> {
  for (let user = 0; user < USERS; user++) {
    const answer = await reader.one({ user_id: `u${user}` });
    const { clicking } = answer.views;
    const end = typeof clicking === "object" && clicking !== null && "end" in clicking ? clicking.end : 0;
    const problem = wrongIn(answer, user) ?? (end < records ? `user ${user}'s state goes to ${end}, and ${records} records were written` : null);
    if (problem !== null) throw new Error(problem);
  }
}

/** The table of what was found, for people. */
export function tableOf(found: readonly Suffered[]): string {
  const head = ["fault", "times", "requests", "unavailable", "wrong", "late p99.9", "late at most", "back after"];
  const rows = found.map((one) => [
    one.fault,
    String(one.times),
    String(one.requests),
    String(one.unavailable),
    String(one.wrong.length),
    ms(one.p999LateMs),
    ms(one.mostLateMs),
    ms(one.backMs),
  ]);
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => (row[i] as string).length)));
  return [head, ...rows]
    .map((row) => row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] as number) : cell.padStart(widths[i] as number))).join("  "))
    .join("\n");
}

function ms(value: number): string {
  return `${Math.round(value)} ms`;
}
