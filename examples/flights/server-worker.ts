// The serving process: asof's HTTP server over the online store, with a clock that the demo drives through June 2001.
import { manualClock, openStore, serve, type Micros } from "asof";
import config from "./asof.config.ts";
import { answering } from "../common/worker.ts";

/** What the demo says to the server outside HTTP: only what time it is. */
export type Tick = { readonly now: Micros } | { readonly ask: "url" };

const clock = manualClock(0);
const store = await openStore(config, { root: import.meta.dirname, clock });
const serving = await serve(store, { port: 0 });

answering<Tick, string | null>(
  (message) => {
    if ("ask" in message) return serving.url;
    clock.set(message.now);
    return null;
  },
  async () => {
    await serving.close();
    await store.close();
  },
);
