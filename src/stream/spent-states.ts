// States that no window can see again: a session that is over, a user who came no more. They are let go some at a time, whatever comes meanwhile.
import { decodeHead } from "../kernel/state/format.ts";
import { emptied } from "../kernel/state/absorb.ts";
import { finish, reachedStates } from "../online/state-read.ts";
import { isSpent } from "../kernel/state/expiry.ts";
import type { LiveView } from "./live-view.ts";
import type { Micros } from "../time.ts";
import type { StateStore, StateWrite } from "../online/state-store.ts";

/** Goes round the entities of a view, again and again. */
export class SpentStates {
  readonly #store: StateStore;
  readonly #live: LiveView;
  /** The key that was looked at last; null before the first. */
  #after: Uint8Array | null = null;

  constructor(store: StateStore, live: LiveView) {
    this.#store = store;
    this.#live = live;
  }

  /** Looks at the next `count` entities: what is to be written so that those are let go that nobody can see at a T after `upTo`. */
  async next(count: number, upTo: Micros): Promise<StateWrite[]> {
    const { plan, layout } = this.#live;
    const keys = await this.#store.keys(plan, this.#after, count);
    this.#after = keys.length < count ? null : (keys.at(-1) as Uint8Array);
    const found = await reachedStates(
      this.#store,
      keys.map((key) => ({ view: plan, key: Buffer.from(key) })),
    );
    const writes: StateWrite[] = [];
    for (const [i, key] of keys.entries()) {
      const state = found[i] ?? null;
      if (state === null || state.head === null) continue;
      const head = decodeHead(state.head);
      if (!isSpent(layout, head, upTo)) continue;
      const { unnamed, written } = await finish(emptied(layout, head), (names) => state.chunks(names));
      writes.push({ key, from: state.absorbed, isNew: false, head: null, written, unnamed });
    }
    return writes;
  }
}
