// Outcomes through DuckDB and the kernel, beside the oracle: edges, cuts, maturity, corrections and ties, bit for bit.
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { AGGREGATE_NAMES, GROUPS } from "../../test/property/features.ts";
import { caseOf, seeds, type Seeds } from "../../test/property/cases.ts";
import { compareText } from "../schema/canonical.ts";
import { exact } from "../../test/values.ts";
import { judge } from "./outcome-labels.ts";
import { labels } from "../define/labels.ts";
import { labelsOf, pointsOf, type Point } from "../../test/oracle/outcome.ts";
import { Offline, type OfflineLimits } from "./offline.ts";
import { planOutcome } from "../plan/outcome-plan.ts";
import { rows } from "../define/source.ts";
import { PATIENCE, runs } from "../../test/property/runs.ts";
import { t, type Value } from "../schema/value-type.ts";
import { timestampOf } from "../time.ts";
import { vectorReader, type Vector } from "../schema/vector.ts";
import { windowOf } from "../define/aggregate.ts";
import type { AggregateName } from "../define/aggregate-call.ts";
import type { Outcome } from "../define/outcome.ts";
import type { ServicePlan } from "../plan/service-plan.ts";
import type { ViewDefinition } from "../define/feature-view.ts";

const LIMIT = 2 ** 53;
/** A service that needs nothing of labels. */
const NO_SERVICE = { name: "none", keys: [], request: [], outputs: [] } as unknown as ServicePlan;
const LIMITS: readonly (readonly [string, OfflineLimits | undefined])[] = [
  ["in one part", undefined],
  ["in many small parts", { rangeCells: 60, rangeMoments: 5, sliceCells: 40 }],
];
const within = (micros: number): number => Math.max(-LIMIT, Math.min(LIMIT, micros));

/** Where a cut or a point lies: a row, which of its times, and how far beside it. */
const edge = fc.tuple(fc.nat(99), fc.nat(5), fc.integer({ min: -1, max: 1 }));

interface Tried {
  readonly definition: ViewDefinition;
  readonly outcome: Outcome<unknown>;
  readonly given: readonly Readonly<Record<string, Value>>[];
  readonly points: readonly Point[];
  readonly horizon: number;
  readonly cut: number;
}

function triedOf(
  from: Seeds,
  aggregate: AggregateName,
  by: boolean,
  edges: readonly (readonly [number, number, number])[],
  early: boolean,
  fromRows: boolean,
): Tried {
  const { definition: view, rows: given, wanted } = caseOf(from, { aggregate, by, window: "sliding" });
  const horizon = 1 + ((from.features[0]?.[3] ?? 0) % from.range);
  const call = view.features[0]?.call;
  if (call === undefined) throw new Error("no feature");
  const definition: ViewDefinition = {
    ...view,
    source: { ...view.source, batch: { kind: "rows", rows: given } },
    refresh: { kind: "every", tick: 1, phase: 0, delay: 0 },
    features: [{ name: "tried", call, window: windowOf(call, { length: horizon, offset: 0, gap: null }), fallback: null }],
  };
  const late = view.source.late ?? 0;
  const [cutPlace = 0] = edges[0] ?? [];
  const atEdge = ([place, which, beside]: readonly [number, number, number]) => {
    const row = given[place % Math.max(1, given.length)];
    const [at, seen] = row === undefined ? [from.base, from.base] : [Number(row.at.micros), Number(row.seen.micros)];
    return { row, time: within(([at, at - horizon, seen, at + horizon + late, seen, at - (which % horizon)][which] as number) + beside) };
  };
  const cutEdge = early && edges[0] !== undefined ? atEdge(edges[0]).time : null;
  // Of the points, every other lies about the row that the cut lies about, or the version before it.
  const rest = edges
    .slice(1)
    .map(([place, which, beside], i) => atEdge([i % 2 === 0 ? place : cutPlace + (i % 4 === 3 ? given.length - 1 : 0), which, beside]));
  const cut = cutEdge ?? within(from.base + 4 * from.range + 2 * horizon + late);
  const keys: readonly (readonly Value[])[] = wanted.map(({ key }) => key);
  const points = rest.map(({ row, time }, i): Point => ({ key: i % 5 === 4 ? (keys[i % keys.length] ?? [null]) : [row?.user ?? null], at: BigInt(time) }));
  const listed = points.map(({ key: [user = null], at }) => ({ user, at: timestampOf(Number(at)) }));
  const data = labels("points", { schema: { user: t.string().nullable(), at: t.timestamp() }, at: "at", from: rows(listed) });
  const outcome = { kind: "outcome", name: "tried", definition, horizon, points: fromRows ? null : data } as unknown as Outcome<unknown>;
  return { definition, outcome, given, points, horizon, cut };
}

const cases = (group: readonly AggregateName[]): fc.Arbitrary<Tried> =>
  fc
    .tuple(
      seeds,
      fc.constantFrom(...group.filter((name) => AGGREGATE_NAMES.includes(name))),
      fc.nat(3),
      fc.array(edge, { minLength: 2, maxLength: 14, size: "max" }),
      fc.boolean(),
      fc.nat(2),
    )
    .map(([from, aggregate, by, edges, early, points]) => triedOf(from, aggregate, by === 0, edges, early, points === 0));

const byTimeThenKey = (a: Point, b: Point): number => Number(a.at - b.at) || compareText(String(a.key[0]), String(b.key[0]));

describe.each(LIMITS)("%s", (_, limits) => {
  let offline: Offline;
  beforeAll(async () => {
    offline = await Offline.open(process.cwd(), undefined, limits);
  });
  afterAll(() => offline.close());

  test.each(Object.entries(GROUPS))("labels of %s are the oracle's, and immature points are none", { timeout: PATIENCE }, async (_group, group) => {
    let [labelled, left] = [0, 0];
    await fc.assert(
      fc.asyncProperty(cases(group), async ({ definition, outcome, given, points, horizon, cut }) => {
        const plan = planOutcome(outcome);
        await offline.db.exclusively(undefined, async () => {
          const judged = await judge(offline, outcome, plan, NO_SERVICE, cut);
          const all = outcome.points === null ? pointsOf(definition, given, BigInt(cut)).toSorted(byTimeThenKey) : points;
          const expected = labelsOf(definition, given, all, BigInt(horizon), BigInt(cut));
          const value = vectorReader(judged.values.features[0] as Vector);
          const said = Array.from(judged.points.at, (at, i) => `${at} ${exact(value(i))} ${judged.values.failed[0]?.[i]}`);
          expect(said).toEqual(expected.map((one) => `${one.at} ${exact(one.value)} ${Number(one.failed)}`));
          expect(judged.immature).toBe(all.length - expected.length);
          labelled += said.length;
          left += judged.immature;
        });
      }),
      runs(75),
    );
    expect([labelled > 20, left > 20]).toEqual([true, true]);
  });
});
