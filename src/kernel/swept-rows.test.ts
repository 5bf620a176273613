// Rows that several views are swept over: what is shared is what the same function gives as the same kind, and nothing else.
import { expect, test } from "vitest";
import { entity } from "../define/entity.ts";
import { events, rows } from "../define/source.ts";
import { featureView } from "../define/feature-view.ts";
import { noMishaps } from "./mishaps.ts";
import { planView, type ViewPlan } from "../plan/view-plan.ts";
import { prepare } from "./sweep.ts";
import { reader } from "../schema/column.ts";
import { streaming } from "../define/refresh.ts";
import { SweptRows } from "./swept-rows.ts";
import { t } from "../schema/value-type.ts";
import type { KeyedRows } from "./rows.ts";

interface Item {
  readonly x: number;
}

const source = events("items", {
  schema: { user_id: t.string(), at: t.timestamp(), x: t.float64() },
  eventTime: "at",
  availableAt: { delay: "0s" },
  batch: rows([]),
});
const user = entity("user", { user_id: t.string() });

function sumOf(value: (row: Item) => number, where?: (row: Item) => boolean): ViewPlan {
  const given = where === undefined ? {} : { where };
  return planView(
    featureView("v", {
      entity: user,
      source,
      refresh: streaming(),
      ...given,
      features: ({ sum }) => ({ s: sum(value, { type: t.float64() }).lifetime() }),
    }).definition,
  );
}

const three: KeyedRows = {
  offsets: Int32Array.of(0, 3),
  eventTime: Float64Array.of(1, 2, 3),
  availableTime: Float64Array.of(1, 2, 3),
  until: null,
  columns: { x: { kind: "float64", numbers: Float64Array.of(1, 2, 3) } },
};
const valuesOf = (shared: SweptRows, plan: ViewPlan): unknown[] => {
  const { inputs, selected } = shared.prepare(plan);
  const read = reader((inputs[0] as (typeof inputs)[number]).column);
  return Array.from({ length: selected.length }, (_, i) => read(i));
};

test("views of one function share its values, views of others have their own", () => {
  const shared = new SweptRows(three);
  const plain = (row: Item): number => row.x;
  expect(valuesOf(shared, sumOf(plain))).toEqual([1, 2, 3]);
  expect(
    valuesOf(
      shared,
      sumOf((row) => -row.x),
    ),
  ).toEqual([-1, -2, -3]);
  expect(
    valuesOf(
      shared,
      sumOf((row) => row.x + 10),
    ),
  ).toEqual([11, 12, 13]);
  const [one, same] = [shared.prepare(sumOf(plain)), shared.prepare(sumOf(plain))];
  expect(same.inputs[0]).toBe(one.inputs[0]);
});

test("views that select other rows share nothing", () => {
  const shared = new SweptRows(three);
  const plain = (row: Item): number => row.x;
  expect(valuesOf(shared, sumOf(plain))).toEqual([1, 2, 3]);
  expect(
    valuesOf(
      shared,
      sumOf(plain, (row) => row.x > 1),
    ),
  ).toEqual([2, 3]);
});

test("one function as another kind is evaluated again", () => {
  const shared = new SweptRows(three);
  const plan = sumOf((row) => row.x);
  const asWhole: ViewPlan = { ...plan, inputs: plan.inputs.map((input) => ({ ...input, kind: "int32" as const })) };
  expect(shared.prepare(plan).inputs[0]?.kind).toBe("float64");
  expect(shared.prepare(asWhole).inputs[0]?.kind).toBe("int32");
});

test("what went wrong is told of each view whose functions it went wrong in", () => {
  const shared = new SweptRows(three);
  const fails = (row: Item): number => {
    if (row.x > 1) throw new RangeError("as asked");
    return Infinity;
  };
  expect(shared.prepare(sumOf(fails)).mishaps).toEqual({ ...noMishaps(), threw: 2, infinite: 1 });
  expect(shared.prepare(sumOf((row) => row.x)).mishaps).toEqual(noMishaps());
  expect(shared.prepare(sumOf(fails)).mishaps).toEqual({ ...noMishaps(), threw: 2, infinite: 1 });
});

test("values that are no decimals of a scale are told once for each scale of a function, and null is none of them", () => {
  const value = (row: Item): number | null => (row.x === 2 ? null : row.x / 8);
  const view = featureView("v", {
    entity: user,
    source,
    refresh: streaming(),
    features: ({ sum, mean }) => ({
      cents: sum(value, { scale: 2, type: t.float64() }).lifetime(),
      mean_cents: mean(value, { scale: 2, type: t.float64() }).over("1d"),
      thirds: sum(value, { scale: 3, type: t.float64() }).lifetime(),
      whole: sum(value, { type: t.float64() }).lifetime(),
      wholes: sum((row) => row.x, { scale: 0 }).lifetime(),
    }),
  });
  const plan = planView(view.definition);
  const shared = new SweptRows(three);
  expect(shared.prepare(plan).mishaps).toEqual({ ...noMishaps(), unscaled: 2 }); // 1/8 and 3/8 have three places
  expect(prepare(plan, three).mishaps).toEqual(shared.prepare(plan).mishaps);
});
