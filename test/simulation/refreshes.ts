// The refreshed view of a history: its runs and rollbacks, and from the outside, which run its pointer has to show.
import { isDeepStrictEqual } from "node:util";
import { materialize, type Mode } from "../../src/materialize/materialize.ts";
import { AsofError } from "../../src/errors.ts";
import { Refresher } from "./world.ts";
import { madeAnew, type Code, type Scenario } from "./scenario.ts";
import type { Move } from "../../src/plan/record.ts";
import type { Processes } from "./processes.ts";
import type { Step } from "./steps.ts";
import type { ViewPlan } from "../../src/plan/view-plan.ts";

/** What is known of a version's pointer: all its moves, and the runs that must be readable. */
export interface Pointing {
  readonly moves: readonly Move[];
  readonly readable: readonly number[];
  /** Runs that may be. */
  readonly doubtful: readonly number[];
}

const UNMOVED: Pointing = { moves: [], readable: [], doubtful: [] };
type Schedule = Extract<ViewPlan["refresh"], { kind: "every" }>;

/** Runs and rolls back. Throws where what is on record is not what was acknowledged. */
export class Refreshes {
  readonly #processes: Processes;
  readonly #scenario: Scenario;
  /** By version. */
  readonly #pointings: Map<string, Pointing> = new Map();
  /** The definitions as the process that refreshes has read them. */
  #of: { readonly code: Code; readonly plan: ViewPlan } | null = null;
  #newestAsked = -Infinity;
  #floor = -Infinity;
  deaths = 0;
  runs = 0;

  constructor(processes: Processes, scenario: Scenario) {
    this.#processes = processes;
    this.#scenario = scenario;
  }

  /** Ticks up to here were computed: no event can be available before, so the clock must not be set back beyond it. */
  get floor(): number {
    return this.#floor;
  }

  pointing(version: string): Pointing {
    return this.#pointings.get(version) ?? UNMOVED;
  }

  /** How many runs had begun to write and were never published: their numbers are missing. */
  async torn(): Promise<number> {
    const store = await this.#processes.store("serve");
    const runs = await Promise.all([...this.#pointings.keys()].map((version) => store.runs({ name: "refreshed", version })));
    return runs.reduce((torn, list) => torn + (list.at(-1)?.run ?? 0) - list.length, 0);
  }

  /** Notes the T of an answer. */
  asked(at: number): void {
    this.#newestAsked = Math.max(this.#newestAsked, at);
  }

  /** Runs what is due, by the code as it is. */
  async run({ mode, death }: Extract<Step, { kind: "refresh" }>, code: Code): Promise<void> {
    const now = this.#moveClock();
    this.#scenario.deliver(now);
    if (this.#of?.code !== code) this.#of = { code, plan: madeAnew(this.#scenario.served(code).refreshed) };
    const { plan } = this.#of;
    const newest = newestTick(plan.refresh as Schedule, now);
    this.#floor = Math.max(this.#floor, newest);
    const before = this.pointing(plan.version);
    const process = new Refresher(this.#processes.world.clock, await this.#processes.store("refresh"), death, this.#scenario.crowd.length > 0 ? 700 : 1);
    const { offline } = this.#processes.machine;
    let acknowledged: readonly Move[] | null = null;
    try {
      acknowledged = (
        await materialize({ offline, store: process.store, clock: process.clock }, plan, modeOf(mode, newest, plan.refresh as Schedule))
      ).published.map(({ move }) => move);
    } catch (error) {
      if (process.isDead) this.#died();
      else if (isRefused(error, "MATERIALIZE_CLOCK_BEHIND") && (before.moves.at(-1)?.from ?? -Infinity) > now) acknowledged = [];
      else throw error;
      await this.#found(plan, before, acknowledged);
      return;
    }
    const shown = (await this.#found(plan, before, acknowledged)).moves.at(-1)?.tick;
    if (shown !== newest) throw new Error(`refresh, ${mode}, at ${now} left the view at tick ${shown}, the newest is ${newest}`);
  }

  async rollback({ name, version }: ViewPlan): Promise<void> {
    this.#moveClock();
    const before = this.pointing(version);
    const current = before.moves.at(-1)?.run ?? 0;
    const target = before.readable.find((run) => run < current);
    const store = await this.#processes.store("refresh");
    try {
      const move = await store.rollback({ name, version }, this.#processes.world.clock);
      if (move.run !== target && !before.doubtful.includes(move.run)) throw new Error(`rolled back from run ${current} to run ${move.run}, not to ${target}`);
      const after = { ...before, moves: [...before.moves, move] };
      this.#pointings.set(version, after);
      await this.#found({ name, version }, after, []);
    } catch (error) {
      if (!isRefused(error, "MATERIALIZE_NO_RUN_BEFORE") || target !== undefined) throw error;
    }
  }

  /** A request of the moment at which a run is published may have been answered already: publishes come later. */
  #moveClock(): number {
    const { clock } = this.#processes.world;
    clock.set(Math.max(clock.now(), this.#newestAsked + 1));
    return clock.now();
  }

  #died(): void {
    this.deaths++;
    this.#of = null;
  }

  /** What is on record: all that was, then what was acknowledged; of a process that died (null) perhaps what it had not told yet. */
  async #found({ name, version }: Pick<ViewPlan, "name" | "version">, before: Pointing, acknowledged: readonly Move[] | null): Promise<Pointing> {
    const { moves } = await (await this.#processes.store("serve")).record({ name, version });
    const news = moves.slice(before.moves.length);
    if (!isDeepStrictEqual(moves.slice(0, before.moves.length), before.moves))
      throw new Error(`moves of the pointer are lost: ${shown(before.moves)}, found ${shown(moves)}`);
    if (acknowledged !== null && !isDeepStrictEqual(news, acknowledged)) throw new Error(`acknowledged was ${shown(acknowledged)}, found ${shown(news)}`);
    const isTorn = acknowledged === null && this.#scenario.crowd.length > 0; // perhaps: it may have died before it wrote
    let current = before.moves.at(-1)?.run;
    let readable = isTorn ? before.readable.filter((run) => run === current) : before.readable;
    let doubtful = isTorn ? before.readable : before.doubtful;
    for (const { run } of news) {
      readable = current === undefined ? [run] : [current, run];
      doubtful = isTorn ? readable : [];
      current = run;
    }
    this.runs += news.length;
    const pointing = { moves, readable, doubtful };
    this.#pointings.set(version, pointing);
    return pointing;
  }
}

function modeOf(mode: Extract<Step, { kind: "refresh" }>["mode"], newest: number, { tick }: Schedule): Mode {
  if (mode === "again") return { kind: "tick", tick: newest };
  return mode === "backfill" ? { kind: "backfill", from: newest - 2 * tick, to: newest } : { kind: mode };
}

/** The newest tick at a moment, by steps of the schedule as it is said in docs/semantics.md. */
function newestTick({ tick, phase }: Schedule, now: number): number {
  return phase + Math.floor((now - phase) / tick) * tick;
}

function isRefused(error: unknown, code: string): boolean {
  return error instanceof AsofError && error.code === code;
}

function shown(moves: readonly Move[]): string {
  return JSON.stringify(moves);
}
