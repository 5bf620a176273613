// Sweeps views over a source: reads the rows of a range of keys at a time, and hands on what the kernel makes of them.
import { ColumnNotRead } from "../schema/column.ts";
import { readRows, spanOf, type RowsRequest } from "./read-rows.ts";
import { sweep } from "../kernel/sweep.ts";
import { timesOf } from "./points.ts";
import type { Availability, EventTable } from "./event-table.ts";
import type { KeyedRows, KeyedTimes, ViewValues } from "../kernel/rows.ts";
import type { Offline, OfflineLimits } from "./offline.ts";
import type { ViewPlan } from "../plan/view-plan.ts";
import type { WantedKeys } from "./wanted-keys.ts";

/** A view and the moments at which its values are wanted, by key. */
export interface Asked {
  readonly plan: ViewPlan;
  readonly times: KeyedTimes;
}

/** What a sweep of keys is about: views of one source whose keys lie in the same columns. */
export interface KeysRequest {
  readonly events: EventTable;
  /** The numbers of the keys; the times have one key more, which names no entity. */
  readonly keys: WantedKeys;
  readonly keyColumns: readonly string[];
  readonly mode: Availability;
  readonly asked: readonly Asked[];
}

/**
 * Computes values, one range of keys after the other. `take` gets the values of asked view `view` at its moments from
 * position `from` on; `done` the number of moments of one view that have been computed since it was last called. A range is
 * read again with the columns that turn out to be missing.
 */
export async function sweepKeys(
  offline: Offline,
  request: KeysRequest,
  take: (view: number, from: number, values: ViewValues) => void,
  done?: (moments: number) => void,
): Promise<void> {
  const { events, keys, keyColumns, mode, asked } = request;
  if (asked.every(({ times }) => times.at.length === 0)) return;
  const [earliest, latest] = extent(asked);
  for (const [first, end] of await keyRanges(request, offline.limits)) {
    let pending = [...asked.keys()];
    while (pending.length > 0) {
      const plans = pending.map((view) => (asked[view] as Asked).plan);
      const columns = new Set(plans.flatMap((plan) => [...offline.columnsOf(plan)]));
      const rest: RowsRequest = {
        span: spanOf(plans, earliest, latest),
        columns,
        ordered: plans.some((plan) => plan.ordered),
        mode,
        keys,
        keyColumns,
        first,
        end,
      };
      const rows = await readRows(offline.db, events, rest);
      const again: number[] = [];
      for (const view of pending) {
        const { plan, times } = asked[view] as Asked;
        const values = attempt(offline, plan, rows, timesOf(times, first, end));
        if (values === null) again.push(view);
        else {
          take(view, times.offsets[first] as number, values);
          done?.(values.found.length);
        }
        await new Promise(setImmediate);
      }
      pending = again;
    }
  }
}

/** The values; null if a row function reads a column that was not read. From then on it is. */
function attempt(offline: Offline, plan: ViewPlan, rows: KeyedRows, times: KeyedTimes): ViewValues | null {
  try {
    return sweep(plan, rows, times);
  } catch (error) {
    if (!(error instanceof ColumnNotRead)) throw error;
    offline.columnsOf(plan).add(error.column);
    return null;
  }
}

function extent(asked: readonly Asked[]): [number, number] {
  let [earliest, latest] = [Infinity, -Infinity];
  for (const { times } of asked) {
    for (const at of times.at) {
      if (at < earliest) earliest = at;
      if (at > latest) latest = at;
    }
  }
  return [earliest, latest];
}

/** Ranges of key numbers so that the rows of one, and its moments, fit. The last holds the key that names no entity. */
async function keyRanges({ events, keys, asked }: KeysRequest, { rangeCells, rangeMoments }: OfflineLimits): Promise<[number, number][]> {
  const columns = 3 + Math.max(...asked.map(({ plan }) => plan.columns.length + plan.inputs.length));
  const moments = Math.max(...asked.map(({ times }) => times.at.length));
  const total = keys.count + 1;
  const parts = Math.max(1, Math.min(total, Math.max(Math.ceil(((await events.rows()) * columns) / rangeCells), Math.ceil(moments / rangeMoments))));
  return Array.from({ length: parts }, (_, i) => [Math.floor((i * total) / parts), Math.floor(((i + 1) * total) / parts)]);
}
