// Aggregates as a definition spells them: `sum((p) => p.amount).over("7d")`. What they mean lies in aggregate/.
import { DefinitionError } from "../errors.ts";
import { parseDuration, parseDelay, type Micros } from "../time.ts";
import type { Duration, DurationOr } from "./duration.ts";
import type { Scalar, Type, Value, ValueKind } from "../schema/value-type.ts";

/** The aggregates there are, by name. */
export type AggregateName = "count" | "sum" | "mean" | "min" | "max" | "last";

/** `T - offset - length <= e < T - offset`, in microseconds; a lifetime has an infinite length. */
export interface Window {
  readonly length: Micros;
  readonly offset: Micros;
}

/** One aggregate of one row function, without a window yet. */
export interface AggregateCall {
  readonly aggregate: AggregateName;
  /** The row function; null for `count()`. */
  readonly value: ((row: never) => unknown) | null;
  /** What the row function returns, where it is declared. */
  readonly declared: ValueKind | null;
}

/** A feature: `V` is what a training row and an online answer hold. */
export interface Feature<out V> {
  readonly kind: "feature";
  readonly call: AggregateCall;
  readonly window: Window;
  readonly fallback: Value;
  readonly "~value": V;
  /** What stands for null, wherever the value is read. */
  default(value: NonNullable<V>): Feature<NonNullable<V>>;
}

/** One aggregate over several windows: `spend` becomes `spend_1h` and `spend_24h`. */
export interface Features<out V, out W extends string> {
  readonly kind: "features";
  readonly call: AggregateCall;
  readonly windows: readonly W[];
  readonly fallback: Value;
  readonly "~value": V;
  /** What stands for null, wherever a value is read. */
  default(value: NonNullable<V>): Features<NonNullable<V>, W>;
}

/** An aggregate that waits for its window. */
export interface Aggregate<out V> {
  readonly kind: "aggregate";
  /** The window of this length that ends at T; `offset` moves both its edges back. */
  over<const D extends string>(window: DurationOr<D>, options?: { readonly offset?: Duration }): Feature<V>;
  /** One feature for each window, named `feature_window`. */
  overEach<const D extends readonly string[]>(...windows: { readonly [I in keyof D]: DurationOr<D[I]> }): Features<V, D[number]>;
  /** All history before T. */
  lifetime(): Feature<V>;
}

/** `0 | 1` aggregates to `number`; a union of strings stays one. */
type Wide<V> = V extends number ? number : V extends bigint ? bigint : V extends boolean ? boolean : V;
type Present<V> = NonNullable<Wide<V>>;
/** Says what a row function returns, where no sample row can show it. */
export interface Returns<V> {
  readonly type: Type<V | null> | Type<NonNullable<V>>;
}

/** The aggregates over rows `R`, as `features: ({ count, sum }) => ...` is given them. Null inputs are skipped. */
export interface Aggregates<R> {
  /** How many rows; 0 over nothing. */
  count(): Aggregate<number>;
  /** The exact sum, rounded once; 128 bits for int64. */
  sum<V extends number | bigint | null>(value: (row: R) => V, returns?: Returns<NoInfer<V>>): Aggregate<Present<V> | null>;
  /** The exact sum divided by the number of values, rounded once. May differ from sum / count in the last bit. */
  mean<V extends number | bigint | null>(value: (row: R) => V, returns?: Returns<NoInfer<V>>): Aggregate<number | null>;
  /** The least value; text by its UTF-8 bytes. */
  min<V extends Value>(value: (row: R) => V, returns?: Returns<NoInfer<V>>): Aggregate<Present<V> | null>;
  /** The greatest value; text by its UTF-8 bytes. */
  max<V extends Value>(value: (row: R) => V, returns?: Returns<NoInfer<V>>): Aggregate<Present<V> | null>;
  /** The value of the newest row that has one, by the source's total order. */
  last<V extends Value>(value: (row: R) => V, returns?: Returns<NoInfer<V>>): Aggregate<Present<V> | null>;
}

/** The aggregates to give to `features`. */
export function aggregates<R>(): Aggregates<R> {
  const of = (aggregate: AggregateName) => (value?: (row: never) => unknown, returns?: Returns<unknown>) => {
    if (aggregate !== "count" && typeof value !== "function") {
      throw new DefinitionError({
        code: "DEFINITION_NO_FUNCTION",
        what: `${aggregate}(...) takes a function of the row`,
        where: "features",
        cure: `Write ${aggregate}((row) => row.column)`,
      });
    }
    return unwindowed({ aggregate, value: value ?? null, declared: returns?.type.kind ?? null });
  };
  const all: Record<AggregateName, unknown> = { count: of("count"), sum: of("sum"), mean: of("mean"), min: of("min"), max: of("max"), last: of("last") };
  return all as unknown as Aggregates<R>;
}

function unwindowed(call: AggregateCall): Aggregate<unknown> {
  const name = `${call.aggregate}(...)`;
  return Object.freeze({
    kind: "aggregate",
    over: (window: string, options: { readonly offset?: string } = {}) =>
      feature(
        call,
        { length: parseDuration(window, `${name}.over`), offset: options.offset === undefined ? 0 : parseDelay(options.offset, `${name}.over, offset`) },
        null,
      ),
    overEach: (...windows: readonly string[]) => features(call, windows, null),
    lifetime: () => feature(call, { length: Infinity, offset: 0 }, null),
  });
}

function feature(call: AggregateCall, window: Window, fallback: Value): Feature<unknown> {
  return Object.freeze({
    kind: "feature",
    call,
    window: Object.freeze(window),
    fallback,
    default: (value: Scalar) => feature(call, window, value),
  }) as unknown as Feature<unknown>;
}

function features(call: AggregateCall, windows: readonly string[], fallback: Value): Features<unknown, string> {
  return Object.freeze({ kind: "features", call, windows, fallback, default: (value: Scalar) => features(call, windows, value) }) as unknown as Features<
    unknown,
    string
  >;
}
