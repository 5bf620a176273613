// One simulated life: events arrive, views are refreshed, definitions change, processes die; what was answered is kept beside what happened.
import { dirname } from "node:path";
import { Changes } from "./changes.ts";
import { extraOf, FIRST_CODE, madeAnew, Scenario, type Code, type Served } from "./scenario.ts";
import { featureReader, type FeatureReader } from "../../src/online/read.ts";
import { chance } from "../property/runs.ts";
import { isAbsorbed } from "../../src/monitor/serving-log-format.ts";
import { lastPosition, Stream } from "../../src/stream/stream.ts";
import { Processes, type Machine } from "./processes.ts";
import { Refreshes, type Pointing } from "./refreshes.ts";
import { setInterval } from "node:timers/promises";
import { timestampOf } from "../../src/time.ts";
import type { Answer } from "../../src/online/answer.ts";
import type { EventRow } from "../property/inputs.ts";
import type { History, Kind, Step } from "./steps.ts";
import type { Move } from "../../src/plan/record.ts";
import type { Outcome } from "../../src/stream/intake.ts";
import type { World } from "./world.ts";

/** An event that was sent, `seen` when it came, with what became of it; null where its process died first. */
export interface Arrival {
  readonly row: EventRow;
  /** What the clock showed. */
  readonly clock: number;
  readonly outcome: Outcome | null;
}

/** An answer, by which definitions it was given, and what was known then of how far they had come. */
export interface Asked {
  readonly key: string;
  readonly answer: Answer;
  readonly of: Served;
  /** Records of the log below it were seen already; null: the states were not built yet. */
  readonly seen: number | null;
  readonly pointing: Pointing;
}

/** What happened. */
export interface Happened {
  readonly scenario: Scenario;
  /** The definitions at the end, and the moves of the refreshed view's pointer. */
  readonly of: Served;
  readonly moves: readonly Move[];
  readonly arrivals: readonly Arrival[];
  readonly asked: readonly Asked[];
  /** The folder of the source's log. */
  readonly log: string;
  readonly deaths: number;
  readonly runs: number;
  /** Runs that had begun to write when their process died. */
  readonly torn: number;
  readonly changes: number;
}

/** Lives through a history. `name` is of no other history of the machine. */
export async function live(history: History, machine: Machine, name: string): Promise<Happened> {
  const life = new Life(history, machine, name);
  try {
    for (const step of history.steps) await life.take(step);
    return await life.end();
  } finally {
    await life.close();
  }
}

/** The process that takes events, and the definitions that it has. */
interface Running {
  readonly process: Stream;
  readonly of: Served;
  readonly code: Code;
}

class Life {
  readonly #scenario: Scenario;
  readonly #processes: Processes;
  readonly #refreshes: Refreshes;
  readonly #changes: Changes;
  readonly #world: World;
  readonly #log: string;
  readonly #sizes: { readonly config: { readonly segmentBytes: number; readonly queueBytes: number }; readonly idsInMemory: number };
  readonly #queue: EventRow[];
  readonly #arrivals: Arrival[] = [];
  readonly #asked: Asked[] = [];
  readonly #readers: Map<Served, FeatureReader> = new Map();
  /** By version of the streaming view, how far its states are known to be: those of versions that are not there are not built. */
  readonly #seen: Map<string, number> = new Map();
  #stream: Running | null = null;
  #now: Served;
  #before: Served | null = null;
  #newest = -Infinity;
  #deaths = 0;

  constructor({ seeds, rows: count, crowded, sizes }: History, machine: Machine, name: string) {
    const below = chance(sizes);
    this.#scenario = new Scenario({ ...seeds, rows: seeds.rows.slice(0, count) }, crowded, machine.root, name);
    this.#processes = new Processes(machine, name);
    this.#world = this.#processes.world;
    this.#world.clock.set(this.#scenario.base);
    this.#refreshes = new Refreshes(this.#processes, this.#scenario);
    this.#changes = new Changes(this.#processes, this.#scenario);
    this.#log = this.#processes.log;
    this.#sizes = { config: { segmentBytes: 200 + below(2000), queueBytes: 1e6 }, idsInMemory: 1 + below(6) };
    const isInOrder = below(4) > 0;
    const { rows } = this.#scenario;
    this.#queue = isInOrder ? rows.toSorted((a, b) => Number(a.seen.micros - b.seen.micros)) : [...rows];
    this.#now = this.#scenario.served(FIRST_CODE);
  }

  readonly #steps: { readonly [K in Kind]: (step: Extract<Step, { kind: K }>) => Promise<void> | void } = {
    send: (step) => this.#sendNext(step),
    wait: ({ share }) => this.#world.clock.set(this.#world.clock.now() + Math.floor((share * this.#scenario.range) / 100)),
    ask: ({ key, before }) => this.#ask(this.#scenario.entity(key), before),
    restart: ({ death }) => this.#restart(death),
    refresh: (step) => this.#refreshes.run(step, this.#changes.code),
    rollback: () => this.#refreshes.rollback(this.#now.refreshed),
    apply: async (step) => {
      const before = this.#changes.code;
      if (!(await this.#changes.apply(step))) return;
      if (this.#changes.code === before) return;
      [this.#before, this.#now] = [this.#now, this.#scenario.served(this.#changes.code)];
      await this.#stop();
    },
  };

  async take(step: Step): Promise<void> {
    await (this.#steps[step.kind] as (step: Step) => Promise<void> | void)(step);
  }

  /** At the end the process starts once more, and every entity is asked for. */
  async end(): Promise<Happened> {
    await this.#restart(null);
    for (const { key } of this.#scenario.wanted) await this.#ask(key[0] as string, false);
    return {
      scenario: this.#scenario,
      of: this.#now,
      moves: this.#refreshes.pointing(this.#now.refreshed.version).moves,
      arrivals: this.#arrivals,
      asked: this.#asked,
      log: this.#log,
      deaths: this.#deaths + this.#refreshes.deaths + this.#changes.deaths,
      runs: this.#refreshes.runs,
      torn: await this.#refreshes.torn(),
      changes: this.#changes.count,
    };
  }

  async close(): Promise<void> {
    await this.#stop();
    await this.#processes.close();
  }

  /** The process that takes events, started if it is not there. */
  async #started(): Promise<Running> {
    if (this.#stream !== null) return this.#stream;
    const of = this.#scenario.served(this.#changes.code);
    const { states } = await this.#processes.store("stream");
    const { clock, openFile } = this.#world;
    const views = [madeAnew(of.live), of.refreshed];
    const process = await Stream.open({ ...this.#sizes, folder: dirname(this.#log), clock, states: this.#world.statesOf(states), views, openFile });
    this.#stream = { process, of, code: this.#changes.code };
    this.#seen.set(of.live.version, process.state()[0]?.end ?? 0);
    return this.#stream;
  }

  async #stop(): Promise<void> {
    await this.#stream?.process.close();
    this.#stream = null;
    this.#world.revive();
  }

  async #restart(death: number | null): Promise<void> {
    await this.#stop();
    if (death !== null) this.#world.doom = { death: "unabsorbed", share: death };
    try {
      await this.#started();
    } catch (error) {
      if (!this.#world.isDead) throw error;
    }
    if (death === null) return;
    this.#deaths++;
    await this.#stop();
  }

  async #sendNext({ events: count, visible, back, again, death }: Extract<Step, { kind: "send" }>): Promise<void> {
    const events = this.#queue.splice(0, count);
    if (events.length === 0) return;
    await this.#started();
    const { clock } = this.#world;
    const seen = Number((events.at(-1) as EventRow).seen.micros);
    clock.set(back ? Math.max(seen, this.#refreshes.floor) : Math.max(seen, clock.now()));
    this.#world.doom = death;
    const lost = await this.#send(events, visible);
    if (death === null) return;
    this.#deaths++;
    await this.#stop();
    if (again && this.#now.definitions.live.source.id !== null) this.#queue.unshift(...lost.filter(({ id }) => id !== null).slice(0, 1));
  }

  /** Sends events; gives those of which nobody knows what became of them. */
  async #send(events: readonly EventRow[], visible: boolean): Promise<EventRow[]> {
    const { process, of, code } = await this.#started();
    const full = events.map((row): EventRow => (code.column ? ({ ...row, extra: extraOf(row) } as EventRow) : row));
    const sent = full.map(({ seen: _, ...event }) => event);
    const done = process.ingest(of.live.source.name, sent, { visible });
    const waited = new AbortController();
    const ended = (): Promise<null> => (this.#world.doom === null ? troubled(process, waited.signal) : this.#world.died());
    const outcomes = await (visible ? Promise.race([done, ended()]) : done).finally(() => waited.abort());
    if (visible && outcomes !== null) this.#seen.set(of.live.version, Math.max(this.#seen.get(of.live.version) ?? 0, lastPosition(outcomes) + 1));
    full.forEach((row, i) => this.#arrived(row, outcomes?.[i] ?? null));
    const lost = this.#arrivals.slice(-events.length);
    return events.filter((_, i) => lost[i]?.outcome === null);
  }

  #arrived(row: EventRow, outcome: Outcome | null): void {
    const clock = this.#world.clock.now();
    const isLost = outcome === null || (outcome.status === "refused" && outcome.error.code === "INGEST_CANNOT_WRITE");
    const isTaken = outcome !== null && "available" in outcome;
    if (isTaken) this.#newest = outcome.available;
    const seen = timestampOf(isTaken ? this.#newest : Math.max(this.#newest, clock));
    this.#arrivals.push({ row: { ...row, seen }, clock, outcome: isLost ? null : outcome });
  }

  async #ask(key: string, before: boolean): Promise<void> {
    const of = before ? (this.#before ?? this.#now) : this.#now;
    let reader = this.#readers.get(of);
    if (reader === undefined) this.#readers.set(of, (reader = featureReader(of.plan, await this.#processes.store("serve"), this.#world.clock)));
    const answer = await reader.one({ user: key });
    const [read] = answer.row.runs;
    const pointing = this.#refreshes.pointing(of.refreshed.version);
    this.#asked.push({ key, answer, of, seen: this.#seen.get(of.live.version) ?? null, pointing });
    this.#refreshes.asked(answer.at);
    if (read != null && isAbsorbed(read)) this.#seen.set(of.live.version, Math.max(this.#seen.get(of.live.version) ?? 0, read.end));
  }
}

/** Rejects where a process that lives cannot write the states that it is waited for. */
async function troubled(process: Stream, waited: AbortSignal): Promise<never> {
  for await (const _ of setInterval(20, null, { signal: waited, ref: false })) {
    const problem = process.state()[0]?.problem ?? null;
    if (problem !== null) throw new Error(`the states cannot be written: ${problem}`);
  }
  throw new Error("unreachable: it waits until it is told not to");
}
