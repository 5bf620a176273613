// Decayed sums against their definition in rationals: any values and times, in any order, in the sweep and in a live state.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Cells } from "./cells.ts";
import { DecayedSum } from "./decayed.ts";
import { exp2Fraction } from "./exp2-fraction.ts";
import { nearest, units, UNIT_BITS } from "../../test/oracle/rational.ts";
import { doubleOf, REGIME_NAMES, type RegimeName } from "../../test/property/doubles.ts";
import { chance, runs } from "../../test/property/runs.ts";

const YEAR = 365 * 86_400_000_000;
const GREATEST_TIME = 2 ** 53;

/** Rows of one window, and T less its offset. */
interface Given {
  readonly halfLife: number;
  readonly now: number;
  readonly rows: readonly { readonly x: number; readonly e: number }[];
}

/** `time` as k half-lives and a part of one, by whole numbers. */
function apart(time: number, halfLife: number): { readonly k: bigint; readonly weight: number } {
  const rest = ((BigInt(time) % BigInt(halfLife)) + BigInt(halfLife)) % BigInt(halfLife);
  return { k: (BigInt(time) - rest) / BigInt(halfLife), weight: exp2Fraction(Number(rest) / halfLife) };
}

/** A product in units of 2^-2148, rounded to 53 bits. */
function term(x: number, weight: number): bigint {
  const exact = units(x) * units(weight);
  const size = exact < 0n ? -exact : exact;
  const surplus = BigInt(Math.max(0, size.toString(2).length - 53));
  const half = surplus === 0n ? 0n : 1n << (surplus - 1n);
  const rest = size & ((1n << surplus) - 1n);
  const digits = (size >> surplus) + (rest > half || (rest === half && surplus > 0n && ((size >> surplus) & 1n) === 1n) ? 1n : 0n);
  return (digits << surplus) * (exact < 0n ? -1n : 1n);
}

/** The value as it is defined; NaN over nothing. */
function defined({ halfLife, now, rows }: Given): number {
  const present = rows.filter(({ x }) => !Number.isNaN(x));
  if (present.length === 0) return Number.NaN;
  const { k: last, weight } = apart(now, halfLife);
  const sum = present.reduce((total, { x, e }) => {
    const { k, weight: own } = apart(e, halfLife);
    return total + (term(x, own) << (k - last + 100n));
  }, 0n);
  return nearest(sum, units(weight) << 100n); // both count units of 2^-1074, and the sum 2^-1074 besides
}

function accumulator({ halfLife, rows }: Pick<Given, "halfLife" | "rows">, live: boolean, offset = 0): { readonly sum: DecayedSum; readonly cells: Cells } {
  const cells = new Cells(1);
  const eventTime = Float64Array.from(rows, ({ e }) => e);
  const material = { eventTime, parameters: { halfLife }, offset, live };
  return {
    sum: new DecayedSum(
      Float64Array.from(rows, ({ x }) => x),
      material,
      cells,
      Number.NaN,
    ),
    cells,
  };
}

/** The value at T, NaN for null; infinite where it failed. */
function read({ sum, cells }: ReturnType<typeof accumulator>, at: number): number {
  sum.finish(at);
  return cells.failed[cells.length - 1] === 1 ? Infinity : (cells.numbers[cells.length - 1] as number);
}

/** Sizes only: which infinity it would be is not said. */
const orFailed = (x: number): number => (Math.abs(x) === Infinity ? Infinity : x);

const u32 = fc.nat(2 ** 32 - 1);
const halfLives = fc.oneof(
  fc.constantFrom(1000, 60_000_000, 86_400_000_000, 100 * YEAR),
  fc.integer({ min: 1, max: 100 * 365 * 86_400 }).map((s) => s * 1_000_000),
);

/** Rows less than 64 half-lives before a moment anywhere in time. */
function given(regime: RegimeName | "mixed"): fc.Arbitrary<Given> {
  const row = fc.tuple(u32, u32, fc.nat(9), u32, fc.nat(3));
  return fc.tuple(halfLives, fc.double({ min: -1, max: 1, noNaN: true }), fc.array(row, { maxLength: 16 })).map(([halfLife, where, list]) => {
    const now = Math.floor(where * GREATEST_TIME);
    const rows = list.flatMap(([high, low, kind, age, grain]) => {
      const value = kind === 0 ? Number.NaN : doubleOf(regime, high, low) + 0;
      const x = Number.isFinite(value) ? value : Number.NaN;
      const back = grain === 0 ? 1 + (age % 3) : grain === 1 ? halfLife * (1 + (age % 64)) : 1 + Math.floor((age / 2 ** 32) * 64 * halfLife);
      const e = Math.max(-GREATEST_TIME, now - Math.min(back, 64 * halfLife, GREATEST_TIME));
      if (e >= now) return [];
      return kind === 1
        ? [
            { x, e },
            { x: 0 - x, e },
          ]
        : [{ x, e }];
    });
    return { halfLife, now, rows };
  });
}

describe.each([...REGIME_NAMES, "mixed" as const])("%s", (regime) => {
  test("in any order, with rows that come and go, from any anchor: as defined", () => {
    fc.assert(
      fc.property(given(regime), fc.nat(), fc.constantFrom(0, 7, 86_400_000_000), (all, seed, offset) => {
        const below = chance(seed);
        const acting = accumulator(all, false, offset);
        acting.sum.start();
        const [waiting, inside] = [all.rows.map((_, i) => i), new Set<number>()];
        const at = all.now + offset;
        const shown = Math.abs(at) <= GREATEST_TIME && at - offset === all.now;
        while (waiting.length > 0) {
          const [row] = waiting.splice(below(waiting.length), 1) as [number];
          acting.sum.add(row);
          inside.add(row);
          for (const other of inside) {
            if (below(4) > 0) continue;
            acting.sum.remove(other);
            inside.delete(other);
          }
          if (shown) expect(read(acting, at)).toBe(orFailed(defined({ ...all, rows: [...inside].map((i) => all.rows[i] as Given["rows"][number]) })));
        }
        for (const row of inside) acting.sum.remove(row);
        expect(read(acting, at)).toBeNaN();
      }),
      runs(150),
    );
  });

  test("a live state: summaries merged in any grouping are the same bytes and give what is defined", () => {
    fc.assert(
      fc.property(given(regime), fc.nat(), (all, seed) => {
        const below = chance(seed);
        const parts = Array.from({ length: 1 + below(4) }, () => accumulator(all, true));
        const whole = accumulator(all, true);
        for (const { sum } of [...parts, whole]) sum.start();
        all.rows.forEach((_, row) => {
          whole.sum.add(row);
          (parts[below(parts.length)] as typeof whole).sum.add(row);
        });
        while (parts.length > 1) {
          const [one] = parts.splice(below(parts.length), 1) as [typeof whole];
          (parts[below(parts.length)] as typeof whole).sum.merge(0, 0, one.sum.summary().numbers);
        }
        const [merged] = parts as [typeof whole];
        expect(merged.sum.summary()).toEqual(whole.sum.summary());
        expect(whole.sum.summary().numbers.every((x) => Number.isFinite(x) && !Object.is(x, -0))).toBe(true);
        for (const one of [merged, whole]) expect(read(one, all.now)).toBe(orFailed(defined(all)));
      }),
      runs(150),
    );
  });
});

test.each([
  [1000, 9000],
  [1000, 977_000_000_000],
  [86_400_000_000, 3 * 86_400_000_000 + 1],
  [100 * YEAR, 7 * YEAR + 1],
])("one key over all of time: the sum moves on with its window (half-life %d, a row every %d)", (halfLife, step) => {
  const times = Array.from({ length: 3000 }, (_, i) => -GREATEST_TIME + i * step).filter((e) => e <= GREATEST_TIME);
  const rows = times.map((e, i) => ({ e, x: ((i * 7919) % 1000) / 100 - 5 }));
  const acting = accumulator({ halfLife, rows }, false);
  const [values, wanted]: [number[], number[]] = [[], []];
  acting.sum.start();
  let first = 0;
  rows.forEach(({ e }, row) => {
    const now = e + 1;
    for (; (times[first] as number) < now - 64 * halfLife; first++) if (first < row) acting.sum.remove(first);
    acting.sum.add(row);
    if (row % 59 !== 0) return;
    values.push(read(acting, now));
    wanted.push(defined({ halfLife, now, rows: rows.slice(first, row + 1) }));
  });
  expect(values).toEqual(wanted);
});

test("a time just before and after a whole half-life, at both ends of time", () => {
  for (const e of [9_007_199_254_739_999, -9_007_199_254_000_001, 9_007_199_254_740_000, -9_007_199_254_000_000]) {
    const all = { halfLife: 1000, now: e + 2, rows: [{ x: 0.1, e }] };
    const acting = accumulator(all, false);
    acting.sum.start();
    acting.sum.add(0);
    expect(read(acting, all.now)).toBe(defined(all));
  }
});

test("the widest window: rows that differ by 64 whole half-lives, and their parts", () => {
  const rows = [
    { x: 3, e: 999 },
    { x: 1e-300, e: 64_998 },
  ];
  for (const live of [false, true]) {
    const acting = accumulator({ halfLife: 1000, rows }, live);
    acting.sum.start();
    rows.forEach((_, row) => acting.sum.add(row));
    expect(read(acting, 64_999)).toBe(defined({ halfLife: 1000, now: 64_999, rows }));
  }
});

test("an anchor that is never let go of moves too", () => {
  // A row for every 60 half-lives, of which none leaves before the next is in.
  const halfLife = 1000;
  const rows = Array.from({ length: 40_000 }, (_, i) => ({ x: 1 + (i % 3) / 10, e: i * 60 * halfLife + 1 }));
  const acting = accumulator({ halfLife, rows }, false);
  acting.sum.start();
  for (let row = 0; row < rows.length; row++) {
    acting.sum.add(row);
    if (row > 0) acting.sum.remove(row - 1);
  }
  const last = rows.at(-1) as (typeof rows)[number];
  expect(read(acting, last.e + 5000)).toBe(defined({ halfLife, now: last.e + 5000, rows: [last] }));
});

test("rows that no window holds together are summarised as such, in any grouping", () => {
  const rows = [0, 1, 2, 65_000, 90_000_000].map((e, i) => ({ e, x: [1, -1, 3, 4, 5][i] as number }));
  const summary = (...groups: readonly (readonly number[])[]): readonly number[] => {
    const whole = accumulator({ halfLife: 1000, rows }, true);
    whole.sum.start();
    for (const group of groups) {
      const part = accumulator({ halfLife: 1000, rows }, true);
      part.sum.start();
      for (const row of group) part.sum.add(row);
      whole.sum.merge(0, 0, part.sum.summary().numbers);
    }
    return whole.sum.summary().numbers;
  };
  expect(summary([0, 1, 2, 3])).toEqual([4, 0, 65]);
  for (const groups of [[[0], [1], [2], [3], [4]], [[0, 1], [2, 3], [4]], [[4], [3, 2, 1, 0]], [[0, 1, 2, 3, 4]], [[], [4], [0, 1, 2, 3]]])
    expect(summary(...groups)).toEqual([5, 0, 90_000]);
  expect(summary([], [])).toEqual([0]);
});

test("2^f is within 0.57 units in the last place of what square roots give", () => {
  const bits = 160n;
  const root = (square: bigint): bigint => {
    let guess = 1n << BigInt((square.toString(2).length / 2 + 1) | 0);
    for (let next = guess; (next = (guess + square / guess) >> 1n) < guess;) guess = next;
    return guess;
  };
  const roots: bigint[] = []; // 2^(2^-i), in units of 2^-160
  for (let power = 2n << bits, i = 0; i < 53; i++) roots.push((power = root(power << bits)));
  fc.assert(
    fc.property(
      fc.maxSafeInteger().map((n) => Math.abs(n) / 2 ** 53),
      (f) => {
        const exact = roots.reduce((power, one, i) => (Math.floor(f * 2 ** (i + 1)) % 2 === 1 ? (power * one) >> bits : power), 1n << bits);
        const error = units(exp2Fraction(f)) - ((exact << UNIT_BITS) >> bits);
        expect((error < 0n ? -error : error) * 100n).toBeLessThan(57n * units(2 ** -52));
      },
    ),
    runs(5000),
  );
  expect([0, 0.5, 0.25, 1 - 2 ** -53].map(exp2Fraction)).toEqual([1, Math.SQRT2, 1.189207115002721, 2 - 2 ** -52]);
});

test("2^f has these bits and no others", () => {
  const bits = new Uint32Array(2);
  const double = new Float64Array(bits.buffer);
  let hash = 0;
  for (let i = 0; i < 20_000; i++) {
    double[0] = exp2Fraction(((i * 7919) % 20_011) / 20_011);
    hash = (Math.imul(hash, 31) + (bits[0] as number) + Math.imul(bits[1] as number, 17)) | 0;
  }
  expect(hash).toBe(686925071);
});

test("a key begins with nothing of the key before, however much of it was left", () => {
  const rows = [5e-324, 1e300, 7].map((x, i) => ({ x, e: [0, 1, 10 ** 15][i] as number }));
  for (const live of [false, true]) {
    const acting = accumulator({ halfLife: 1000, rows }, live);
    acting.sum.start();
    acting.sum.add(0);
    acting.sum.add(1);
    acting.sum.start();
    expect([read(acting, 2), acting.sum.summary().numbers]).toEqual([Number.NaN, [0]]);
    acting.sum.add(2);
    expect(read(acting, 10 ** 15 + 1)).toBe(defined({ halfLife: 1000, now: 10 ** 15 + 1, rows: rows.slice(2) }));
  }
});
