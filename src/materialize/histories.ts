// The bridge from a source's batch to its log: what was there before the log began.
import { historyRows, writeHistory } from "../offline/log-history.ts";
import type { Histories } from "../stream/history.ts";
import type { Offline } from "../offline/offline.ts";

/** Histories that the offline side writes and reads. It is opened when it is first needed. */
export function historiesOf(open: () => Promise<Offline>): Histories {
  return {
    write: async (source, began) => writeHistory(await open(), source, began),
    rows: async function* (source, since) {
      yield* historyRows(await open(), source, since);
    },
  };
}
