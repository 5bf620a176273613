// A view's values from its source: at any points, or of all keys at some ticks. Refreshes and proof use it.
import { ascending, sortPoints, type SortedPoints } from "./points.ts";
import { canonical } from "../schema/canonical.ts";
import { scatterNumbers, scattered } from "./scatter.ts";
import { keysOf, keysTable, numbersOf, valuesOfKeys, type WantedKeys } from "./wanted-keys.ts";
import { spanOf, within } from "./read-rows.ts";
import { ColumnNotRead } from "../schema/column.ts";
import { sweep } from "../kernel/sweep.ts";
import { sweepKeys } from "./sweep-keys.ts";
import type { Availability, EventTable } from "./event-table.ts";
import type { Micros } from "../time.ts";
import type { Offline } from "./offline.ts";
import type { Value } from "../schema/value-type.ts";
import type { ViewPlan } from "../plan/view-plan.ts";
import type { KeyedTimes, ViewValues } from "../kernel/rows.ts";
import type { Slice } from "./slice.ts";

/** Where values are wanted: as many keys as moments, in any order; a key with a null belongs to no entity. */
export interface Points {
  /** Each in the order of the entity's keys. */
  readonly keys: readonly (readonly Value[])[];
  /** Microseconds; for a refreshed view: ticks. */
  readonly at: Float64Array;
}

/** Options of a question. */
export interface ValuesOptions {
  readonly mode?: Availability;
  readonly signal?: AbortSignal | undefined;
}

/** Computes a view's values at points, in the order of the points. Throws a `SourceError` for what the source's data is not. */
export function valuesAt(offline: Offline, plan: ViewPlan, points: Points, options: ValuesOptions = {}): Promise<ViewValues> {
  return offline.db.exclusively(options.signal, async () => {
    const events = await offline.events(plan.source);
    const { db } = offline;
    const distinct = new Map<string, number>();
    const list: (readonly Value[])[] = [];
    const kinds = plan.keys.map((key) => key.kind);
    const place = Int32Array.from(points.keys, (key) => {
      const encoded = canonical(key, kinds).toString("latin1");
      const known = distinct.get(encoded);
      if (known !== undefined) return known;
      distinct.set(encoded, list.length);
      return list.push(key) - 1;
    });
    const asked = await keysTable(db, plan.keys, list);
    const parts = plan.keys.map((_, i) => `p${i}`);
    const keys = await keysOf(db, plan.keys, asked, parts, false);
    const numbers = await numbersOf(db, keys, asked, parts, list.length);
    const key = place.map((i) => numbers[i] as number);
    const sorted = sortPoints(key, keys.count + 1, points.at, ascending(points.at));
    const collected = new Collected(plan, sorted);
    await sweepKeys(
      offline,
      { events, keys, keyColumns: columnsOf(plan), mode: options.mode ?? "recorded", asked: [{ plan, times: sorted.times }] },
      (_, from, values) => collected.take(from, values),
    );
    return collected.values();
  });
}

/** The source's columns that hold a view's keys. */
export function columnsOf(plan: ViewPlan): readonly string[] {
  return plan.keys.map((key) => key.column);
}

/** Puts what the kernel gives back, by key and moment, in the order of the points. */
class Collected {
  readonly #features;
  readonly #failed;
  readonly #newest;
  readonly #found;
  readonly #point: Int32Array;
  readonly #mishaps = { whereThrew: 0, threw: 0, infinite: 0 };

  constructor(plan: ViewPlan, { point }: SortedPoints) {
    this.#point = point;
    this.#features = plan.features.map(({ kind }) => scattered(kind, point.length));
    this.#failed = plan.features.map(() => new Uint8Array(point.length));
    this.#newest = plan.frames.map(() => new Float64Array(point.length).fill(Number.NaN));
    this.#found = new Uint8Array(point.length);
  }

  take(from: number, values: ViewValues): void {
    const places = this.#point.subarray(from, from + values.found.length);
    values.features.forEach((piece, i) => this.#features[i]?.put(piece, places));
    values.failed.forEach((piece, i) => scatterNumbers(this.#failed[i] as Uint8Array, piece, places));
    values.newest.forEach((piece, i) => scatterNumbers(this.#newest[i] as Float64Array, piece, places));
    scatterNumbers(this.#found, values.found, places);
    for (const mishap of ["whereThrew", "threw", "infinite"] as const) this.#mishaps[mishap] += values.mishaps[mishap];
  }

  values(): ViewValues {
    return { features: this.#features.map(({ vector }) => vector), failed: this.#failed, newest: this.#newest, found: this.#found, mishaps: this.#mishaps };
  }
}

/**
 * A view's values at one tick, of every key that has a row in any window: entity `i` has the key `keys[key[i]]` and its values
 * at position `place[i]`. Entities are in ascending order of their keys' canonical bytes.
 */
export interface TickValues {
  readonly tick: Micros;
  readonly key: Int32Array;
  readonly place: Int32Array;
  /** Keys, among them some that have no row in any window. */
  readonly keys: readonly (readonly Value[])[];
  /** The canonical bytes of each key. */
  readonly encoded: readonly Uint8Array[];
  /** Values, among them those of other ticks; `mishaps` counts over all that were computed together. */
  readonly values: ViewValues;
}

/** Keys x ticks that are computed at a time. */
const POINTS = 1_000_000;

/**
 * Computes a view at ticks, which must be ascending, in one pass for as many as fit. The source may be asked for other
 * things between two ticks. Throws a `SourceError`.
 */
export async function* valuesOfAllKeys(offline: Offline, plan: ViewPlan, ticks: readonly Micros[], options: ValuesOptions = {}): AsyncGenerator<TickValues> {
  for (let from = 0; from < ticks.length;) {
    const batch = await offline.db.exclusively(options.signal, () => batchOfTicks(offline, plan, ticks.slice(from), options.mode ?? "recorded"));
    from += batch.length;
    yield* batch;
  }
}

/** Computes as many of the first ticks as fit. */
async function batchOfTicks(offline: Offline, plan: ViewPlan, ticks: readonly Micros[], mode: Availability): Promise<TickValues[]> {
  const slice = await offline.slices(await offline.events(plan.source)).get(plan, ticks[0] as Micros, ticks[ticks.length - 1] as Micros, mode);
  if (slice === null)
    return ticks.length > 1 ? batchOfTicks(offline, plan, ticks.slice(0, ticks.length >> 1), mode) : [await largeTick(offline, plan, ticks[0] as Micros, mode)];
  const batch = ticks.slice(0, Math.max(1, Math.floor(POINTS / (slice.keys.length + 1))));
  try {
    return ticksOf(batch, slice, sweep(plan, slice.rows, timesOfAll(slice.keys.length, batch)));
  } catch (error) {
    if (!(error instanceof ColumnNotRead)) throw error;
    offline.columnsOf(plan).add(error.column);
    return batchOfTicks(offline, plan, ticks, mode);
  }
}

/** One tick over more rows than may be in memory at a time. */
async function largeTick(offline: Offline, plan: ViewPlan, tick: Micros, mode: Availability): Promise<TickValues> {
  const events = await offline.events(plan.source);
  const keys = await keysBetween(offline, events, plan, tick, mode);
  const times = { offsets: Int32Array.from({ length: keys.count + 2 }, (_, kid) => Math.min(kid, keys.count)), at: new Float64Array(keys.count).fill(tick) };
  const whole = new Collected(plan, { times, point: Int32Array.from(times.at, (_, i) => i) });
  await sweepKeys(offline, { events, keys, keyColumns: columnsOf(plan), mode, asked: [{ plan, times }] }, (_, from, values) => whole.take(from, values));
  const all = await valuesOfKeys(offline.db, plan.keys, keys);
  await offline.db.run(`DROP TABLE ${keys.table}`);
  const kinds = plan.keys.map((key) => key.kind);
  const [only] = ticksOf([tick], { keys: all, encoded: all.map((key) => canonical(key, kinds)) }, whole.values());
  return only as TickValues;
}

/** Every key at every tick. */
function timesOfAll(keys: number, ticks: readonly Micros[]): KeyedTimes {
  const count = ticks.length;
  const at = new Float64Array(keys * count);
  for (let i = 0; i < at.length; i++) at[i] = ticks[i % count] as number;
  return { offsets: Int32Array.from({ length: keys + 1 }, (_, key) => key * count), at };
}

/** The values of every key at every tick, tick by tick, without the keys that have no row in any window. */
function ticksOf(ticks: readonly Micros[], { keys, encoded }: Pick<Slice, "keys" | "encoded">, values: ViewValues): TickValues[] {
  const count = ticks.length;
  return ticks.map((tick, t): TickValues => {
    const found = new Int32Array(keys.length);
    let entities = 0;
    for (let key = 0; key < keys.length; key++) if (values.found[key * count + t] === 1) found[entities++] = key;
    const key = found.subarray(0, entities);
    return { tick, key, place: key.map((k) => k * count + t), keys, encoded, values };
  });
}

/** The keys with a row that a tick can see. */
async function keysBetween(offline: Offline, events: EventTable, plan: ViewPlan, tick: Micros, mode: Availability): Promise<WantedKeys> {
  const parts = columnsOf(plan).map((name) => events.column(name).value);
  const rows = `(SELECT ${parts.join(", ")} FROM ${events.relation} WHERE ${within(events, spanOf([plan], tick, tick), mode)})`;
  return keysOf(offline.db, plan.keys, rows, parts, true).catch((error: unknown) => {
    throw events.batch.mend(error);
  });
}
