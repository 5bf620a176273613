// A view that a log feeds: how far its states go, and what records change in them.
import { absorb, EMPTY, type Absorbed as Taken } from "../kernel/state/absorb.ts";
import { decodeHead, encodeHead } from "../kernel/state/format.ts";
import { DefinitionError } from "../errors.ts";
import { finish } from "../online/state-read.ts";
import { liveView, type EntityChanges, type LiveView } from "./live-view.ts";
import type { Absorbed, Absorption, StateFound, StateStore, StateWrite } from "../online/state-store.ts";
import type { LogRecord } from "./record.ts";
import type { ViewPlan } from "../plan/view-plan.ts";

/** A view with its states in a store. */
export class FedView {
  readonly #live: LiveView;
  readonly #store: StateStore;
  #absorbed: Absorbed | null = null;
  #defect: string | null = null;

  private constructor(plan: ViewPlan, store: StateStore) {
    this.#live = liveView(plan);
    this.#store = store;
  }

  /** Finds how far the states of a view go. States of another log are forgotten. Throws a `StoreError`. */
  static async open(plan: ViewPlan, store: StateStore, log: string): Promise<FedView> {
    const view = new FedView(plan, store);
    await view.look();
    if (view.absorbed === null || view.absorbed.log === log) return view;
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

  /** Why its row functions cannot take a record: it is fed no more, and its states stay as they are. Null while they can. */
  get defect(): string | null {
    return this.#defect;
  }

  /** Reads again how far its states go. Throws a `StoreError`. */
  async look(): Promise<void> {
    this.#absorbed = await this.#store.absorbed(this.plan);
  }

  /**
   * What records change in its states, which then go `to`; those that the states hold are passed over. Null where its row functions
   * throw an error of the definition: then it has a `defect`. Throws a `StoreError`.
   */
  async absorption(records: readonly LogRecord[], to: Absorbed): Promise<Absorption | null> {
    try {
      return { view: this.plan, from: this.#absorbed, to, states: await this.#states(records) };
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

  async #states(records: readonly LogRecord[]): Promise<StateWrite[]> {
    const news = records.filter(({ position }) => position >= this.end);
    const entities = news.length === 0 ? [] : [...this.#live.changesOf(news).entities];
    const found = await this.#store.states(entities.map(({ key }) => ({ view: this.plan, key })));
    const states: StateWrite[] = [];
    for (const [i, entity] of entities.entries()) {
      const write = changed(this.#live, entity, found[i] ?? null);
      states.push(write instanceof Promise ? await write : write);
    }
    return states;
  }
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
