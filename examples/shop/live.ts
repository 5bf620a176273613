// The live part: `asof stream` and `asof serve` as processes, the load and the probe beside them, and a refresh while all of it runs.
import { fileURLToPath } from "node:url";
import { setTimeout as sleep } from "node:timers/promises";
import { spawn } from "node:child_process";
import { lastLine, type Asof, type Listening } from "../common/asof.ts";
import { secondsUntil } from "./opening.ts";
import type { Loaded } from "./load.ts";
import type { Probed } from "./probe.ts";

/** How large the load is. */
export interface LoadSizes {
  readonly events: number;
  readonly rate: number;
  readonly requests: number;
  readonly probes: number;
  readonly users: number;
}

/** What came of the live part. */
export interface Lived {
  readonly loaded: Loaded;
  readonly probed: Probed;
  readonly refreshed: readonly { readonly tick: string; readonly written: number }[];
  /** What the stream tells at the end: events set aside. */
  readonly dead_letters: number;
}

/** What `asof materialize --json` tells. */
interface Materialized {
  readonly views: readonly { readonly runs: Lived["refreshed"] }[];
}

/** Requests before the load. */
export const WARMING = 500;

/** Both servers, ready. */
export interface Servers {
  readonly stream: Listening;
  readonly server: Listening;
  stop(): Promise<void>;
}

/** Starts both servers; the one of events first brings the live states up to date with the history. */
export async function startServers(asof: Asof): Promise<Servers> {
  const stream = await asof.listen("stream");
  try {
    const server = await asof.listen("serve");
    while (!(await fetch(`${server.url}/ready`)).ok) await sleep(100);
    await warm(server);
    return { stream, server, stop: async () => void (await Promise.all([stream.stop(), server.stop()])) };
  } catch (error) {
    await stream.stop();
    throw error;
  }
}

/** A process that has just started is slow: it gets its first requests one after another. */
async function warm({ url }: Listening): Promise<void> {
  for (let i = 0; i < WARMING; i++) {
    const input = { user_id: `u${i}`, session_id: `s${i}-0`, amount: i };
    await (await fetch(`${url}/v1/features/checkout`, { method: "POST", body: JSON.stringify({ input }) })).arrayBuffer();
  }
}

/** Runs the load and the probe against the servers; when a third is through, the newest tick of the daily view is computed and published. */
export async function live(asof: Asof, { stream, server }: Servers, sizes: LoadSizes): Promise<Lived> {
  const { events, rate, requests, users, probes } = sizes;
  const milliseconds = 1000 * secondsUntil(events, rate);
  const urls = ["--stream", stream.url, "--server", server.url];
  const refresh = async (): Promise<Materialized> => {
    await sleep(milliseconds / 3);
    return asof.runBeside<Materialized>(["materialize"]);
  };
  const [loaded, probed, { views }] = await Promise.all([
    script<Loaded>("load.ts", [...urls, ...flags({ events, rate, requests, users })]),
    script<Probed>("probe.ts", [...urls, ...flags({ probes, pause: Math.ceil((milliseconds * 0.8) / probes) })]),
    refresh(),
  ]);
  const { streams } = (await (await fetch(`${stream.url}/v1/streams`)).json()) as { readonly streams: readonly { readonly deadLetters: number }[] };
  const dead_letters = streams.reduce((sum, { deadLetters }) => sum + deadLetters, 0);
  return { loaded, probed, refreshed: views.flatMap(({ runs }) => runs), dead_letters };
}

/** Runs a script of this example as a process, and gives what it found out. */
function script<T>(file: string, args: readonly string[]): Promise<T> {
  const path = fileURLToPath(new URL(file, import.meta.url));
  return lastLine(file, spawn(process.execPath, ["--import", "jiti/register", path, ...args], { stdio: ["ignore", "pipe", "inherit"] }));
}

function flags(numbers: Readonly<Record<string, number>>): string[] {
  return Object.entries(numbers).flatMap(([name, value]) => [`--${name}`, String(value)]);
}
