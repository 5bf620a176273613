// Values from a source, by way of DuckDB, beside the oracle: pruning, order, keys and times must not change a bit.
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { AGGREGATE_NAMES, WINDOW_KINDS } from "../../test/property/features.ts";
import { caseOf, seeds, type Case } from "../../test/property/cases.ts";
import { history, valuesAt as oracleValuesAt } from "../../test/oracle/naive.ts";
import { runs } from "../../test/property/runs.ts";
import { Offline, type OfflineLimits } from "./offline.ts";
import { planView, type ViewPlan } from "../plan/view-plan.ts";
import { valuesAt, valuesOfAllKeys } from "./values-at.ts";
import { vectorReader } from "../schema/vector.ts";
import type { FeatureValue, Value } from "../schema/value-type.ts";
import type { ViewValues } from "../kernel/rows.ts";

/** Cases, each of which opens a source of its own. */
const TRIES = 75;

const LIMITS: readonly (readonly [string, OfflineLimits | undefined])[] = [
  ["in one part", undefined],
  ["in many small parts", { rangeCells: 60, rangeMoments: 5, sliceCells: 40 }],
];

interface Line {
  readonly found: boolean;
  readonly values: readonly FeatureValue[];
  readonly failed: readonly boolean[];
  readonly newest: readonly (bigint | null)[];
}

function lineOf(plan: ViewPlan, values: ViewValues, at: number): Line {
  const newest = plan.features.map(({ frame }) => values.newest[frame]?.[at] as number);
  return {
    found: values.found[at] === 1,
    values: values.features.map((vector) => vectorReader(vector)(at)),
    failed: values.failed.map((flags) => flags[at] === 1),
    newest: newest.map((micros) => (Number.isNaN(micros) ? null : BigInt(micros))),
  };
}

function oracleLine({ definition, rows }: Case, key: readonly Value[], at: number): Line {
  const { found, said } = oracleValuesAt(history(definition, rows), key, BigInt(at));
  return { found, values: said.map(({ value }) => value), failed: said.map(({ failed }) => failed), newest: said.map(({ newest }) => newest) };
}

const cases = fc
  .record({ from: seeds, aggregate: fc.constantFrom(...AGGREGATE_NAMES), window: fc.constantFrom(...WINDOW_KINDS) })
  .map(({ from, aggregate, window }): Case => {
    const { definition, rows, wanted } = caseOf(from, { aggregate, window });
    const batch = rows.map((row) => Object.fromEntries(Object.entries(row).filter(([name]) => !name.startsWith("~"))) as typeof row);
    return { definition: { ...definition, source: { ...definition.source, batch: { kind: "rows", rows: batch } } }, rows: batch, wanted };
  });

describe.each(LIMITS)("%s", (_, limits) => {
  let offline: Offline;
  beforeAll(async () => {
    offline = await Offline.open(process.cwd(), undefined, limits);
  });
  afterAll(() => offline.close());

  test("values at any points are the oracle's", async () => {
    await fc.assert(
      fc.asyncProperty(cases, async (tried) => {
        const plan = planView(tried.definition);
        const at = Float64Array.from(tried.wanted, (wanted) => wanted.at);
        const values = await valuesAt(offline, plan, { keys: tried.wanted.map(({ key }) => key), at });
        expect(tried.wanted.map((_, i) => lineOf(plan, values, i))).toEqual(tried.wanted.map(({ key, at }) => oracleLine(tried, key, at)));
      }),
      runs(TRIES),
    );
  });

  test("the values of all keys at some ticks are the oracle's, and no key is missing", async () => {
    await fc.assert(
      fc.asyncProperty(cases, fc.boolean(), async (tried, together) => {
        const plan = planView(tried.definition);
        const ticks = [...new Set(tried.wanted.map(({ at }) => at))].toSorted((a, b) => a - b);
        const keys = [...new Set(tried.rows.map((row) => row.user))].filter((key) => key !== null);
        const seen: unknown[] = [];
        const questions = together ? [ticks] : ticks.map((tick) => [tick]); // one by one, later ticks find the rows of earlier ones
        for (const question of questions) {
          for await (const { tick, key, place, keys, values } of valuesOfAllKeys(offline, plan, question)) {
            for (const [i, k] of key.entries()) seen.push({ tick, key: keys[k]?.[0], ...lineOf(plan, values, place[i] as number) });
          }
        }
        const sorted = keys.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
        const expected = ticks.flatMap((tick) => sorted.map((key) => ({ tick, key, ...oracleLine(tried, [key], tick) })).filter(({ found }) => found));
        expect(seen).toEqual(expected);
      }),
      runs(TRIES),
    );
  });
});
