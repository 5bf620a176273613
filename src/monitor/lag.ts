// Lag: how old served values were, and how many rows of the entity had come in since. Shown beside the proof, never hidden in it.
import type { Micros } from "../time.ts";
import type { Vector } from "../schema/vector.ts";
import type { ViewPlan } from "../plan/view-plan.ts";
import type { ViewValues } from "../kernel/rows.ts";

/** The lag of a view over the logged requests that a run answered. */
export interface Lag {
  readonly requests: number;
  /** T - as-of in microseconds; null without requests. */
  readonly p50: Micros | null;
  readonly p99: Micros | null;
  readonly max: Micros | null;
  /** Rows of the entity that were available before T, but not at the tick; summed over requests. */
  readonly rowsBehind: number;
  /** Requests with any such row. */
  readonly requestsBehind: number;
}

/** One use of a view that a run answered: its T and its tick. */
export interface Age {
  readonly at: Micros;
  readonly tick: Micros;
}

/** The view that counts the rows of an entity that a view takes, however old. */
export function rowCount(view: ViewPlan): ViewPlan {
  const call = { aggregate: "count", value: null, add: null, by: null, parameters: {} } as const;
  const count = { name: "rows", call, frame: 0, kind: "int32", fallback: null } as const;
  return { ...view, inputs: [], frames: [{ length: Infinity, offset: 0, gap: null }], features: [count], ordered: false };
}

/** Lag from the counts of rows at each use's T, then at each use's tick. */
export function lagOf(uses: readonly Age[], { features: [counts] }: ViewValues): Lag {
  const rows = (counts as Extract<Vector, { readonly numbers: Float64Array }>).numbers;
  const ages = new Float64Array(uses.length);
  let rowsBehind = 0;
  let requestsBehind = 0;
  for (const [i, { at, tick }] of uses.entries()) {
    ages[i] = at - tick;
    const behind = (rows[i] as number) - (rows[uses.length + i] as number);
    rowsBehind += behind;
    if (behind > 0) requestsBehind++;
  }
  ages.sort();
  return { requests: uses.length, p50: quantile(ages, 0.5), p99: quantile(ages, 0.99), max: ages.at(-1) ?? null, rowsBehind, requestsBehind };
}

/** The nearest rank. */
function quantile(ascending: Float64Array, share: number): number | null {
  return ascending[Math.max(0, Math.ceil(share * ascending.length) - 1)] ?? null;
}
