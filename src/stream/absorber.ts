// The absorber of one log: its records flow into the states of all streaming views over it, in small batches, each once.
import { Backlog, type HistoryOf } from "./backlog.ts";
import { FedView } from "./fed-view.ts";
import { setTimeout as sleep } from "node:timers/promises";
import type { Absorption, StateStore } from "../online/state-store.ts";
import type { EventLog } from "./event-log.ts";
import type { LogRecord } from "./record.ts";
import type { Micros } from "../time.ts";
import type { ViewPlan } from "../plan/view-plan.ts";

/** Live records that are absorbed together. */
const BATCH_RECORDS = 5000;
/** Records that views which are behind absorb together while no live ones come: so many an event may have to wait for. */
const BEHIND_RECORDS = 500;
/** For each live record views that are behind absorb so many, or else they would never come to the end of a log that is busy. */
const BEHIND_PER_LIVE = 2;
/** Records that views which are behind absorb before the first event is taken: where there are no more, nobody sees that they were. */
const FIRST_RECORDS = 2000;
/** Records that may wait; beyond it the log takes no more until there is room. */
const WAITING_RECORDS = 20_000;

/** How long after a failure it is tried again, in milliseconds. */
const RETRY = 250;

/** A view that is behind the live flow, and how far it is. */
export interface ViewBehind {
  readonly view: string;
  /** All records below it are in its states: below 0 in the history; null while there are none. */
  readonly end: number | null;
  /** Whether requests are answered from its states meanwhile: they were complete once. */
  readonly answers: boolean;
}

/** How an absorber fares. */
export interface AbsorberState {
  /** All records below it are in the states of every view that answers; of every view where none does yet. */
  readonly end: number;
  readonly upTo: Micros;
  /** Records that wait to be absorbed. */
  readonly waiting: number;
  readonly behind: readonly ViewBehind[];
  /** Why the last batch failed; null if it did not. It is tried again. */
  readonly problem: string | null;
}

/** Who waits for a record to be seen. */
interface Watcher {
  readonly position: number;
  readonly resolve: () => void;
}

async function* noHistory(): AsyncGenerator<never> {
  // nothing was
}

/**
 * Absorbs a log into the states of views. One process at a time. 1. The live flow stands at one position: all below it was absorbed by
 * the views that are live. 2. A view that is new, or was not fed for a while, is behind: it absorbs the history and the log from
 * where its states end, up to that position. There it is live, and has nothing missed and nothing twice. 3. Live batches and batches
 * for views that are behind take turns, the live ones first.
 */
export class Absorber {
  readonly #log: EventLog;
  readonly #store: StateStore;
  readonly #views: readonly FedView[];
  readonly #history: HistoryOf;
  readonly #waiting: LogRecord[] = [];
  #watchers: Watcher[] = [];
  #awaitsBuilt: (() => void)[] = [];
  #room: (() => void)[] = [];
  #working: Promise<void> | null = null;
  /** Up to when there is nothing that waits; null where that is said. */
  #beatAt: Micros | null = null;
  /** What views that are behind read; null where none was, or where reading failed. */
  #backlog: Backlog | null = null;
  /** Whether the backlog is left alone for a while, since it failed. */
  #isResting = false;
  #problem: string | null = null;
  #behindProblem: string | null = null;
  readonly #closing: AbortController = new AbortController();
  /** The end of the records that were taken. */
  #takenTo: number;

  private constructor(log: EventLog, store: StateStore, views: readonly FedView[], history: HistoryOf) {
    this.#log = log;
    this.#store = store;
    this.#views = views;
    this.#history = history;
    this.#takenTo = log.end;
  }

  /**
   * Opens the absorber of a log. Views that are behind by little are live then, the others are brought up to the live flow from here on.
   * Throws a `StoreError`, or what reading the log or its history throws.
   */
  static async open(log: EventLog, store: StateStore, plans: readonly ViewPlan[], history: HistoryOf = noHistory): Promise<Absorber> {
    const views: FedView[] = [];
    for (const plan of plans) views.push(await FedView.open(plan, store, log.identity.id));
    const edge = await log.retained();
    for (const view of views) view.refuseIfTrimmed(edge, log.newest);
    log.raise(Math.max(log.identity.began, ...views.map(({ absorbed }) => absorbed?.upTo ?? -Infinity)));
    const absorber = new Absorber(log, store, views, history);
    for (let left = FIRST_RECORDS; left > 0 && absorber.#behind.length > 0;) left -= await absorber.#bringUp(left);
    absorber.#work();
    return absorber;
  }

  get state(): AbsorberState {
    const complete = this.#views.filter(({ isBuilding }) => !isBuilding);
    const told = complete.length > 0 ? complete : this.#views;
    const ends = told.filter(({ defect }) => defect === null).map(({ end }) => end);
    const upTo = Math.min(...told.map(({ absorbed }) => absorbed?.upTo ?? -Infinity));
    const behind = this.#behind.map(({ plan, absorbed, isBuilding }) => ({ view: plan.name, end: absorbed?.end ?? null, answers: !isBuilding }));
    const problem = this.#problem ?? this.#behindProblem ?? this.#views.find(({ defect }) => defect !== null)?.defect ?? null;
    return { end: Math.max(0, Math.min(this.#log.end, ...ends)), upTo, waiting: this.#waiting.length, behind, problem };
  }

  /** Takes records that are on disk, in order, up to the log's end. Gives a promise to wait for where too many wait. */
  take(records: readonly LogRecord[]): Promise<void> | undefined {
    if (this.#views.length === 0) return undefined;
    for (const record of records) this.#waiting.push(record);
    this.#takenTo = this.#log.end;
    this.#work();
    return this.#waiting.length < WAITING_RECORDS ? undefined : new Promise((resolve) => this.#room.push(resolve));
  }

  /**
   * Resolves when readers see the record at a position, in every view that answers them and takes it. Views whose states are built are
   * not waited for; where there are no others, the first that is complete is.
   */
  visible(position: number): Promise<void> {
    if (position < this.#seenTo) return Promise.resolve();
    return new Promise((resolve) => this.#watchers.push({ position, resolve }));
  }

  /** Resolves when no view is behind. */
  built(): Promise<void> {
    return this.#behind.length === 0 ? Promise.resolve() : new Promise((resolve) => this.#awaitsBuilt.push(resolve));
  }

  /** Says that all records available before `at` are in the log, and none of them waits. */
  beat(at: Micros): void {
    if (this.#waiting.length > 0 || this.#takenTo < this.#log.end) return;
    this.#log.raise(at);
    this.#beatAt = Math.max(at, this.#beatAt ?? -Infinity);
    this.#work();
  }

  /** Ends when what was taken is absorbed. What cannot be, and what views that are behind lack, is absorbed when the log is opened again. */
  async close(): Promise<void> {
    this.#closing.abort();
    while (this.#working !== null) await this.#working;
    await this.#backlog?.close();
  }

  /** The position of the live flow. */
  get #position(): number {
    return this.#waiting[0]?.position ?? this.#takenTo;
  }

  /** The views that take records. */
  get #fed(): readonly FedView[] {
    return this.#views.filter(({ defect }) => defect === null);
  }

  get #live(): readonly FedView[] {
    return this.#fed.filter(({ end, isBuilding }) => !isBuilding && end >= this.#position);
  }

  get #behind(): readonly FedView[] {
    return this.#fed.filter(({ end, isBuilding }) => isBuilding || end < this.#position);
  }

  /** Readers see all records below it. */
  get #seenTo(): number {
    if (this.#fed.length === 0) return Infinity;
    const complete = this.#fed.filter(({ isBuilding }) => !isBuilding);
    return complete.length === 0 ? -Infinity : Math.min(...complete.map(({ end }) => end));
  }

  get #mayBringUp(): boolean {
    return !this.#closing.signal.aborted && !this.#isResting && this.#behind.length > 0;
  }

  #work(): void {
    if (this.#working === null) this.#working = this.#turns();
  }

  async #turns(): Promise<void> {
    await Promise.resolve(); // what asks for work has noted its promise by then
    while (this.#waiting.length > 0 || this.#beatAt !== null || this.#mayBringUp) {
      const taken = await this.#absorbWaiting();
      if (taken === null && this.#closing.signal.aborted) break;
      this.#notify();
      if (this.#mayBringUp) await this.#tryBringingUp(Math.max(BEHIND_RECORDS, BEHIND_PER_LIVE * (taken ?? 0)));
      this.#notify();
    }
    this.#working = null; // in the same step in which nothing was found to do: what comes after it begins anew
  }

  /** Absorbs what waits, up to a batch; gives how many records that were, null where it failed. Then, after a while, it is tried again. */
  async #absorbWaiting(): Promise<number | null> {
    const records = this.#waiting.slice(0, BATCH_RECORDS);
    const upTo = records.at(-1)?.available ?? this.#beatAt;
    this.#beatAt = null;
    if (upTo === null) return 0;
    try {
      await this.#absorb(this.#live, records, this.#waiting[records.length]?.position ?? this.#takenTo, upTo);
      this.#waiting.splice(0, records.length);
      this.#problem = null;
      return records.length;
    } catch (error) {
      this.#problem = messageOf(error);
      await sleep(RETRY, undefined, { signal: this.#closing.signal }).catch(() => undefined);
      await this.#lookAgain();
      return null;
    }
  }

  /** Brings views that are behind up; where it fails that is tried again after a while, and the live flow goes on. */
  async #tryBringingUp(most: number): Promise<void> {
    try {
      await this.#bringUp(most);
      this.#behindProblem = null;
    } catch (error) {
      this.#behindProblem = messageOf(error);
      await this.#lookAgain();
      this.#isResting = true;
      const rested = (): void => {
        this.#isResting = false;
        this.#work();
      };
      void sleep(RETRY, undefined, { signal: this.#closing.signal }).then(rested, rested);
    }
  }

  /** Takes the views that are behind further, by `most` records at most; gives how many they were. */
  async #bringUp(most: number): Promise<number> {
    const views = this.#behind;
    this.#backlog ??= new Backlog(this.#log, Math.min(...views.map(({ end }) => end)), this.#history);
    const { records, end, upTo } = await this.#backlog.next(most, this.#position);
    await this.#absorb(views, records, end, upTo);
    if (this.#behind.length === 0) await this.#leaveBacklog();
    return records.length;
  }

  /** A view whose row functions throw an error of the definition is left behind; the others go on. */
  async #absorb(views: readonly FedView[], records: readonly LogRecord[], end: number, upTo: Micros): Promise<void> {
    const taken: { readonly view: FedView; readonly absorption: Absorption }[] = [];
    for (const view of views) {
      if (view.end > end) continue; // it went further before
      const building = view.isBuilding && end < this.#position ? { building: true } : {};
      // neither what was read before nor a clock that is set back takes the watermark with it
      const to = { log: this.#log.identity.id, end, upTo: Math.max(upTo, view.absorbed?.upTo ?? -Infinity), ...building };
      const absorption = await view.absorption(records, to);
      if (absorption !== null) taken.push({ view, absorption });
    }
    if (taken.length === 0) return;
    await this.#store.absorb(taken.map(({ absorption }) => absorption));
    for (const { view, absorption } of taken) view.moved(absorption);
  }

  /** After a failure nobody knows what was written: the states say it. What they lack is read again. */
  async #lookAgain(): Promise<void> {
    await this.#leaveBacklog().catch(() => undefined);
    for (const view of this.#views) await view.look().catch(() => undefined);
  }

  async #leaveBacklog(): Promise<void> {
    const backlog = this.#backlog;
    this.#backlog = null;
    await backlog?.close();
  }

  #notify(): void {
    const end = this.#seenTo;
    const seen = this.#watchers.filter(({ position }) => position < end);
    if (seen.length > 0) this.#watchers = this.#watchers.filter(({ position }) => position >= end);
    for (const { resolve } of seen) resolve();
    if (this.#behind.length === 0) for (const resolve of this.#awaitsBuilt.splice(0)) resolve();
    if (this.#waiting.length >= WAITING_RECORDS) return;
    for (const resolve of this.#room.splice(0)) resolve();
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
