// Lag: how old served values were, and how many rows of the entity had come in since. Shown beside the proof, never hidden in it.
import type { Micros } from "../time.ts";
import type { Vector } from "../schema/vector.ts";
import type { ViewPlan } from "../plan/view-plan.ts";
import type { ViewValues } from "../kernel/rows.ts";

/** The lag of a view over the logged requests that a run, or live states, answered. */
export interface Lag {
  readonly requests: number;
  /** T - as-of in microseconds; null without requests. */
  readonly p50: Micros | null;
  readonly p99: Micros | null;
  readonly max: Micros | null;
  /** Rows of the entity that were available before T, but not at the tick, or not absorbed yet; summed over requests. */
  readonly rowsBehind: number;
  /** Requests with any such row. */
  readonly requestsBehind: number;
}

/** One use of a view that was answered: its T, and as of when its value is. */
export interface Age {
  readonly at: Micros;
  readonly asOf: Micros;
}

/** The view that counts the rows of an entity that a view takes, however old, from the moment on at which they are available. */
export function rowCount(view: ViewPlan): ViewPlan {
  const call = { aggregate: "count", value: null, add: null, by: null, parameters: {} } as const;
  const count = { name: "rows", call, frame: 0, kind: "int32", fallback: null } as const;
  const refresh = view.refresh.kind === "streaming" ? { ...view.refresh, delay: 0 } : view.refresh;
  return { ...view, refresh, inputs: [], frames: [{ length: Infinity, offset: 0, gap: null }], features: [count], ordered: false };
}

/** Lag from the counts of rows that were available before each use's T, and of those that its value knew. */
export function lagOf(uses: readonly Age[], available: Float64Array, known: Float64Array): Lag {
  const ages = new Float64Array(uses.length);
  let rowsBehind = 0;
  let requestsBehind = 0;
  for (const [i, { at, asOf }] of uses.entries()) {
    ages[i] = at - asOf;
    const behind = (available[i] as number) - (known[i] as number);
    rowsBehind += behind;
    if (behind > 0) requestsBehind++;
  }
  ages.sort();
  return { requests: uses.length, p50: quantile(ages, 0.5), p99: quantile(ages, 0.99), max: ages.at(-1) ?? null, rowsBehind, requestsBehind };
}

/** The counts of `rowCount`. */
export function countsOf({ features: [counts] }: ViewValues): Float64Array {
  return (counts as Extract<Vector, { readonly numbers: Float64Array }>).numbers;
}

/** The nearest rank. */
function quantile(ascending: Float64Array, share: number): number | null {
  return ascending[Math.max(0, Math.ceil(share * ascending.length) - 1)] ?? null;
}
