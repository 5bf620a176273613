// Lag: how old served values were, and how many rows of the entity had come in since. Shown beside the proof, never hidden in it.
import { Moments } from "./moments.ts";
import { valuesAt } from "../offline/values-at.ts";
import type { Micros } from "../time.ts";
import type { Offline } from "../offline/offline.ts";
import type { Value } from "../schema/value-type.ts";
import type { Vector } from "../schema/vector.ts";
import type { ViewPlan } from "../plan/view-plan.ts";
import type { ViewUse } from "./compare.ts";

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

/** Where the counts of a use lie: at its T and at its tick. */
export interface Counted {
  readonly use: ViewUse;
  readonly at: number;
  readonly tick: number;
}

/** The vector of a count. */
type Counts = Extract<Vector, { readonly numbers: Float64Array }>;

/** Counts the available rows of entities, once for all views that take the same rows by the same keys. */
export class RowCounter {
  readonly #plan: ViewPlan;
  readonly #moments: Moments = new Moments();
  #rows: Promise<Float64Array> | null = null;

  constructor(view: ViewPlan) {
    const count = { name: "rows", aggregate: "count", input: null, frame: 0, kind: "int32", fallback: null } as const;
    this.#plan = { ...view, inputs: [], frames: [{ length: Infinity, offset: 0 }], features: [count], ordered: false };
  }

  /** Whether a view's rows are those that are counted here. */
  serves({ source, where, keys }: ViewPlan): boolean {
    return source === this.#plan.source && where === this.#plan.where && keys.every(({ column }, i) => column === this.#plan.keys[i]?.column);
  }

  /** Asks for the rows that are available before a moment; gives the place of their count. */
  add(key: readonly Value[], at: Micros): number {
    return this.#moments.add(key, at);
  }

  /** The counts, computed when they are first asked for. */
  rows(offline: Offline, signal: AbortSignal | undefined): Promise<Float64Array> {
    this.#rows ??= valuesAt(offline, this.#plan, this.#moments.points(), { signal }).then(({ features: [rows] }) => (rows as Counts).numbers);
    return this.#rows;
  }
}

/** Lag from the counts of rows at each use's T and tick. */
export function lagOf(uses: readonly Counted[], rows: Float64Array): Lag {
  const ages = Float64Array.from(uses, ({ use }) => use.request.at - (use.request.runs[use.position]?.tick ?? use.request.at)).toSorted();
  let rowsBehind = 0;
  let requestsBehind = 0;
  for (const { at, tick } of uses) {
    const behind = (rows[at] as number) - (rows[tick] as number);
    rowsBehind += behind;
    if (behind > 0) requestsBehind++;
  }
  return { requests: uses.length, p50: quantile(ages, 0.5), p99: quantile(ages, 0.99), max: ages.at(-1) ?? null, rowsBehind, requestsBehind };
}

/** The nearest rank. */
function quantile(ascending: Float64Array, share: number): number | null {
  return ascending[Math.max(0, Math.ceil(share * ascending.length) - 1)] ?? null;
}
