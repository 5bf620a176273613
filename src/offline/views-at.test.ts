// Several views at once: shared reading, shared row functions and a growth that reads less must not change a value.
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { AGGREGATE_NAMES, WINDOW_KINDS } from "../../test/property/features.ts";
import { caseOf, seeds } from "../../test/property/cases.ts";
import { KeyList, viewsAt } from "./views-at.ts";
import { Offline, type OfflineLimits } from "./offline.ts";
import { planView, type ViewPlan } from "../plan/view-plan.ts";
import { rowCount } from "../monitor/lag.ts";
import { runs } from "../../test/property/runs.ts";
import { valuesAt } from "./values-at.ts";
import { vectorReader, type Vector } from "../schema/vector.ts";
import type { ViewValues } from "../kernel/rows.ts";

const LIMITS: readonly (readonly [string, OfflineLimits | undefined])[] = [
  ["in one part", undefined],
  ["in many small parts", { rangeCells: 60, rangeMoments: 5, sliceCells: 40 }],
];

/** A case with its rows as the batch, and the plan of its view. */
const cases = fc
  .record({ from: seeds, aggregate: fc.constantFrom(...AGGREGATE_NAMES), window: fc.constantFrom(...WINDOW_KINDS) })
  .map(({ from, aggregate, window }) => {
    const { definition, rows, wanted } = caseOf(from, { aggregate, window });
    const source = { ...definition.source, batch: { kind: "rows" as const, rows } };
    return { plan: planView({ ...definition, source }), wanted };
  });

/** All that a view says, without how it is stored and what went wrong in rows that were only read for other views. */
function said({ features, failed, newest, found }: ViewValues): unknown {
  return { found, newest, failed, features: features.map((vector) => Array.from(found, (_, i) => vectorReader(vector)(i))) };
}

/** How many rows came in between the first moment of a key and each of its moments. */
function growth({ features: [counts] }: ViewValues, keys: readonly number[], at: readonly number[]): number[] {
  const rows = (counts as Extract<Vector, { readonly numbers: Float64Array }>).numbers;
  const earliest = (key: number): number =>
    keys.reduce((best, other, i) => (other === key && (best < 0 || (at[i] as number) < (at[best] as number)) ? i : best), -1);
  return keys.map((key, i) => (rows[i] as number) - (rows[earliest(key)] as number));
}

describe.each(LIMITS)("%s", (_, limits) => {
  let offline: Offline;
  beforeAll(async () => {
    offline = await Offline.open(process.cwd(), undefined, limits);
  });
  afterAll(() => offline.close());

  test("each view has the values that it has alone, and counts grow as they do over all rows", async () => {
    await fc.assert(
      fc.asyncProperty(cases, fc.boolean(), async ({ plan, wanted }, late) => {
        const asked = late ? wanted.filter(({ at }) => at >= Math.max(...wanted.map((one) => one.at)) / 2) : wanted;
        const at = asked.map((one) => one.at);
        const keys = new KeyList(plan.keys);
        const key = asked.map((one) => keys.add(one.key));
        const question = (view: ViewPlan, grows?: true) => ({ plan: view, key, at, ...(grows && { growth: grows }) });
        const [all] = await viewsAt(offline, [{ keys, asked: [question(plan), question(rowCount(plan), true), question({ ...plan })] }]);
        const [first, count, second] = all as [ViewValues, ViewValues, ViewValues];
        const points = { keys: asked.map((one) => one.key), at: Float64Array.from(at) };
        const alone = await valuesAt(offline, plan, points);
        expect([said(first), said(second)]).toEqual([said(alone), said(alone)]);
        const [[only]] = (await viewsAt(offline, [{ keys, asked: [question(rowCount(plan), true)] }])) as [[ViewValues]];
        const whole = growth(await valuesAt(offline, rowCount(plan), points), key, at);
        expect([growth(count, key, at), growth(only, key, at)]).toEqual([whole, whole]);
      }),
      runs(75),
    );
  });
});
