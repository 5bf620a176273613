// A view that a log feeds: how far its states go, and what records change in them.
import { absorb, EMPTY, type Absorbed as Taken } from "../kernel/state/absorb.ts";
import { decodeHead, encodeHead } from "../kernel/state/format.ts";
import { DefinitionError } from "../errors.ts";
import { finish, reachedStates } from "../online/state-read.ts";
import { liveView, type EntityChanges, type LiveView } from "./live-view.ts";
import { formatTime, MILLISECOND, type Micros } from "../time.ts";
import { reachOf } from "../define/retain.ts";
import { SpentStates } from "./spent-states.ts";
import type { RetainedEdge } from "../plan/event-log.ts";
import type { Absorbed, Absorption, StateFound, StateStore, StateWrite } from "../online/state-store.ts";
import type { LogRecord } from "./record.ts";
import type { ViewPlan } from "../plan/view-plan.ts";

/** Entities that are looked at together, whether their states are spent, and how long after the last ones by the log's time. */
const LOOKED_AT = 64;
const LOOK_EVERY: Micros = 100 * MILLISECOND;

/** A view with its states in a store. */
export class FedView {
  readonly #live: LiveView;
  readonly #store: StateStore;
  readonly #spent: SpentStates;
  #spentUpTo: Micros = -Infinity;
  #absorbed: Absorbed | null = null;
  #defect: string | null = null;

  private constructor(plan: ViewPlan, store: StateStore) {
    this.#live = liveView(plan);
    this.#store = store;
    this.#spent = new SpentStates(store, this.#live);
  }

  /** Finds how far the states of a view go. States of another log are forgotten, and what a process left that died while it forgot them. Throws a `StoreError`. */
  static async open(plan: ViewPlan, store: StateStore, log: string): Promise<FedView> {
    const view = new FedView(plan, store);
    await view.look();
    const isLeft = view.absorbed === null && (await store.keys(plan, null, 1)).length > 0;
    if (!isLeft && (view.absorbed === null || view.absorbed.log === log)) return view;
    await store.drop(plan);
    view.#absorbed = null;
    return view;
  }

  get plan(): ViewPlan {
    return this.#live.plan;
  }

  get absorbed(): Absorbed | null {
    return this.#absorbed;
  }

  /** All records below it are in the states; -Infinity where there are none. */
  get end(): number {
    return this.#absorbed?.end ?? -Infinity;
  }

  /** Whether its states are built for the first time: nobody is answered from them. */
  get isBuilding(): boolean {
    return this.end < 0 || this.#absorbed?.building === true;
  }

  /** Why its row functions cannot take a record, or what it lacks: it is fed no more, and its states stay as they are. Null while it is fed. */
  get defect(): string | null {
    return this.#defect;
  }

  /** Where what is retained of its log begins later than where its states end, and its windows reach further back: it is not fed. */
  refuseIfTrimmed(edge: RetainedEdge | null, now: Micros): void {
    const { name, source, frames } = this.plan;
    // what was thrown away happened at most `ahead` after it came
    if (edge === null || this.end >= edge.from || edge.since + source.ahead + reachOf(frames) <= now) return;
    this.#defect = `view ${name} needs events that are no longer retained: what is left of the log begins at ${formatTime(edge.since)}`;
  }

  /** Reads again how far its states go. Throws a `StoreError`. */
  async look(): Promise<void> {
    this.#absorbed = await this.#store.absorbed(this.plan);
  }

  /**
   * What records change in its states, which then go `to`; those that the states hold are passed over. Now and then some states are let
   * go with them that no T after that can see. Null where its row functions throw an error of the definition: then it has a `defect`.
   * Throws a `StoreError`.
   */
  async absorption(records: readonly LogRecord[], to: Absorbed): Promise<Absorption | null> {
    try {
      return { view: this.plan, from: this.#absorbed, to, states: await this.#withSpent(await this.#states(records), to) };
    } catch (error) {
      if (!(error instanceof DefinitionError)) throw error;
      this.#defect = error.message;
      return null;
    }
  }

  /** Says that the store has an absorption. */
  moved({ to }: Absorption): void {
    this.#absorbed = to;
  }

  /** States that change, and some that are let go. While the states are built nothing is: rows that hold them open may still be read. */
  async #withSpent(states: StateWrite[], { upTo, building }: Absorbed): Promise<StateWrite[]> {
    if (building === true || upTo - this.#spentUpTo < LOOK_EVERY) return states;
    this.#spentUpTo = upTo;
    const spent = await this.#spent.next(LOOKED_AT, upTo);
    if (spent.length === 0) return states;
    const changing = new Set(states.map(({ key }) => textOf(key)));
    return [...states, ...spent.filter(({ key }) => !changing.has(textOf(key)))];
  }

  async #states(records: readonly LogRecord[]): Promise<StateWrite[]> {
    const news = records.filter(({ position }) => position >= this.end);
    const entities = news.length === 0 ? [] : this.#live.changesOf(news).entities;
    const found = await reachedStates(
      this.#store,
      entities.map(({ key }) => ({ view: this.plan, key })),
    );
    const states: StateWrite[] = [];
    for (const [i, entity] of entities.entries()) {
      const state = found[i] ?? null;
      const lacking = state === null || state.absorbed.end <= this.end ? entity : this.#lacking(entity, news, state.absorbed.end);
      if (lacking === null) continue;
      const write = changed(this.#live, lacking, state);
      states.push(write instanceof Promise ? await write : write);
    }
    return states;
  }

  /** What records change in a state that went further than the others, since a process died while it wrote; null: nothing. */
  #lacking({ key }: EntityChanges, records: readonly LogRecord[], end: number): EntityChanges | null {
    const { entities } = this.#live.changesOf(records.filter(({ position }) => position >= end));
    return entities.find((entity) => entity.key.equals(key)) ?? null;
  }
}

function textOf(key: Uint8Array): string {
  return Buffer.from(key).toString("latin1");
}

/** The state of an entity with changes taken in. */
function changed({ layout }: LiveView, { key, changes }: EntityChanges, found: StateFound | null): StateWrite | Promise<StateWrite> {
  const before = found?.head ?? null;
  const done = finish(absorb(layout, before === null ? EMPTY : decodeHead(before), changes), (names) => (found as StateFound).chunks(names));
  const write = ({ head, written, unnamed }: Taken): StateWrite => {
    const isEmpty = head.closed === null && head.open.length === 0;
    return { key, from: found?.absorbed ?? null, isNew: before === null, head: isEmpty ? null : encodeHead(head), written, unnamed };
  };
  return done instanceof Promise ? done.then(write) : write(done);
}
