// Sweeps views over a source: reads as many rows at a time as fit, and hands on what the kernel makes of them.
import { clamp } from "./sources/batch.ts";
import { asAbsorbed, asKnownAt } from "../kernel/known-rows.ts";
import { ColumnNotRead } from "../schema/column.ts";
import { readOrdered, rowsByKey, spanOf, type KeySet, type OrderedRows, type Span } from "./read-rows.ts";
import { sweep } from "../kernel/sweep.ts";
import { SweptRows } from "../kernel/swept-rows.ts";
import { timesOf } from "./points.ts";
import type { Availability, EventTable } from "./event-table.ts";
import type { KeyedRows, KeyedTimes, ViewValues } from "../kernel/rows.ts";
import type { Micros } from "../time.ts";
import type { Offline } from "./offline.ts";
import type { ViewPlan } from "../plan/view-plan.ts";
import type { WantedKeys } from "./wanted-keys.ts";

/** A view and the moments at which its values are wanted, by key. */
export interface Asked {
  readonly plan: ViewPlan;
  readonly times: KeyedTimes;
  /** Of a count: that only what it grows by between moments of a key matters, so that rows that came in before them all are not read. */
  readonly growth?: boolean;
  /** For each moment, up to which position of the log it knows the source; for `absorbed` alone, then for all. See `asAbsorbed`. */
  readonly ends?: Float64Array;
  /** Gets the values at the moments from position `from` on. */
  readonly take: (from: number, values: ViewValues) => void;
}

/** Views whose keys lie in the same columns. */
export interface KeyGroup {
  /** The numbers of the keys; the times have one key more, which names no entity. */
  readonly keys: WantedKeys;
  readonly keyColumns: readonly string[];
  readonly asked: readonly Asked[];
}

/** What a sweep of a source is about. */
export interface SourceRequest {
  readonly events: EventTable;
  readonly mode: Availability;
  readonly groups: readonly KeyGroup[];
  /** For outcomes: rows count as they are known at this moment, as if they had always been available. */
  readonly cut?: Micros | undefined;
  /** Told the number of moments of one view that have been computed since it was last called. */
  readonly done?: ((moments: number) => void) | undefined;
  /** What DuckDB is to do while the kernel sweeps. Called once. */
  readonly meanwhile?: (() => Promise<void>) | undefined;
}

/** Views of one group that are to be swept over a range of its keys. */
interface Part extends KeySet {
  readonly asked: readonly Asked[];
}

/** Computes values. The source is read once where its rows fit, else once for each range of the keys of each group. */
export async function sweepSource(offline: Offline, request: SourceRequest): Promise<void> {
  const groups = request.groups.filter(({ asked }) => asked.some(({ times }) => times.at.length > 0));
  let aside: Promise<void> | undefined;
  const read: Read = async (...what) => {
    await aside;
    const rows = await readOrdered(offline.db, request.events, ...what);
    aside ??= request.meanwhile?.();
    aside?.catch(() => {}); // it is awaited below, where it is not too early to throw
    return rows;
  };
  try {
    for (const parts of await partition(offline, request.events, groups)) await sweepParts(offline, request, parts, read);
  } finally {
    await aside?.catch(() => {});
  }
  await (aside ?? request.meanwhile?.());
}

/** Reads rows when nothing else asks DuckDB. */
type Read = (...what: Parameters<typeof readOrdered> extends [unknown, unknown, ...infer What] ? What : never) => Promise<OrderedRows>;

/**
 * Parts whose rows are in memory at the same time: all, or else a range of the keys of one group after the other. A
 * group's last range has the key that names no entity.
 */
async function partition(offline: Offline, events: EventTable, groups: readonly KeyGroup[]): Promise<Part[][]> {
  if (groups.length === 0) return [];
  const rows = await events.rows();
  const width = (group: KeyGroup): number => 3 + Math.max(...group.asked.map(({ plan }) => plan.columns.length + plan.inputs.length));
  const cells = rows * (groups.length + Math.max(...groups.map(width)));
  if (cells <= offline.limits.rangeCells) return [groups.map((group) => ({ ...group, first: 0, end: group.keys.count + 1 }))];
  return groups.flatMap((group) => {
    const atLeast = (rows * width(group)) / offline.limits.rangeCells;
    return ranges(0, group.keys.count + 1, atLeast).map(([first, end]) => [{ ...group, first, end }]);
  });
}

/** Reads the rows of all parts, and sweeps them range by range. They are read again where a row function asks for another column. */
async function sweepParts(offline: Offline, { mode, done, cut }: SourceRequest, parts: readonly Part[], readRows: Read): Promise<void> {
  const all = parts.flatMap(({ asked }) => asked);
  const span = {
    ...spanOfAll(all),
    ...(mode === "absorbed" ? { availableBefore: furthest(all) } : cut === undefined ? {} : { availableBefore: clamp(cut + 1) }),
  };
  const rowsOf = (i: number, from: number, to: number): KeyedRows => {
    const keyed = rowsByKey(rows, i, from, to);
    return cut === undefined ? keyed : asKnownAt(keyed, cut);
  };
  const ordered = all.some(({ plan }) => plan.ordered);
  const read = (): Promise<OrderedRows> => {
    const columns = new Set(all.flatMap(({ plan }) => [...offline.columnsOf(plan)]));
    return readRows({ span, columns, ordered, mode }, parts);
  };
  let rows = await read();
  for (const [i, { asked, first, end }] of parts.entries()) {
    const moments = Math.max(...asked.map(({ times }) => (times.offsets[end] as number) - (times.offsets[first] as number)));
    for (const [from, to] of ranges(first, end, moments / offline.limits.rangeMoments)) {
      let swept = new SweptRows(rowsOf(i, from, to));
      for (const one of asked) {
        let values = attempt(offline, one, swept, from, to);
        for (; values === null; values = attempt(offline, one, swept, from, to)) {
          rows = await read();
          swept = new SweptRows(rowsOf(i, from, to));
        }
        one.take(one.times.offsets[from] as number, values);
        done?.(values.found.length);
        await new Promise(setImmediate);
      }
    }
  }
}

/** The values; null if a row function reads a column that was not read. From then on it is. */
function attempt(offline: Offline, { plan, times: all, ends }: Asked, rows: SweptRows, from: number, to: number): ViewValues | null {
  const times = timesOf(all, from, to);
  try {
    const prepared = rows.prepare(plan);
    if (ends === undefined) return sweep(prepared, times);
    const delay = plan.refresh.kind === "streaming" ? plan.refresh.delay : 0;
    const own = ends.subarray(all.offsets[from], all.offsets[to]);
    return sweep({ ...prepared, selected: asAbsorbed(prepared.selected, times, own, delay) }, times);
  } catch (error) {
    if (!(error instanceof ColumnNotRead)) throw error;
    offline.columnsOf(plan).add(error.column);
    return null;
  }
}

/** At least so many ranges of about equally many keys, which together are `[first, end)`. */
function ranges(first: number, end: number, atLeast: number): [number, number][] {
  const parts = Math.max(1, Math.min(end - first, Math.ceil(atLeast)));
  const edge = (i: number): number => first + Math.floor((i * (end - first)) / parts);
  return Array.from({ length: parts }, (_, i) => [edge(i), edge(i + 1)]);
}

/** What must be read for all: the windows' reach before the moments, and for growth what came in since the earliest. */
function spanOfAll(all: readonly Asked[]): Span {
  const [earliest, latest] = extent(all);
  const [windows, growth] = [all.filter((asked) => asked.growth !== true), all.filter((asked) => asked.growth === true)];
  const plans = (asked: readonly Asked[]): ViewPlan[] => asked.map(({ plan }) => plan);
  if (growth.length === 0) return spanOf(plans(windows), earliest, latest);
  const delay = Math.max(...growth.map(({ plan: { refresh } }) => (refresh.kind === "streaming" ? refresh.delay : 0)));
  const since = clamp(earliest - delay);
  return windows.length === 0
    ? { from: since, before: latest, availableBefore: latest, since }
    : { ...spanOf(plans(all), earliest, latest), from: spanOf(plans(windows), earliest, latest).from, since };
}

/** The position up to which any of the moments knows the log. */
function furthest(asked: readonly Asked[]): number {
  return clamp(asked.reduce((most, { ends }) => ends?.reduce((a, b) => Math.max(a, b), most) ?? most, -Infinity));
}

function extent(asked: readonly Asked[]): [number, number] {
  let [earliest, latest] = [Infinity, -Infinity];
  for (const { times } of asked) {
    const { at } = times;
    for (let i = 0; i < at.length; i++) {
      if ((at[i] as number) < earliest) earliest = at[i] as number;
      if ((at[i] as number) > latest) latest = at[i] as number;
    }
  }
  return [earliest, latest];
}
