// Aggregates as a definition spells them: `sum((p) => p.amount).over("7d")`. What they mean lies in aggregate/.
import { CALLED, byCall, callOf, decayedCall, type AggregateCall } from "./aggregate-call.ts";
import { parseDuration, parseDelay, type Micros } from "../time.ts";
import { complete, misplaced, refuseMore } from "./given.ts";
import { DefinitionError, didYouMean } from "../errors.ts";
import { refuseUnknown } from "./settings.ts";
import type { Duration, DurationOr } from "./duration.ts";
import type { Window } from "./window.ts";
import type { Scalar, Type, Value } from "../schema/value-type.ts";

/** A value that is never null has no default. */
type DefaultOf<V> =
  NonNullable<V> extends readonly unknown[] | ReadonlyMap<unknown, unknown> ? "a collection is never null: it takes no default" : NonNullable<V>;

/** A feature: `V` is what a training row and an online answer hold. */
export interface Feature<out V> {
  readonly kind: "feature";
  readonly call: AggregateCall;
  readonly window: Window;
  readonly fallback: Value;
  readonly "~value": V;
  /** What stands for null, wherever the value is read. */
  default(value: DefaultOf<V>): Feature<NonNullable<V>>;
}

/** One aggregate over several windows: `spend` becomes `spend_1h` and `spend_24h`. */
export interface Features<out V, out W extends string> {
  readonly kind: "features";
  readonly call: AggregateCall;
  readonly windows: readonly W[];
  readonly fallback: Value;
  readonly "~value": V;
  /** What stands for null, wherever a value is read. */
  default(value: DefaultOf<V>): Features<NonNullable<V>, W>;
}

/** A value of the future, `T <= e < T + horizon`: only `outcome` takes it. */
export interface Future<out V> {
  readonly kind: "future";
  readonly call: AggregateCall;
  readonly horizon: Micros;
  readonly "~value": V;
}

/** An aggregate that waits for its window. */
export interface Unwindowed<out V> {
  readonly kind: "aggregate";
  /** The window of this length that ends at T; `offset` moves both its edges back. */
  over<const D extends string>(window: DurationOr<D>, options?: { readonly offset?: Duration }): Feature<V>;
  /** One feature for each window, named `feature_window`. */
  overEach<const D extends readonly string[]>(...windows: { readonly [I in keyof D]: DurationOr<D[I]> }): Features<V, D[number]>;
  /** All history before T. */
  lifetime(): Feature<V>;
  /** The session open at T: the newest rows, none so far apart as `gap`; nothing once the newest is `gap` old. */
  session<const D extends string>(gap: DurationOr<D>): Feature<V>;
  /** The future window that begins at T; for `outcome` only. */
  within<const D extends string>(horizon: DurationOr<D>): Future<V>;
}

/** What can be the key of a map. */
export type MapKey = string | number | bigint | boolean;

/** An aggregate over rows `R`, whole or by the value of a row function. */
export interface Aggregate<out R, out V> extends Unwindowed<V> {
  /**
   * The aggregate for each value of `key` that the window holds, as a map in order of these values; rows without one are left
   * out. A window with more than `limit` of them (10,000 by default) is null, `ERROR`.
   */
  by<K extends MapKey | null>(key: (row: R) => K, options?: Returns<NoInfer<K>> & Limit): Unwindowed<ReadonlyMap<Present<K>, V>>;
}

/** A sum or count that can be made to fade. */
export interface Decayable<out R, out V, out D> extends Aggregate<R, V> {
  /**
   * Every row weighs half as much for each `halfLife` that has passed since it happened, until T less the window's offset.
   * Rows older than 64 half-lives do not count.
   */
  decayed<const H extends string>(halfLife: DurationOr<H>): Aggregate<R, D>;
}

/** `0 | 1` aggregates to `number`; a union of strings stays one. */
type Wide<V> = V extends number ? number : V extends bigint ? bigint : V extends boolean ? boolean : V;
export type Present<V> = NonNullable<Wide<V>>;

/** What a column holds of which `V` are some values: of `"a" | "b"` text. */
type Column<V> = V extends string ? string : Wide<V>;
/** Says what a row function returns, where no sample row can show it. */
export interface Returns<V> {
  readonly type?: Type<Column<V> | null> | Type<NonNullable<Column<V>>>;
}
/** Says how many different values a window may hold, 10,000 by default; with more, the value is null, `ERROR`. */
export interface Limit {
  readonly limit?: number;
}
/** Says that values are decimal numbers with so many places, summed as whole numbers; one that is not is null. */
export interface Scale {
  readonly scale?: number;
}

/** The aggregates over rows `R`, as `features: ({ count, sum }) => ...` is given them: each is declared in its own file. */
export interface Aggregates<R> {
  readonly "~row"?: R;
}

/** The aggregates to give to `features`. */
export function aggregates<R>(): Aggregates<R> {
  const all = Object.fromEntries(CALLED.map((name) => [name, (...given: readonly unknown[]) => aggregate(callOf(name, given))]));
  return complete(all, unknownAggregate) as unknown as Aggregates<R>;
}

function unknownAggregate(name: string): DefinitionError {
  const cure = name === "latest" ? "Of events, write last((row) => row.column) with a window; latest is for entity sources" : didYouMean(name, CALLED);
  return new DefinitionError({ code: "DEFINITION_UNKNOWN_AGGREGATE", what: `there is no aggregate '${name}'`, where: "features", cure });
}

function aggregate(call: AggregateCall): object {
  return Object.freeze({
    ...unwindowed(call),
    by: (...given: readonly unknown[]) => Object.freeze(grouped(call, given)),
    decayed: (halfLife: string) => aggregate(decayedCall(call, halfLife)),
  });
}

function grouped(call: AggregateCall, given: readonly unknown[]): object {
  const name = `${call.aggregate}(...).by(...)`;
  refuseMore(given, 2, name);
  return {
    ...unwindowed(byCall(call, given[0], given[1])),
    by: misplaced("it has a by already", name, "Make one key of both: by((row) => `${row.a} ${row.b}`)"),
    decayed: misplaced("decayed stands after by", name, `Write ${call.aggregate}(...).decayed("1d").by((row) => row.column)`),
  };
}

function unwindowed(call: AggregateCall): object {
  const name = `${call.aggregate}(...)`;
  return {
    kind: "aggregate",
    default: misplaced("its default stands before its window", name, 'Write .over("7d").default(0)'),
    over: (window: string, options: { readonly offset?: string } = {}, ...more: readonly unknown[]) => {
      if (typeof options === "string") throw overWindows(name);
      refuseMore(more, 0, `${name}.over`);
      refuseUnknown(options, ["offset"], `${name}.over`);
      const offset = options.offset === undefined ? 0 : parseDelay(options.offset, `${name}.over, offset`);
      return feature(call, windowOf(call, { length: parseDuration(window, `${name}.over`), offset, gap: null }), null);
    },
    overEach: (...windows: readonly string[]) => features(call, windows, null),
    lifetime: (...given: readonly unknown[]) => {
      refuseMore(given, 0, `${name}.lifetime`);
      return feature(call, windowOf(call, { length: Infinity, offset: 0, gap: null }), null);
    },
    session: (...given: readonly string[]) => {
      refuseMore(given, 1, `${name}.session`);
      return feature(call, windowOf(call, { length: Infinity, offset: 0, gap: parseDuration(given[0] as string, `${name}.session`) }), null);
    },
    within: (...given: readonly string[]) => {
      refuseMore(given, 1, `${name}.within`);
      const none = misplaced("a label has no default", name, "Leave it out: a null says that there is nothing to learn from");
      return Object.freeze(aside({ kind: "future", call, horizon: parseDuration(given[0] as string, `${name}.within`) }, { default: none }));
    },
  };
}

function overWindows(name: string): DefinitionError {
  const cure = 'Write .overEach("1d", "7d")';
  return new DefinitionError({ code: "DEFINITION_TOO_MUCH", what: "over takes one window", where: name, cure });
}

/** The window of a call: what fades away ends after 64 half-lives. */
export function windowOf({ parameters: { halfLife } }: AggregateCall, window: Window): Window {
  return Object.freeze(halfLife === undefined ? window : { ...window, length: Math.min(window.length, 64 * halfLife) });
}

/** A call in a window, and what stands for null. */
export function feature(call: AggregateCall, window: Window, fallback: Value): Feature<unknown> {
  const made = { kind: "feature", call, window, fallback, default: (value: Scalar) => feature(call, window, fallbackOf(call, value)) };
  return Object.freeze(aside(made, afterWindow(call))) as unknown as Feature<unknown>;
}

function features(call: AggregateCall, windows: readonly string[], fallback: Value): Features<unknown, string> {
  const made = { kind: "features", call, windows, fallback, default: (value: Scalar) => features(call, windows, fallbackOf(call, value)) };
  return Object.freeze(aside(made, afterWindow(call))) as unknown as Features<unknown, string>;
}

function fallbackOf({ aggregate }: AggregateCall, value: Scalar | null | undefined): Scalar {
  if (value !== null && value !== undefined) return value;
  const what = `its default is ${String(value)}, which replaces nothing`;
  throw new DefinitionError({ code: "DEFINITION_BAD_DEFAULT", what, where: `${aggregate}(...)`, cure: "Leave it out" });
}

/** What a window ends: these methods come before it. */
function afterWindow({ aggregate }: AggregateCall): Readonly<Record<string, () => never>> {
  const name = `${aggregate}(...)`;
  if (aggregate === "latest")
    return { over: misplaced("the last row has no window", name, "Leave it out"), by: misplaced("the last row has no by", name, "Leave it out") };
  return {
    by: misplaced("by stands after its window", name, `Write ${name}.by((row) => row.column).over("7d")`),
    decayed: misplaced("decayed stands after its window", name, `Write ${name}.decayed("1d").over("7d")`),
    over: misplaced("it has a window already", name, "Leave one out"),
  };
}

/** Adds methods that are no part of the object's data. */
function aside<T extends object>(object: T, methods: Readonly<Record<string, () => never>>): T {
  return Object.defineProperties(object, Object.fromEntries(Object.entries(methods).map(([name, value]) => [name, { value }])));
}
