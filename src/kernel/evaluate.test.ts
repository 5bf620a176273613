// Row functions over columns: the values and counts are those of calling the function for each row by itself, however they were found.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { evaluate, select, type Selected } from "./evaluate.ts";
import { ColumnNotRead, reader, type Column, type Columns } from "../schema/column.ts";
import { noMishaps } from "./mishaps.ts";
import { isTimestamp, timestampOf } from "../time.ts";
import { runs } from "../../test/property/runs.ts";
import { t, type ColumnKind, type Value } from "../schema/value-type.ts";
import type { InputPlan, RowFunction, ViewPlan } from "../plan/view-plan.ts";

const schema = { s: t.string().nullable(), r: t.string(), x: t.float64().nullable(), q: t.int32(), n: t.int64(), b: t.boolean(), w: t.timestamp() };
const view = { name: "v", source: { schema }, inputs: [], features: [] } as unknown as ViewPlan;
type Row = Readonly<Record<string, Value>> & { readonly s: string | null; readonly x: number };

const fail = (): never => {
  throw new RangeError("as asked");
};
/** Functions of text alone, of text and for some texts of more, and of numbers. */
const FUNCTIONS: readonly (readonly [ColumnKind, (row: Row) => unknown])[] = [
  ["float64", (p) => p.s?.length],
  ["float64", (p) => (p.s === "a" ? Infinity : p.s === "b" ? fail() : p.s === null ? -0 : 0.1)],
  ["float64", (p) => (p.s === "c" ? p.x : 7)],
  ["float64", (p) => (p.s === "c" ? fail() : p.s === "d" ? p.x * 2 : 7)],
  ["string", (p) => p.s],
  ["string", (p) => p.s?.toUpperCase()],
  ["string", (p) => (p.s === "b" ? `${p.x}` : `${p.s}`)],
  ["boolean", (p) => p.s === "a"],
  ["int64", (p) => (p.s === null ? null : BigInt(p.s.length) - 3n)],
  ["int32", (p) => (p.s === "a" ? Number.NaN : -0)],
  ["timestamp", (p) => (p.s === "a" ? timestampOf(5) : null)],
  ["float64", (p) => p.x],
  ["float64", (p) => p.x * (p["q"] as number)],
  ["float64", (p) => (p.x === null ? -1 : p.x / (p["q"] as number))],
  ["float64", (p) => (p["b"] === true ? p.x : null)],
  ["float64", (p) => ((p["q"] as number) > 2 ? Number(p["n"]) : fail())],
  ["float64", () => 0.1],
  [
    "float64",
    (p) => {
      let columns = 0;
      for (const name in p) columns += name.length;
      return columns;
    },
  ],
  ["int64", (p) => p["n"]],
  ["int32", (p) => p["q"]],
  ["boolean", (p) => p.x > 1],
  ["timestamp", (p) => p["w"]],
];

const TEXTS = ["a", "b", "c", "d", "e", "never used"];
const cases = fc.record({
  which: fc.nat(FUNCTIONS.length - 1),
  rows: fc.array(fc.tuple(fc.nat(7), fc.nat(9)), { minLength: 0, maxLength: 700, size: "max" }),
  lateC: fc.boolean(),
  step: fc.nat(3),
});

/** Columns of 0 to 700 rows. Where `lateC` is set, the texts "c" and "d" come late only: when the first rows have been looked at. */
function columnsOf(rows: readonly (readonly [number, number])[], lateC: boolean): Columns {
  const numbers = (of: (text: number, number: number) => number): Float64Array => Float64Array.from(rows, ([text, number]) => of(text, number));
  const id = (text: number, i: number): number => (text >= 5 ? -1 : lateC && i < 300 && (text === 2 || text === 3) ? 4 : text);
  return {
    s: { kind: "string", ids: Int32Array.from(rows, ([text], i) => id(text, i)), dictionary: TEXTS },
    r: { kind: "string", ids: Int32Array.from(rows, (_, i) => i), dictionary: rows.map((_, i) => `row ${i}`) },
    x: { kind: "float64", numbers: numbers((_, number) => (number === 0 ? Number.NaN : number / 2)) },
    q: { kind: "int32", numbers: numbers((_, number) => number) },
    n: { kind: "int64", words: BigInt64Array.from(rows, ([, number]) => BigInt(number) << 55n), valid: Uint8Array.from(rows, ([text]) => Number(text > 0)) },
    b: { kind: "boolean", numbers: numbers((text, number) => (number === 0 ? Number.NaN : text % 2)) },
    w: { kind: "timestamp", numbers: numbers((text, number) => (text === 0 ? Number.NaN : number)) },
  };
}

const at = (value: unknown): unknown => (isTimestamp(value) ? value.micros : value);
const read = (column: Column, length: number): unknown[] => Array.from({ length }, (_, i) => at(reader(column)(i)));

/** What each row by itself says, with nothing shared between rows. */
function oneByOne(value: (row: Row) => unknown, columns: Columns, chosen: readonly number[]): { values: unknown[]; threw: number; infinite: number } {
  const said = { values: [] as unknown[], threw: 0, infinite: 0 };
  for (const i of chosen) {
    let result: unknown = null;
    try {
      result = value(Object.fromEntries(Object.entries(columns).map(([name, column]) => [name, reader(column)(i)])) as Row);
    } catch {
      said.threw++;
    }
    if (result === Infinity || result === -Infinity) said.infinite++;
    const isNothing = result === undefined || result === Infinity || result === -Infinity || Number.isNaN(result);
    said.values.push(isNothing ? null : result === 0 ? 0 : at(result));
  }
  return said;
}

const chosenOf = (length: number, step: number): number[] => Array.from({ length }, (_, i) => i).filter((i) => step === 0 || i % (step + 1) !== 0);
const selected = (index: readonly number[] | null, length: number): Selected => ({ index: index === null ? null : Int32Array.from(index), length }) as Selected;

test("an input has the value that each row by itself gives, and counts what each row does", () => {
  fc.assert(
    fc.property(cases, ({ which, rows, lateC, step }) => {
      const [kind, value] = FUNCTIONS[which] as (typeof FUNCTIONS)[number];
      const columns = columnsOf(rows, lateC);
      const chosen = chosenOf(rows.length, step);
      const mishaps = noMishaps();
      // A function of its own each time, which has learned nothing from the case before; and the shared one, which has.
      for (const f of [value, (row: Row) => value(row)]) {
        mishaps.threw = mishaps.infinite = 0;
        const column = evaluate({ value: f as RowFunction, kind }, columns, selected(step === 0 ? null : chosen, chosen.length), view, mishaps);
        const { values, ...counts } = oneByOne(value, columns, chosen);
        expect(read(column, chosen.length)).toEqual(values);
        expect(mishaps).toEqual({ ...noMishaps(), ...counts });
        if (column.kind === "string") expect(column.dictionary).toEqual([...new Set(values.filter((text) => text !== null))]);
      }
    }),
    runs(300),
  );
});

test("where lets the rows pass that it lets pass by themselves", () => {
  const wheres: readonly ((row: Row) => unknown)[] = [
    (p) => p.s === "a",
    (p) => (p.s === "b" ? fail() : p.s !== null),
    (p) => (p.s === "c" ? p.x > 2 : 1),
    (p) => p["b"],
  ];
  fc.assert(
    fc.property(fc.nat(wheres.length - 1), cases, (which, { rows, lateC, step }) => {
      const value = wheres[which] as (row: Row) => unknown;
      const times = Float64Array.from(rows, (_, i) => i);
      const offsets = Int32Array.of(0, Math.floor(rows.length / (step + 1)), rows.length);
      const columns = columnsOf(rows, lateC);
      const mishaps = noMishaps();
      const {
        index,
        eventTime,
        offsets: kept,
        length,
      } = select(((row: Row) => value(row)) as RowFunction, { offsets, eventTime: times, availableTime: times, until: null, columns }, schema, mishaps);
      const { values, threw } = oneByOne(value, columns, chosenOf(rows.length, 0));
      const passed = chosenOf(rows.length, 0).filter((i) => values[i] === true);
      expect([...(index as Int32Array)]).toEqual(passed);
      expect([...eventTime]).toEqual(passed);
      expect([...kept]).toEqual([0, passed.filter((i) => i < (offsets[1] as number)).length, length]);
      expect(mishaps).toEqual({ ...noMishaps(), whereThrew: threw });
    }),
    runs(200),
  );
});

describe("how often a function is called", () => {
  const texts = columnsOf(
    Array.from({ length: 2000 }, (_, i) => [i % 6, i % 10]),
    false,
  );
  const calls = (value: (row: Row) => unknown): number => {
    let count = 0;
    const input: InputPlan = { value: ((row: Row) => (count++, value(row))) as RowFunction, kind: "float64" };
    evaluate(input, texts, selected(null, 2000), view, noMishaps());
    return count;
  };

  test("for text that repeats: once for each, after the first rows", () => {
    expect(calls((p) => p.s?.length)).toBe(128 + 6);
  });

  test("for text that does not, and for more than text: once for each row", () => {
    expect(calls((p) => (p["r"] as string).length)).toBe(2000);
    expect(calls((p) => (p.s?.length ?? 0) + p.x)).toBe(2000);
  });
});

describe("a sweep ends", () => {
  const rows = Array.from({ length: 1000 }, (_, i) => [i % 3, 1] as const);
  const columns = columnsOf(rows, false);
  const run = (value: (row: Row) => unknown, from: Columns = columns, kind: ColumnKind = "float64"): Column =>
    evaluate({ value: value as RowFunction, kind }, from, selected(null, 1000), view, noMishaps());

  test.each<readonly [string, (row: Row) => unknown]>([
    ["at once", (p) => p.x],
    ["caught", (p) => caught(() => p.x)],
    ["after text alone", (p) => (p.s === "c" ? p.x : 1)],
    ["late", (p) => (p["r"] === "row 900" ? p.x : 1)],
    ["late and caught", (p) => (p["r"] === "row 900" ? caught(() => p.x) : 1)],
  ])("where a column is read that was not: %s", (_, value) => {
    const { x: _x, ...others } = columns;
    expect(() => run(value, others)).toThrow(new ColumnNotRead("x"));
    expect(() =>
      select(
        value as RowFunction,
        { offsets: Int32Array.of(0, 1000), eventTime: new Float64Array(1000), availableTime: new Float64Array(1000), until: null, columns: others },
        schema,
        noMishaps(),
      ),
    ).toThrow(new ColumnNotRead("x"));
    expect(read(run(value), 1)).toEqual([value(Object.fromEntries(Object.entries(columns).map(([name, column]) => [name, reader(column)(0)])) as Row)]);
  });

  const OTHER = "Return one type for every row, or say which: sum((row) => ..., { type: t.float64() })";
  test.each<readonly [string, ColumnKind, (row: Row) => unknown, string, string]>([
    ["text for a number", "float64", (p) => (p.s === "c" ? "no" : 1), "returned a string where its feature holds float64", OTHER],
    ["text for a number, late", "float64", (p) => (p["r"] === "row 900" ? "no" : p.x), "returned a string where its feature holds float64", OTHER],
    ["a half for a whole number", "int32", (p) => (p.s === "c" ? 0.5 : 1), "returned a number where its feature holds int32", OTHER],
    ["65 bits", "int64", (p) => (p.s === "c" ? 2n ** 63n : 1n), "returned the bigint 9223372036854775808", "Keep it within 64 bits"],
    ["a bigint for a number", "float64", (p) => (p.s === "c" ? 1n : 1), "returned the bigint 1 where its feature holds float64", OTHER],
    ["a number for a bigint", "int64", (p) => (p.s === "c" ? 1 : 1n), "returned a number where its feature holds int64", OTHER],
    ["an object", "timestamp", (p) => (p.s === "c" ? {} : null), "returned an object where its feature holds timestamp", OTHER],
    ["a number for a truth", "boolean", (p) => (p.s === "c" ? 1 : true), "returned a number where its feature holds boolean", OTHER],
  ])("at %s", (_, kind, value, message, cure) => {
    const refusal = { code: "DEFINITION_WRONG_VALUE", message: expect.stringMatching(`${literal(message)}.*${literal(cure)}`) };
    expect(() => run(value, columns, kind)).toThrow(expect.objectContaining(refusal));
  });

  test("at a clock, and names the features that read it", () => {
    const input: InputPlan = { value: ((p: Row) => p.x + Date.now()) as RowFunction, kind: "float64" };
    const call = (value: number): object => ({ value, add: null, by: null });
    const features = [
      { name: "one", call: call(0) },
      { name: "other", call: call(1) },
      { name: "two", call: call(0) },
    ];
    const of = { ...view, inputs: [input], features } as unknown as ViewPlan;
    const sweep = (from: ViewPlan) => () => evaluate(input, columns, selected(null, 1000), from, noMishaps());
    expect(sweep(of)).toThrow(/view v, feature one, two: /);
    expect(sweep(view)).toThrow(/view v: /);
  });

  test("and a function may use itself on the way", () => {
    const inner = (p: Row): number => p.x * 2;
    const outer = (p: Row): number => (p["r"] === "row 900" ? (reader(run(inner))(0) as number) : inner(p));
    const twice = (p: Row): number => (p["r"] === "row 900" && p.s !== "z" ? (reader(run(outerOnce))(1) as number) : 3);
    const outerOnce = (p: Row): number => p.x;
    expect(reader(run(outer))(900)).toBe(1);
    expect(reader(run(twice))(900)).toBe(0.5);
  });
});

/** Text as a pattern that matches it alone. */
function literal(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}

function caught(read: () => unknown): unknown {
  try {
    return read();
  } catch {
    return 1;
  }
}
