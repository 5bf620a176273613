// Collects what the kernel gives back, by key and moment, in the order of the points that were asked about.
import { scatterNumbers, scattered, type Scattered } from "./scatter.ts";
import { noMishaps, sumOfMishaps } from "../kernel/mishaps.ts";
import type { ViewValues } from "../kernel/rows.ts";
import type { SortedPoints } from "./points.ts";
import type { ViewPlan } from "../plan/view-plan.ts";

/** A view's values, in the order of the points. */
export class Collected {
  readonly #features: readonly Scattered[];
  readonly #failed: readonly Uint8Array[];
  readonly #newest: readonly Float64Array[];
  readonly #found: Uint8Array;
  #mishaps = noMishaps();

  /** For as many points as `length`. */
  constructor(plan: ViewPlan, length: number) {
    this.#features = plan.features.map(({ kind }) => scattered(kind, length));
    this.#failed = plan.features.map(() => new Uint8Array(length));
    this.#newest = plan.frames.map(() => new Float64Array(length).fill(Number.NaN));
    this.#found = new Uint8Array(length);
  }

  /** Takes the values at sorted points from position `from` on. */
  take({ point }: Pick<SortedPoints, "point">, from: number, values: ViewValues): void {
    const places = point.subarray(from, from + values.found.length);
    values.features.forEach((piece, i) => this.#features[i]?.put(piece, places));
    values.failed.forEach((piece, i) => scatterNumbers(this.#failed[i] as Uint8Array, piece, places));
    values.newest.forEach((piece, i) => scatterNumbers(this.#newest[i] as Float64Array, piece, places));
    scatterNumbers(this.#found, values.found, places);
    this.#mishaps = sumOfMishaps(this.#mishaps, values.mishaps);
  }

  values(): ViewValues {
    return { features: this.#features.map(({ vector }) => vector), failed: this.#failed, newest: this.#newest, found: this.#found, mishaps: this.#mishaps };
  }
}
