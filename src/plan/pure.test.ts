// Purity: what is not of the row throws while a row function runs, cannot be caught away, and is as it was afterwards.
import { describe, expect, test } from "vitest";
import { noMishaps } from "../kernel/mishaps.ts";
import { evaluate, select, type Selected } from "../kernel/evaluate.ts";
import { inexactMathOf, whilePure } from "./pure.ts";
import { probe, probeKind } from "./probe.ts";
import { t } from "../schema/value-type.ts";
import { timestamp, timestampOf } from "../time.ts";
import type { Columns } from "../schema/column.ts";
import type { RowFunction, ViewPlan } from "./view-plan.ts";

const schema = { s: t.string(), x: t.float64() };
const columns: Columns = {
  s: { kind: "string", ids: Int32Array.of(0, 1), dictionary: ["2020-01-01T00:00", "2020-01-01T00:00Z"] },
  x: { kind: "float64", numbers: Float64Array.of(1, 2) },
};
const value = (function_: (row: { readonly s: string; readonly x: number }) => unknown): RowFunction => function_ as RowFunction;
const input = { value: value(() => 1), kind: "float64" } as const;
const call = { aggregate: "sum", value: 0, add: null, by: null, parameters: {} };
const sweep = (f: RowFunction): unknown => {
  const used = { ...input, value: f };
  const view = { name: "v", source: { schema }, inputs: [used], features: [{ name: "f", call }] } as unknown as ViewPlan;
  return evaluate(used, columns, { index: null, length: 2 } as Selected, view, noMishaps());
};
const global_ = globalThis as unknown as Record<string, Record<string, never>>;
const at = (name: string): Record<string, () => number> => global_[name] as never;

/** Each reads more than its row, through names that its text does not show. */
const IMPURE: readonly (readonly [string, () => unknown])[] = [
  ["Date.now", () => at("Date")["now"]?.()],
  ["new Date()", () => Reflect.construct(global_["Date"] as never, [])],
  ["Date()", () => (global_["Date"] as unknown as () => string)()],
  ["new Date(year, month, ...)", () => Reflect.construct(global_["Date"] as never, [2020, 1])],
  ["new Date()", () => Reflect.construct(new Date(0).constructor, [])],
  ["new Date of '2020-01-01T00:00', which has no zone", () => Reflect.construct(global_["Date"] as never, ["2020-01-01T00:00"])],
  ["Date.parse of '1/2/2020', which has no zone", () => Date.parse("1/2/2020")],
  ["Performance.now", () => (Reflect.get(performanceItself, "now") as () => number)()],
  ["performance.now", () => at("performance")["now"]?.()],
  ["process.hrtime", () => at("process")["hrtime"]?.()],
  ["Math.random", () => at("Math")["random"]?.()],
  ["crypto.randomUUID", () => at("crypto")["randomUUID"]?.()],
  ["fetch", () => (global_["fetch"] as unknown as (url: string) => unknown)("x:")],
  ["process.env", () => at("process")["env"]],
  ["process.x", () => "x" in at("process")],
  ["Intl.NumberFormat", () => at("Intl")["NumberFormat"]],
  ["Intl.NumberFormat.format", () => format.format(1)],
  ["Intl.Collator.compare", () => collator.compare("a", "b")],
  ["Number.toLocaleString", () => (1).toLocaleString()],
  ["String.localeCompare", () => "a".localeCompare("b")],
  ["Date.getHours", () => new Date(0).getHours()],
  ["Date.toString", () => `${new Date(0) as unknown as string}`],
  ["Date.toString", () => (new Date(0) as unknown as string) + ""],
];
const performanceItself = Object.getPrototypeOf(performance) as object;
const format = new Intl.NumberFormat("en");
const collator = new Intl.Collator("en");

describe("a row function that reads more than its row", () => {
  test.each(IMPURE)("ends a sweep, thrown or caught, as an input or as where: %s", (uses, read) => {
    for (const f of [value(() => read()), value(() => caught(read))]) {
      const error = expect.objectContaining({ code: "DEFINITION_IMPURE", where: "view v, feature f", message: expect.stringContaining(`(${uses})`) });
      expect(() => sweep(f)).toThrow(error);
      const rows = { offsets: Int32Array.of(0, 2), eventTime: new Float64Array(2), availableTime: new Float64Array(2), until: null, columns };
      const mishaps = noMishaps();
      expect(() => select(f, rows, schema, mishaps, "view v, where")).toThrow(expect.objectContaining({ code: "DEFINITION_IMPURE", where: "view v, where" }));
    }
  });

  test.each(IMPURE.filter(([uses]) => !uses.includes("no zone")))("is refused when its view is planned: %s", (uses, read) => {
    expect(() =>
      probe(
        value(() => caught(read)),
        schema,
        "view v, feature f",
      ),
    ).toThrow(expect.objectContaining({ code: "DEFINITION_IMPURE", message: expect.stringContaining(`(${uses})`) }));
  });

  test("is told what, where and the cure", () => {
    expect(() => sweep(value(() => at("Date")["now"]?.()))).toThrow(
      'view v, feature f: a row function reads the clock (Date.now): () => at("Date")["now"]?.(). ' +
        "Use a time of the row, such as its event time: the same row must give the same value tomorrow.",
    );
  });

  test("is refused by a row late in the sweep", () => {
    const length = 1000;
    const many: Columns = { ...columns, x: { kind: "float64", numbers: Float64Array.from({ length }, (_, i) => i) } };
    const view = { name: "v", source: { schema }, inputs: [], features: [] } as unknown as ViewPlan;
    const late = value((row) => (row.x === 900 ? caught(() => at("Math")["random"]?.()) : row.x));
    const run = (): unknown => evaluate({ ...input, value: late }, many, { index: null, length } as Selected, view, noMishaps());
    expect(run).toThrow(expect.objectContaining({ code: "DEFINITION_IMPURE" }));
  });
});

test.each<readonly [string, () => unknown, unknown]>([
  ["a moment given as a number", () => new Date(86_400_000).getUTCDate(), 2],
  ["a moment given with its zone", () => new Date("2020-01-01T00:00:00+01:00").toISOString(), "2019-12-31T23:00:00.000Z"],
  ["a date alone, which is UTC", () => Date.parse("2020-01-01"), 1_577_836_800_000],
  ["a text that is no time anywhere", () => Date.parse("hello"), Number.NaN],
  ["Date.UTC", () => Date.UTC(2020, 0, 1), 1_577_836_800_000],
  ["a copy of a date", () => new Date(new Date(5)).valueOf(), 5],
  ["dates that are dates", () => [new Date(5) instanceof Date, new Date(5).constructor === Date, new Date(7) > new Date(6)].join(), "true,true,true"],
  ["timestamps", () => `${timestampOf(1_000_000)} ${timestamp("2020-01-01T00:00:00Z").micros}`, "1970-01-01T00:00:01Z 1577836800000000"],
  ["text and numbers", () => "Ä".toLowerCase() + (1.005).toFixed(2) + String([1, 2]), "ä1.001,2"],
  ["JSON", () => JSON.stringify({ at: new Date(0) }), '{"at":"1970-01-01T00:00:00.000Z"}'],
])("what depends on values alone is allowed: %s", (_, f, result) => {
  expect(whilePure({ value: () => 1, where: "here", madeUp: false }, f)).toEqual(result);
});

test("a text without a zone is let pass in made-up rows: no real row may have it", () => {
  const f = value((row) => Date.parse(row.s === "1" ? "2020-01-01T00:00Z" : row.s));
  expect(probeKind(f, schema, "f")).toBe("float64");
  expect(() => sweep(f)).toThrow(expect.objectContaining({ code: "DEFINITION_IMPURE" }));
});

test("everything is as it was: afterwards, after a throw, and where a function prints", () => {
  const look = (): unknown[] =>
    ["Date", "Math", "Intl", "process", "crypto", "performance", "fetch", "console"].flatMap((name) => {
      const found = Reflect.get(globalThis, name) as object;
      return [
        Object.getOwnPropertyDescriptor(globalThis, name),
        ...Object.values(Object.getOwnPropertyDescriptors(name === "Date" ? Date.prototype : {})),
        found,
      ];
    });
  const before = look();
  const now = Date.now;
  expect(() => whilePure({ value: () => 1, where: "f", madeUp: true }, () => sweep(value(() => at("Date")["now"]?.())))).toThrow("reads the clock");
  expect(() =>
    whilePure({ value: () => 1, where: "f", madeUp: false }, () => {
      throw new RangeError("mine");
    }),
  ).toThrow("mine");
  const printed: unknown[] = [];
  const { log } = console;
  console.log = () => void printed.push(Date.now() > 0, typeof process.env);
  try {
    whilePure({ value: () => 1, where: "f", madeUp: false }, () => console.log("here"));
  } finally {
    console.log = log;
  }
  expect(printed).toEqual([true, "object"]);
  expect(look()).toEqual(before);
  expect(Date.now).toBe(now);
});

test("a run within another has its own verdict", () => {
  const run = { value: () => 1, where: "outer", madeUp: false };
  const inner = (): unknown => caught(() => sweep(value(() => at("Math")["random"]?.())));
  expect(whilePure(run, inner)).toBe(1);
  expect(() => whilePure(run, () => [inner(), at("Math")["random"]?.()])).toThrow("outer");
});

test("functions of Math that differ between versions of Node are known, in the text and through helpers", () => {
  const helper = (x: number): number => (Math as unknown as Record<string, (x: number) => number>)["log"]?.(x) ?? 0;
  const f = value((row) => Math.exp(row.x) + helper(row.x) + row.x ** 2 + Math.sqrt(row.x) + Math.floor(row.x));
  expect(inexactMathOf(f)).toEqual(["**", "Math.exp"]);
  const { log } = Math;
  probe(f, schema, "f");
  expect(inexactMathOf(f)).toEqual(["**", "Math.exp", "Math.log"]);
  expect(Math.log).toBe(log);
});

function caught(read: () => unknown): unknown {
  try {
    return read();
  } catch {
    return 1;
  }
}
