// The refresh process: what a scheduler would run, `asof materialize` for the views that are due, at the demo's clock.
import { manualClock, openStore, type Micros } from "asof";
import config from "./asof.config.ts";
import { answering } from "../common/worker.ts";

/** Refresh these views, it is now so late. */
export interface Due {
  readonly now: Micros;
  readonly views: readonly string[];
}

const clock = manualClock(0);
const store = await openStore(config, { root: import.meta.dirname, clock });

answering<Due, number>(
  async ({ now, views }) => {
    clock.set(now);
    const done = await Promise.all(views.map((view) => store.materialize({ views: [view] })));
    return done.flat().reduce((runs, { published }) => runs + published.length, 0);
  },
  () => store.close(),
);
