// The absorber of one log: its records flow into the states of all streaming views over it, in small batches, each once.
import { absorb, EMPTY, type Absorbed as Taken } from "../kernel/state/absorb.ts";
import { decodeHead, encodeHead } from "../kernel/state/format.ts";
import { setTimeout as sleep } from "node:timers/promises";
import { DefinitionError } from "../errors.ts";
import { finish } from "../online/state-read.ts";
import { liveView, type EntityChanges, type LiveView } from "./live-view.ts";
import type { Absorbed, Absorption, StateFound, StateStore, StateWrite } from "../online/state-store.ts";
import type { LogRecord } from "./record.ts";
import type { EventLog } from "./event-log.ts";
import type { RetainedEdge } from "../plan/event-log.ts";
import { formatTime, type Micros } from "../time.ts";
import { reachOf } from "../define/retain.ts";
import type { ViewPlan } from "../plan/view-plan.ts";

/** Records that are absorbed together. */
const BATCH_RECORDS = 2000;
/** Records that may wait; beyond it the log takes no more until there is room. */
const WAITING_RECORDS = 20_000;

/** How long after a failure it is tried again, in milliseconds. */
const RETRY = 250;

/** How an absorber fares. */
export interface AbsorberState {
  /** All records below it are in the states of every view. */
  readonly end: number;
  readonly upTo: Micros;
  /** Records that wait to be absorbed. */
  readonly waiting: number;
  /** Why the last batch failed; null if it did not. It is tried again. */
  readonly problem: string | null;
}

/** A view with how far its states go. */
interface Fed {
  readonly live: LiveView;
  absorbed: Absorbed | null;
  /** Why its row functions cannot take a record, or what it lacks: it is fed no more, and its states stay as they are. */
  defect: string | null;
}

/** Who waits for a record to be seen. */
interface Watcher {
  readonly position: number;
  readonly resolve: () => void;
}

/** What was before a log, for a view: records at positions below 0, in order. */
export type HistoryOf = (plan: ViewPlan) => AsyncIterable<readonly LogRecord[]>;

async function* noHistory(): AsyncGenerator<never> {
  // nothing was
}

/** Absorbs a log into the states of views. One process at a time. */
export class Absorber {
  readonly #log: EventLog;
  readonly #store: StateStore;
  readonly #views: readonly Fed[];
  readonly #waiting: LogRecord[] = [];
  #watchers: Watcher[] = [];
  #room: (() => void)[] = [];
  #working: Promise<unknown> | null = null;
  #problem: string | null = null;
  readonly #closing: AbortController = new AbortController();
  /** The end of the records that were taken. */
  #takenTo: number;

  private constructor(log: EventLog, store: StateStore, views: readonly Fed[]) {
    this.#log = log;
    this.#store = store;
    this.#views = views;
    this.#takenTo = log.end;
  }

  /**
   * Opens the absorber of a log, and brings the states of each view up to its end: of a new view from the history on. States of
   * another log are forgotten.
   * Throws a `StoreError`.
   */
  static async open(log: EventLog, store: StateStore, plans: readonly ViewPlan[], history: HistoryOf = noHistory): Promise<Absorber> {
    const views: Fed[] = [];
    for (const plan of plans) {
      const absorbed = await store.absorbed(plan);
      if (absorbed !== null && absorbed.log !== log.identity.id) await store.drop(plan);
      views.push({ live: liveView(plan), absorbed: absorbed?.log === log.identity.id ? absorbed : null, defect: null });
    }
    const absorber = new Absorber(log, store, views);
    for (const view of views) await absorber.#catchUp(view, history);
    return absorber;
  }

  get state(): AbsorberState {
    const ends = this.#fed.map(({ absorbed }) => absorbed?.end ?? 0);
    const upTo = this.#views.map(({ absorbed }) => absorbed?.upTo ?? -Infinity);
    const problem = this.#problem ?? this.#views.find(({ defect }) => defect !== null)?.defect ?? null;
    return { end: Math.min(this.#log.end, ...ends), upTo: Math.min(...upTo), waiting: this.#waiting.length, problem };
  }

  /** Takes records that are on disk, in order, up to the log's end. Gives a promise to wait for where too many wait. */
  take(records: readonly LogRecord[]): Promise<void> | undefined {
    if (this.#views.length === 0) return undefined;
    for (const record of records) this.#waiting.push(record);
    this.#takenTo = this.#log.end;
    this.#work();
    return this.#waiting.length < WAITING_RECORDS ? undefined : new Promise((resolve) => this.#room.push(resolve));
  }

  /** The views that take records. */
  get #fed(): readonly Fed[] {
    return this.#views.filter(({ defect }) => defect === null);
  }

  /** Resolves when readers see the record at a position, in every view that takes it. */
  visible(position: number): Promise<void> {
    if (this.#fed.every(({ absorbed }) => (absorbed?.end ?? 0) > position)) return Promise.resolve();
    return new Promise((resolve) => this.#watchers.push({ position, resolve }));
  }

  /** Says that all records available before `at` are in the states: true where all that is in the log was taken and is absorbed. */
  async beat(at: Micros): Promise<void> {
    if (this.#working !== null || this.#waiting.length > 0 || this.#views.length === 0) return;
    this.#log.raise(at);
    const to = this.#at(this.#log.end, at);
    this.#working = this.#trying(() => this.#absorb([], to));
    await this.#working;
    this.#working = null;
    this.#work();
  }

  /** Ends when what was taken is absorbed. What cannot be is absorbed when the log is opened again. */
  async close(): Promise<void> {
    this.#closing.abort();
    while (this.#working !== null) await this.#working;
  }

  #work(): void {
    if (this.#working === null && this.#waiting.length > 0) this.#working = this.#absorbWaiting();
  }

  async #absorbWaiting(): Promise<void> {
    while (this.#waiting.length > 0) {
      const records = this.#waiting.slice(0, BATCH_RECORDS);
      const end = this.#waiting[records.length]?.position ?? this.#takenTo;
      const isDone = await this.#trying(() => this.#absorb(records, this.#at(end, (records.at(-1) as LogRecord).available)));
      if (isDone) this.#waiting.splice(0, records.length);
      else if (this.#closing.signal.aborted) break;
      this.#notify();
    }
    this.#working = null; // in the same step in which nothing was found to wait: what comes after it begins anew
  }

  /** False where it failed: then, after a while, how far each view's states go is read again. */
  async #trying(work: () => Promise<void>): Promise<boolean> {
    try {
      await work();
      this.#problem = null;
      return true;
    } catch (error) {
      this.#problem = error instanceof Error ? error.message : String(error);
      await sleep(RETRY, undefined, { signal: this.#closing.signal }).catch(() => undefined);
      for (const view of this.#views) view.absorbed = await this.#store.absorbed(view.live.plan).catch(() => view.absorbed);
      return false;
    }
  }

  #notify(): void {
    const { end } = this.state;
    const seen = this.#watchers.filter(({ position }) => position < end);
    this.#watchers = this.#watchers.filter(({ position }) => position >= end);
    for (const { resolve } of seen) resolve();
    if (this.#waiting.length >= WAITING_RECORDS) return;
    for (const resolve of this.#room.splice(0)) resolve();
  }

  #at(end: number, upTo: Micros): Absorbed {
    return { log: this.#log.identity.id, end, upTo };
  }

  /** A view whose row functions throw an error of the definition is left behind; the others go on. */
  async #absorb(records: readonly LogRecord[], to: Absorbed, views: readonly Fed[] = this.#fed): Promise<void> {
    const absorptions: Absorption[] = [];
    const taken: Fed[] = [];
    for (const view of views) {
      try {
        absorptions.push(await this.#absorption(view, records, to));
        taken.push(view);
      } catch (error) {
        if (!(error instanceof DefinitionError)) throw error;
        view.defect = error.message;
      }
    }
    await this.#store.absorb(absorptions);
    for (const view of taken) view.absorbed = to;
  }

  /** Absorbs what is left of the history, then the log from where a view's states end to its end. */
  async #catchUp(view: Fed, history: HistoryOf): Promise<void> {
    const edge = await this.#log.retained();
    if (edge !== null && (view.absorbed?.end ?? -Infinity) < edge.from && !isEnough(view.live, edge, this.#log.newest)) {
      view.defect = `view ${view.live.plan.name} needs events that are no longer retained: what is left of the log begins at ${formatTime(edge.since)}`;
      return;
    }
    const building = view.absorbed === null || view.absorbed.end < 0 || view.absorbed.building === true ? { building: true } : {};
    if (view.absorbed === null || view.absorbed.end < 0) {
      for await (const records of history(view.live.plan)) {
        const last = records.at(-1);
        if (last !== undefined) await this.#absorb(records, { ...this.#at(last.position + 1, last.available), ...building }, [view]);
      }
      await this.#absorb([], { ...this.#at(0, this.#log.identity.began), ...building }, [view]);
    }
    const { end, upTo } = view.absorbed as unknown as Absorbed;
    this.#log.raise(upTo);
    for await (const batch of this.#log.records(end)) {
      for (let from = 0; from < batch.records.length && view.defect === null; from += BATCH_RECORDS) {
        const records = batch.records.slice(from, from + BATCH_RECORDS);
        const next = batch.records[from + BATCH_RECORDS]?.position ?? batch.end;
        await this.#absorb(records, { ...this.#at(next, (records.at(-1) as LogRecord).available), ...building }, [view]);
      }
    }
    const built = view.absorbed as unknown as Absorbed;
    if (built.building === true && view.defect === null) await this.#absorb([], this.#at(built.end, built.upTo), [view]);
  }

  /** Records that the view's states hold already are passed over. */
  async #absorption({ live, absorbed }: Fed, records: readonly LogRecord[], to: Absorbed): Promise<Absorption> {
    const news = records.filter(({ position }) => position >= (absorbed?.end ?? -Infinity));
    const entities = news.length === 0 ? [] : [...live.changesOf(news).entities];
    const found = await this.#store.states(entities.map(({ key }) => ({ view: live.plan, key })));
    const states: StateWrite[] = [];
    for (const [i, entity] of entities.entries()) {
      const write = changed(live, entity, found[i] ?? null);
      states.push(write instanceof Promise ? await write : write);
    }
    return { view: live.plan, from: absorbed, to, states };
  }
}

/** Whether what is retained of a log is all that a view's windows reach from now on: what was thrown away happened at most `ahead` after it came. */
function isEnough({ plan }: LiveView, { since }: RetainedEdge, now: Micros): boolean {
  return since + plan.source.ahead + reachOf(plan.frames) <= now;
}

/** The state of an entity with changes taken in. */
function changed({ layout }: LiveView, { key, changes }: EntityChanges, found: StateFound | null): StateWrite | Promise<StateWrite> {
  const before = found?.head ?? null;
  const done = finish(absorb(layout, before === null ? EMPTY : decodeHead(before), changes), (names) => (found as StateFound).chunks(names));
  const write = ({ head, written, unnamed }: Taken): StateWrite => {
    const isEmpty = head.closed === null && head.open.length === 0;
    return { key, head: isEmpty ? null : encodeHead(head), written, unnamed };
  };
  return done instanceof Promise ? done.then(write) : write(done);
}
