// Runs computations over states to their end, at once where the store's chunks are there at once, else by promise.
import type { Asking, Chunks } from "../kernel/state/read.ts";

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
