// Mishaps: what row functions gave that no feature can hold. It is counted, and taken as null.
import type { Input } from "../aggregate/input.ts";
import type { ViewPlan } from "../plan/view-plan.ts";

/** Numbers of rows. */
export interface Mishaps {
  /** Calls of `where` that threw: the row does not count. */
  whereThrew: number;
  /** Calls of inputs that threw: null. */
  threw: number;
  /** Infinities: null. */
  infinite: number;
  /** Values that are no decimal with as many places as a feature's `scale` says, once for each scale of an input: null there. */
  unscaled: number;
}

/** None so far. */
export function noMishaps(): Mishaps {
  return { whereThrew: 0, threw: 0, infinite: 0, unscaled: 0 };
}

/** Adds up what went wrong. */
export function sumOfMishaps(a: Readonly<Mishaps>, b: Readonly<Mishaps>): Mishaps {
  return { whereThrew: a.whereThrew + b.whereThrew, threw: a.threw + b.threw, infinite: a.infinite + b.infinite, unscaled: a.unscaled + b.unscaled };
}

/** How many values of a view's inputs its scales leave out. */
export function countUnscaled({ features }: ViewPlan, inputs: readonly Input[]): number {
  const scales = inputs.map(() => new Set<number>());
  for (const { value, parameters } of features.map(({ call }) => call))
    if (value !== null && parameters.scale !== undefined) scales[value]?.add(parameters.scale);
  return inputs.reduce((sum, input, i) => sum + [...(scales[i] as Set<number>)].reduce((own, scale) => own + input.unscaled(scale), 0), 0);
}
