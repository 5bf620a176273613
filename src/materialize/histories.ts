// The bridge from Parquet files to a log: what was there before it began, and what was compacted of it.
import { compactedRecords } from "../offline/compacted-records.ts";
import { historyRows, writeHistory } from "../offline/log-history.ts";
import { listLog } from "../offline/sources/event-log-files.ts";
import type { Histories } from "../stream/history.ts";
import type { Offline } from "../offline/offline.ts";

/** Histories that the offline side writes and reads. It is opened when it is first needed. */
export function historiesOf(open: () => Promise<Offline>): Histories {
  return {
    write: async (source, began) => writeHistory(await open(), source, began),
    rows: async function* (source, since) {
      yield* historyRows(await open(), source, since);
    },
    compacted: async function* (source, from, to) {
      yield* compactedRecords(await open(), source, from, to);
    },
    retained: async (source) => {
      const { root, openings } = await open();
      return (await listLog(root, openings.log(source).folder))?.retained ?? null;
    },
  };
}
