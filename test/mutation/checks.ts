// What a slip in the kernel is tried on, many slips in one process: cases whose answers the oracle has given once.
import fc from "fast-check";
import { caseOf, seeds, type Case } from "../property/cases.ts";
import { kernelSays, oracleSays, stateSays, type Line } from "../property/compare.ts";
import { longCase } from "../property/long-case.ts";
import { AGGREGATE_NAMES, OF_ENTITIES, WINDOW_KINDS } from "../property/features.ts";
import { REGIME_NAMES } from "../property/doubles.ts";
import type { AggregateName } from "../../src/define/aggregate-call.ts";

/** A case and what the oracle says of it. */
interface Check {
  readonly tried: Case;
  readonly lines: readonly (readonly Line[])[];
  readonly states: boolean;
}

/** What checks are wanted. */
interface Wanted {
  readonly names: readonly AggregateName[];
  readonly ofStates: boolean;
  readonly cases: number;
  readonly seed: number;
}

/** Long cases for each file: what grows, carries and loses patience. */
const LONG = 3;

/** Of live states, which take four times as long as sweeps, one case in so many is tried for code that is not theirs. */
const FEWER = 6;

/** The checks for code that some aggregates use, all of them if none is named; `ofStates` for the code of live states. */
export function checksOf({ names, ofStates, cases, seed }: Wanted): readonly Check[] {
  const aggregates: readonly AggregateName[] = names.length === 0 ? [...AGGREGATE_NAMES, OF_ENTITIES] : names;
  const named = (i: number): AggregateName => aggregates[i % aggregates.length] ?? "count";
  const short = fc.sample(seeds, { numRuns: cases, seed }).map((from, i): Check => {
    const round = Math.floor(i / aggregates.length);
    // What decides which rows count is seen best by counting them.
    const aggregate: AggregateName = names.length === 0 && i % 2 === 0 ? "count" : named(i);
    const asked = { aggregate, window: WINDOW_KINDS[(i + round) % WINDOW_KINDS.length] ?? "session", by: i % 5 === 0 && aggregate !== OF_ENTITIES };
    return check(caseOf(from, asked), ofStates || i % FEWER === 0);
  });
  const long = Array.from({ length: LONG }, (_, i): Check => {
    const asked = names.length === 0 ? {} : { aggregate: named(i) };
    return check(longCase(seed + i, REGIME_NAMES[(seed + 5 * i) % REGIME_NAMES.length] ?? "mixed", asked), ofStates && i === 0);
  });
  return [...short, ...long];
}

function check(tried: Case, states: boolean): Check {
  return { tried, lines: oracleSays(tried), states };
}

/** Whether the kernel fails any of the checks. */
export function failsAny(checks: readonly Check[]): boolean {
  return checks.some(({ tried, lines, states }) => {
    try {
      return differs(lines, kernelSays(tried, [tried.rows])) || (states && differs(lines, stateSays(tried)));
    } catch {
      return true;
    }
  });
}

function differs(a: readonly (readonly Line[])[], b: readonly (readonly Line[])[]): boolean {
  return a.some((lines, moment) => lines.some((line, feature) => line !== b[moment]?.[feature]));
}
