// A view's values from its source: at any points, or of all keys at some ticks. Refreshes and proof use it.
import { Collected } from "./collected.ts";
import { canonical } from "../schema/canonical.ts";
import { keysOf, valuesOfKeys, type WantedKeys } from "./wanted-keys.ts";
import { refuseUnretained } from "./retained.ts";
import { spanOf, within } from "./read-rows.ts";
import { sweep } from "../kernel/sweep.ts";
import { KeyList, viewsAt, type ValuesOptions } from "./views-at.ts";
import { sweepSource } from "./sweep-source.ts";
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

/** Computes a view's values at points, in the order of the points. Throws a `SourceError` for what the source's data is not. */
export async function valuesAt(offline: Offline, plan: ViewPlan, points: Points, options: ValuesOptions = {}): Promise<ViewValues> {
  const keys = new KeyList(plan.keys);
  const key = Int32Array.from(points.keys, (one) => keys.add(one));
  const [[values]] = (await viewsAt(offline, [{ keys, asked: [{ plan, key, at: points.at }] }], options)) as [[ViewValues]];
  return values;
}

/** The source's columns that hold a view's keys. */
export function columnsOf(plan: ViewPlan): readonly string[] {
  return plan.keys.map((key) => key.column);
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
  const events = await offline.events(plan);
  refuseUnretained(events, plan, ticks);
  const slice = await offline.slices(events).get(plan, ticks[0] as Micros, ticks[ticks.length - 1] as Micros, mode);
  if (slice === null)
    return ticks.length > 1 ? batchOfTicks(offline, plan, ticks.slice(0, ticks.length >> 1), mode) : [await largeTick(offline, plan, ticks[0] as Micros, mode)];
  const batch = ticks.slice(0, Math.max(1, Math.floor(POINTS / (slice.keys.length + 1))));
  return ticksOf(batch, slice, sweep(slice.prepared, timesOfAll(slice.keys.length, batch)));
}

/** One tick over more rows than may be in memory at a time. */
async function largeTick(offline: Offline, plan: ViewPlan, tick: Micros, mode: Availability): Promise<TickValues> {
  const events = await offline.events(plan);
  const keys = await keysBetween(offline, events, plan, tick, mode);
  const times = { offsets: Int32Array.from({ length: keys.count + 2 }, (_, kid) => Math.min(kid, keys.count)), at: new Float64Array(keys.count).fill(tick) };
  const whole = new Collected(plan, keys.count);
  const sorted = { point: Int32Array.from(times.at, (_, i) => i) };
  const asked = { plan, times, take: (from: number, values: ViewValues) => whole.take(sorted, from, values) };
  await sweepSource(offline, { events, mode, groups: [{ keys, keyColumns: columnsOf(plan), asked: [asked] }] });
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
