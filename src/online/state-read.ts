// Runs computations over states to their end, at once where the store's chunks are there at once, else by promise.
import { StoreError } from "../errors.ts";
import { UNREACHED, type RowRead } from "./store.ts";
import type { Asking, Chunks } from "../kernel/state/read.ts";
import type { StateFound, StateStore } from "./state-store.ts";

/** Reads states that are to be written again: where one is not answered, none is. Throws a `StoreError`. */
export async function reachedStates(store: StateStore, reads: readonly RowRead[]): Promise<readonly (StateFound | null)[]> {
  const found = await store.states(reads, "writer");
  if (!found.includes(UNREACHED)) return found as readonly (StateFound | null)[];
  throw new StoreError({ code: "STORE_UNREACHABLE", what: "it did not answer in time", cure: "Check that it runs, its load and the network to it" });
}

/** Runs a computation that asks for chunks. */
export function finish<V>(asking: Asking<V>, load: (names: readonly string[]) => Chunks | Promise<Chunks>): V | Promise<V> {
  let step = asking.next();
  while (step.done !== true) {
    const chunks = load(step.value);
    if (chunks instanceof Promise) return finishLater(asking, chunks, load);
    step = asking.next(chunks);
  }
  return step.value;
}

async function finishLater<V>(asking: Asking<V>, first: Promise<Chunks>, load: (names: readonly string[]) => Chunks | Promise<Chunks>): Promise<V> {
  let step = asking.next(await first);
  while (step.done !== true) step = asking.next(await load(step.value));
  return step.value;
}
