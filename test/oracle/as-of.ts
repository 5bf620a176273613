// The oracle's clock for refreshes: which moment's value a view shows at T, and when that is too old.
import type { Refresh } from "../../src/define/refresh.ts";

/** Where a view's pointer showed: from `from` on (inclusive) to the run of `tick`. In the order in which it moved. */
export type Pointer = readonly { readonly from: number; readonly tick: number; readonly kind: "publish" | "rollback" }[];

/**
 * The moment whose value a view shows at T. Streaming: T itself. Refreshed: the tick to which the pointer showed, and
 * before it was first moved by the schedule, the greatest tick k of the schedule with k + delay < T.
 */
export function shownAt(refresh: Refresh, pointer: Pointer | null, at: bigint): bigint {
  if (refresh.kind === "streaming") return at;
  let shown: bigint | null = null;
  for (const move of pointer ?? []) {
    if (BigInt(move.from) <= at) shown = BigInt(move.tick);
  }
  return shown ?? greatestTick(refresh, at);
}

/** Up to when the value that a view shows at T knows its source. */
export function knownUpTo(refresh: Refresh, pointer: Pointer | null, at: bigint): bigint {
  return shownAt(refresh, pointer, at) - streamDelay(refresh);
}

/** How long after it was available a row counts in a view. A refreshed view reads what is there at its tick. */
export function streamDelay(refresh: Refresh): bigint {
  return refresh.kind === "streaming" ? BigInt(refresh.delay) : 0n;
}

/** Steps from tick to tick, from one nearby, to the last that still holds. */
function greatestTick(refresh: Extract<Refresh, { kind: "every" }>, at: bigint): bigint {
  const [tick, phase, delay] = [BigInt(refresh.tick), BigInt(refresh.phase), BigInt(refresh.delay)];
  let k = phase + ((at - delay) / tick) * tick;
  while (k + delay < at) k += tick;
  while (k + delay >= at) k -= tick;
  return k;
}

/** Whether what knows its source up to `asOf` is too old at T: by more than `maxAge` microseconds. */
export function isStale(maxAge: number | null, asOf: bigint, at: bigint): boolean {
  return maxAge !== null && at - asOf > BigInt(maxAge);
}
