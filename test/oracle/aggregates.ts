// The oracle's aggregates: each from all rows of its window at once, over exact rationals and plain lists.
import { decayedCount, decayedSum } from "./decay.ts";
import { nearest, UNIT_BITS, units } from "./rational.ts";
import { compare, distinct, grouped, nameOf } from "./values.ts";
import type { AggregateCall, AggregateName } from "../../src/define/aggregate-call.ts";
import type { FeatureValue, Scalar, Value } from "../../src/schema/value-type.ts";

/** A row in a window: when it happened, and what the functions of a call make of it. */
export interface Taken {
  readonly eventTime: bigint;
  readonly value: Value;
  readonly add: Value;
  readonly by: Value;
}

/** The value of a call; `failed` where it cannot be represented. */
export interface Outcome {
  readonly value: FeatureValue;
  readonly failed: boolean;
}

/** What an aggregate is computed from: a window's rows in the total order, their values that are not null, T, and the window's end. */
interface Given {
  readonly rows: readonly Taken[];
  readonly values: readonly Scalar[];
  readonly call: AggregateCall;
  readonly at: bigint;
  readonly end: bigint;
}

const FAILED = Symbol("cannot be represented");
type Said = FeatureValue | typeof FAILED;

/** The value of a call over the rows of its window at T, which ends at `end`. */
export function aggregated(call: AggregateCall, rows: readonly Taken[], at: bigint, end: bigint): Outcome {
  const said = call.by === null ? whole(call, rows, at, end) : byKey(call, rows, at, end);
  return said === FAILED ? { value: null, failed: true } : { value: said, failed: false };
}

function whole(call: AggregateCall, rows: readonly Taken[], at: bigint, end: bigint): Said {
  return AGGREGATES[call.aggregate]({ rows, values: rows.map(({ value }) => value).filter((value) => value !== null), call, at, end });
}

function byKey(call: AggregateCall, rows: readonly Taken[], at: bigint, end: bigint): Said {
  const groups = grouped(
    rows.filter(({ by }) => by !== null),
    ({ by }) => by as Scalar,
  );
  if (groups.length > (call.parameters.byLimit as number)) return FAILED;
  const entries = groups.toSorted(([a], [b]) => compare(a, b)).map(([key, of]) => [key, whole(call, of, at, end)] as const);
  return new Map(entries.map(([key, said]) => [key, said === FAILED ? null : said]));
}

const AGGREGATES: { readonly [A in AggregateName]: (given: Given) => Said } = {
  count: ({ rows }) => rows.length,
  exists: ({ rows, values, call }) => (call.value === null ? rows.length > 0 : values.includes(true)),
  sum: (given) => {
    const { scale, values } = decimals(given);
    if (values.length === 0) return null;
    return isBigints(values) && given.call.parameters.scale === undefined ? total(values) : finite(nearest(total(values.map(inUnits)), scale));
  },
  mean: (given) => {
    const { scale, values } = decimals(given);
    return values.length === 0 ? null : finite(nearest(total(values.map(inUnits)), scale * BigInt(values.length)));
  },
  variance: ({ values }) => variance(values),
  stddev: ({ values }) => {
    const squared = variance(values);
    return typeof squared === "number" ? Math.sqrt(squared) : squared;
  },
  decayedCount: ({ rows, call, end }) => finite(decayedCount(rows, call.parameters.halfLife as number, end)),
  decayedSum: ({ rows, values, call, end }) => (values.length === 0 ? null : finite(decayedSum(rows, call.parameters.halfLife as number, end))),
  min: ({ values }) => values.toSorted(compare)[0] ?? null,
  max: ({ values }) => values.toSorted(compare).at(-1) ?? null,
  quantile: ({ values, call }) => {
    const { numerator, denominator } = fraction(call.parameters.p as string);
    const n = BigInt(values.length);
    const rank = (numerator * n + denominator - 1n) / denominator;
    return values.toSorted(compare)[rank === 0n ? 0 : Number(rank) - 1] ?? null;
  },
  first: ({ values }) => values[0] ?? null,
  last: ({ values }) => values.at(-1) ?? null,
  latest: ({ rows }) => rows.at(-1)?.value ?? null,
  firstN: ({ values, call }) => values.slice(0, call.parameters.n),
  lastN: ({ values, call }) => values.toReversed().slice(0, call.parameters.n),
  distinctCount: limited((counts) => counts.length),
  distinctLastN: ({ values, call }) => distinct(values.toReversed()).slice(0, call.parameters.n),
  topK: limited((counts, { n }) =>
    counts
      .toSorted(([a, countOfA], [b, countOfB]) => countOfB - countOfA || compare(a, b))
      .slice(0, n)
      .map(([value]) => value),
  ),
  valueCounts: limited((counts) => new Map(counts.toSorted(([a], [b]) => compare(a, b)))),
  timeSinceLast: ({ rows, call, at }) => {
    const newest = rows.findLast(({ value }) => call.value === null || value === true);
    return newest === undefined ? null : nearest((at - newest.eventTime) << UNIT_BITS, 1_000_000n);
  },
  streak: ({ values }) => values.length - 1 - values.lastIndexOf(false),
  currentItems: ({ rows, call }) => {
    const counted = rows.filter(({ value, add }) => value !== null && add !== null);
    if (distinct(counted.map(({ value }) => value as Scalar)).length > (call.parameters.limit as number)) return FAILED;
    const items = new Map<unknown, Scalar>();
    for (const { value, add } of counted as readonly { readonly value: Scalar; readonly add: Value }[]) {
      if (add === false) items.delete(nameOf(value));
      else if (!items.has(nameOf(value))) items.set(nameOf(value), value);
    }
    return [...items.values()];
  },
};

type Counts = readonly (readonly [value: Scalar, count: number])[];

/** An aggregate of how often each value occurs, which fails where there are more different ones than its limit. */
function limited(of: (counts: Counts, parameters: AggregateCall["parameters"]) => FeatureValue): (given: Given) => Said {
  return ({ values, call }) => {
    const counts = grouped(values, (value) => value).map(([value, all]) => [value, all.length] as const);
    return counts.length > (call.parameters.limit as number) ? FAILED : of(counts, call.parameters);
  };
}

/** The sample variance, `(n Σx² - (Σx)²) / (n (n - 1))`. */
function variance(values: readonly Scalar[]): Value | typeof FAILED {
  if (values.length < 2) return null;
  const n = BigInt(values.length);
  const each = values.map(inUnits);
  const sum = total(each);
  const spread = n * total(each.map((x) => x * x)) - sum * sum;
  return finite(nearest(spread, (n * (n - 1n)) << UNIT_BITS));
}

/** Values as they are, or, where a scale is declared, as the whole numbers of which they are the `scale`th part; what is no such part is null. */
function decimals({ values, call }: Given): { readonly scale: bigint; readonly values: readonly Scalar[] } {
  const { scale: places } = call.parameters;
  if (places === undefined) return { scale: 1n, values };
  const scale = 10n ** BigInt(places);
  return { scale, values: values.map((x) => wholeNumber(x as number, Number(scale))).filter((k) => k !== null) };
}

/** The whole number k within ±2^53 nearest to `x * scale` if k / scale is x, both in doubles; else null. */
function wholeNumber(x: number, scale: number): bigint | null {
  const k = Math.round(x * scale);
  return Math.abs(k) <= 2 ** 53 && k / scale === x ? BigInt(k) : null;
}

/** A decimal text, as `String` writes numbers from 0 to 1. */
function fraction(text: string): { readonly numerator: bigint; readonly denominator: bigint } {
  const [digits, exponent = "0"] = text.split("e") as [string, string?];
  const [before, after = ""] = digits.split(".") as [string, string?];
  return { numerator: BigInt(before + after), denominator: 10n ** BigInt(after.length - Number(exponent)) };
}

function finite(x: number): number | typeof FAILED {
  return Math.abs(x) === Infinity ? FAILED : x;
}

function inUnits(x: Scalar): bigint {
  return typeof x === "bigint" ? x << UNIT_BITS : units(x as number);
}

function isBigints(values: readonly Scalar[]): values is readonly bigint[] {
  return typeof values[0] === "bigint";
}

function total(terms: readonly bigint[]): bigint {
  return terms.reduce((sum, term) => sum + term, 0n);
}
