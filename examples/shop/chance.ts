// Chance from a seed: the same numbers on every machine, so that a shop can be made again.

/** A source of numbers by chance. */
export interface Chance {
  /** From 0 up to, but not, 1. */
  next(): number;
  /** A whole number from 0 up to, but not, `limit`. */
  below(limit: number): number;
  /** True with this probability. */
  is(probability: number): boolean;
  /** Above 0, half of them above `median`; `spread` is the standard deviation of the logarithm. */
  around(median: number, spread: number): number;
  /** Waiting times and counts: exponential, with this mean. */
  waiting(mean: number): number;
}

/** Chance from a seed (mulberry32). */
export function chanceOf(seed: number): Chance {
  let state = seed | 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const waiting = (mean: number): number => -mean * Math.log(1 - next());
  return {
    next,
    below: (limit) => Math.floor(next() * limit),
    is: (probability) => next() < probability,
    // Box and Muller's normal deviate.
    around: (median, spread) => median * Math.exp(spread * Math.sqrt(waiting(2)) * Math.cos(2 * Math.PI * next())),
    waiting,
  };
}
