// How many cases a property is tried on, and from which seed. Both can be set, to replay a failure or to try harder.
import type { Parameters } from "fast-check";

/** Cases for each property: `ASOF_CASES`, 1,000 by default. */
export const CASES: number = Number(process.env.ASOF_CASES ?? 1000);
/** The seed of all properties of a run: `ASOF_SEED`, by chance by default. */
export const SEED: number = Number(process.env.ASOF_SEED ?? Math.floor(Math.random() * 2 ** 31));

console.log(`ASOF_SEED=${SEED} ASOF_CASES=${CASES} replays this run`);

/** Milliseconds that a property may take, on a machine that does other things too. */
export const PATIENCE: number = 60_000 + 60 * CASES;

/** The settings of a property that is tried on `cases` cases. */
export function runs<T>(cases: number = CASES): Parameters<T> {
  return { numRuns: cases, seed: SEED, endOnFailure: process.env.ASOF_SHRINK === "0" };
}

/** Numbers by chance from a seed (mulberry32), for cases too long to be shrunk: whole numbers below `limit`. */
export function chance(seed: number): (limit: number) => number {
  let state = seed | 0;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}
