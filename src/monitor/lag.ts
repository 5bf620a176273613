// Lag: how old served values were, and how many rows of the entity had come in since. Shown beside the proof, never hidden in it.
import type { Micros } from "../time.ts";
import type { ViewPlan } from "../plan/view-plan.ts";
import type { ViewUse } from "./compare.ts";
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

/** The view with one feature only: how many rows of the entity were available. */
export function countingPlan(view: ViewPlan): ViewPlan {
  const count = { name: "rows", aggregate: "count", input: null, frame: 0, kind: "int32", fallback: null } as const;
  return { ...view, inputs: [], frames: [{ length: Infinity, offset: 0 }], features: [count], ordered: false };
}

/** Where the counts of a use lie: at its T and at its tick. */
export interface Counted {
  readonly use: ViewUse;
  readonly at: number;
  readonly tick: number;
}

/** Lag from counts at each use's T and tick. */
export function lagOf(uses: readonly Counted[], counts: ViewValues): Lag {
  const vector = counts.features[0];
  const rows = vector?.kind === "int32" ? vector.numbers : new Float64Array(0);
  const ages = Float64Array.from(uses, ({ use }) => use.request.at - (use.request.runs[use.position]?.tick ?? use.request.at)).toSorted();
  let rowsBehind = 0;
  let requestsBehind = 0;
  for (const { at, tick } of uses) {
    const behind = (rows[at] ?? 0) - (rows[tick] ?? 0);
    rowsBehind += behind;
    if (behind > 0) requestsBehind++;
  }
  return { requests: uses.length, p50: quantile(ages, 0.5), p99: quantile(ages, 0.99), max: ages.at(-1) ?? null, rowsBehind, requestsBehind };
}

/** The nearest rank. */
function quantile(ascending: Float64Array, share: number): number | null {
  return ascending[Math.max(0, Math.ceil(share * ascending.length) - 1)] ?? null;
}
