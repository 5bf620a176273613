// June 2001 once more: refreshes and requests in order of time, each seeing only what its moment could.
import { Agent } from "node:http";
import type { Micros } from "asof";
import { lateness } from "./definitions.ts";
import { postJson } from "../common/http.ts";
import { startWorker, type Worker } from "../common/worker.ts";
import type { Due } from "./refresh-worker.ts";
import type { Matrix } from "../common/matrix.ts";
import type { Table } from "../common/warehouse.ts";
import type { Tick } from "./server-worker.ts";

/** What came of the replay. */
export interface Replayed {
  /** The features that the server answered, in order of the requests. */
  readonly served: Matrix;
  /** How long each answer took, in milliseconds, sorted. */
  readonly latencies: Float64Array;
  /** Refresh runs. */
  readonly runs: number;
  /** The last briefing that was asked for, feature by feature. */
  readonly briefing: Readonly<Record<string, unknown>>;
}

/** Of so many flights, one is asked about for a briefing too. */
const BRIEFED = 50;
/** Requests of one minute are sent together, over so many connections at most. */
const CONNECTIONS = 16;
/** Server processes, each with a clock of its own: minutes within one interval between refreshes are answered side by side. */
const SERVERS = 2;
/** Refresh processes, each with some of the views. */
const REFRESHERS = 2;
const DAY: Micros = 86_400_000_000;

/** The moments at which views are due, `delay` after their ticks, with the views. */
function schedule(from: Micros, to: Micros): Due[] {
  const due = new Map<Micros, Set<string>>();
  const at = (now: Micros, view: string): void => void due.set(now, (due.get(now) ?? new Set()).add(view));
  for (const { definition } of lateness.views) {
    const { refresh, name } = definition;
    if (refresh.kind !== "every") continue;
    at(from, name);
    // A run is published just after the delay is over, so that a request at that very minute still has the run before.
    const first = Math.floor((from - refresh.phase) / refresh.tick + 1) * refresh.tick + refresh.phase;
    for (let tick = first; tick + refresh.delay < to; tick += refresh.tick) at(tick + refresh.delay + 1, name);
  }
  return [...due].toSorted(([a], [b]) => a - b).map(([now, views]) => ({ now, views: [...views] }));
}

/** Something that happens once, and can be waited for. */
interface Gate {
  readonly opened: Promise<void>;
  open(): void;
}

function gate(): Gate {
  let open = (): void => undefined;
  return { opened: new Promise((resolve) => (open = resolve)), open: () => open() };
}

/** The part of each step that one refresh process does: of all views, each process has every so-manieth. */
function partOf(steps: readonly Due[], part: number): Due[] {
  const all = new Set(lateness.views.map(({ definition }) => definition.name));
  const mine = new Set([...all].filter((_, i) => i % REFRESHERS === part));
  return steps.map(({ now, views }) => ({ now, views: views.filter((view) => mine.has(view)) }));
}

/** For each step, the newest step before it that refreshes one of its views; -1 if none does. */
function stepsBefore(steps: readonly Due[]): number[] {
  const newest = new Map<string, number>();
  return steps.map(({ views }, i) => {
    const before = Math.max(-1, ...views.map((view) => newest.get(view) ?? -1));
    for (const view of views) newest.set(view, i);
    return before;
  });
}

/**
 * Answers each of June's requests at its moment over HTTP, refreshing the views in between; servers and refreshers are
 * processes of their own, on one online store. A run holds from the moment that its publish names, and the run before it
 * stays readable: so a refresher may be ahead of the requests by one run of each view, and no further.
 */
export async function replay(june: Table, features: readonly string[], onPart: (done: number) => void): Promise<Replayed> {
  const start = <Q extends object, A>(file: string, count: number): Promise<Worker<Q, A>[]> =>
    Promise.all(Array.from({ length: count }, () => startWorker<Q, A>(new URL(file, import.meta.url))));
  const refreshers = await start<Due, number>("./refresh-worker.ts", REFRESHERS);
  const servers = await start<Tick, string>("./server-worker.ts", SERVERS);
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  try {
    const times = june.numbers("label_time");
    const urls = await Promise.all(servers.map((server) => server.ask({ ask: "url" })));
    const client = featureClient(agent, june, features);
    const steps = schedule(Math.floor((times[0] as number) / DAY) * DAY, times[times.length - 1] as number);
    const refreshed = refreshers.map(() => steps.map(gate));
    const reached = steps.map(gate);
    let runs = 0;
    let next = 0;
    const refreshPart = async (refresher: Worker<Due, number>, part: number): Promise<void> => {
      const mine = partOf(steps, part);
      const before = stepsBefore(mine);
      for (const [i, step] of mine.entries()) {
        await reached[before[i] as number]?.opened;
        const done = step.views.length === 0 ? 0 : await refresher.ask(step);
        runs += done;
        refreshed[part]?.[i]?.open();
      }
    };
    /** One server's part: minute after minute of an interval, as long as there are any that no other has taken. */
    const serveUntil = async (end: Micros, server: Worker<Tick, string>, url: string): Promise<void> => {
      while (next < june.rows && (times[next] as number) < end) {
        const first = next;
        while (next < june.rows && times[next] === times[first]) next++;
        const after = next;
        await server.ask({ now: times[first] as number });
        await Promise.all(Array.from({ length: after - first }, (_, n) => client.ask(url, first + n)));
      }
    };
    const serveAll = async (): Promise<void> => {
      for (const i of steps.keys()) {
        for (const gates of refreshed) await gates[i]?.opened;
        reached[i]?.open();
        await Promise.all(servers.map((server, n) => serveUntil(steps[i + 1]?.now ?? Infinity, server, urls[n] as string)));
        onPart(next / june.rows);
      }
    };
    await Promise.all([...refreshers.map(refreshPart), serveAll()]);
    return { served: client.served, latencies: client.latencies.sort(), runs, briefing: client.briefing() };
  } finally {
    agent.destroy();
    await Promise.all([...refreshers, ...servers].map((worker) => worker.end()));
  }
}

/** What an answer holds: values, feature by feature. */
interface Values<V> {
  readonly values: Readonly<Record<string, V>>;
}

/** Asks for the features of single requests and keeps what was answered. */
interface FeatureClient {
  readonly served: Matrix;
  readonly latencies: Float64Array;
  briefing(): Readonly<Record<string, unknown>>;
  ask(server: string, index: number): Promise<void>;
}

function featureClient(agent: Agent, june: Table, features: readonly string[]): FeatureClient {
  const served = { rows: june.rows, columns: features.map(() => new Float64Array(june.rows)) };
  const latencies = new Float64Array(june.rows);
  const [origins, destinations] = [june.texts("origin"), june.texts("destination")];
  const states = june.texts("origin_state");
  const [distances, minutes, weekdays] = [june.numbers("distance"), june.numbers("minute_of_day"), june.numbers("weekday")];
  let briefing: Readonly<Record<string, unknown>> = {};
  const ask = async (server: string, i: number): Promise<void> => {
    const known = { distance: distances[i], minute_of_day: minutes[i], weekday: weekdays[i] };
    const input = { origin: origins[i], destination: destinations[i], origin_state: states[i], ...known };
    const before = performance.now();
    const { values } = await postJson<Values<number | null>>(`${server}/v1/features/lateness`, agent, { input });
    latencies[i] = performance.now() - before;
    features.forEach((name, column) => void ((served.columns[column] as Float64Array)[i] = values[name] ?? Number.NaN));
    if (i % BRIEFED !== 0) return;
    const keys = { origin: origins[i], destination: destinations[i] };
    briefing = { ...keys, ...(await postJson<Values<unknown>>(`${server}/v1/features/briefing`, agent, { input: keys })).values };
  };
  return { served, latencies, briefing: () => briefing, ask };
}
