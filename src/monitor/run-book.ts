// The runs that the online store has on record, so that a proof can tell why a value differs.
import { existsSync } from "node:fs";
import { formatTime, type Micros } from "../time.ts";
import { moveAt, type RefreshRecord, type Run, type SourceSnapshot } from "../plan/record.ts";
import { resolve } from "node:path";
import type { Config } from "../define/config.ts";
import type { LoggedRun } from "./serving-log-format.ts";
import type { ViewPlan } from "../plan/view-plan.ts";

/** What the record says about logged runs. */
export interface RunBook {
  /** Whether the record shows this run at T; true where there is no record to ask. */
  shows(plan: ViewPlan, at: Micros, run: LoggedRun): boolean;
  /** What is known of a run whose values differ; `snapshot` is what the source is made of now. */
  why(plan: ViewPlan, run: LoggedRun, snapshot: SourceSnapshot | null): string;
  readonly notes: readonly string[];
}

interface Page {
  readonly record: RefreshRecord;
  readonly runs: ReadonlyMap<number, Run>;
}

/** Reads the record of each view. Without a store there is none, which a note says. */
export async function openRunBook(config: Config, root: string, plans: readonly ViewPlan[]): Promise<RunBook> {
  const path = resolve(root, config.online.path);
  const pages = new Map<string, Page>();
  if (existsSync(path)) {
    const { openLmdb } = await import("../online/stores/lmdb.ts");
    const store = await openLmdb({ path });
    for (const plan of plans) pages.set(plan.name, { record: await store.record(plan), runs: new Map((await store.runs(plan)).map((run) => [run.run, run])) });
    await store.close();
  }
  return {
    shows: (plan, at, run) => {
      const page = pages.get(plan.name);
      if (page === undefined) return true;
      const move = moveAt(page.record.moves, at);
      return move === null ? run === null : run !== null && move.run === run.run && move.tick === run.tick;
    },
    why: (plan, run, snapshot) => {
      if (run === null) return "no run answered";
      const recorded = pages.get(plan.name)?.runs.get(run.run);
      if (recorded === undefined) return `run ${run.run} is not on record, so it is not known what it read`;
      if (recorded.tick !== run.tick)
        return `the record has run ${run.run} as of ${formatTime(recorded.tick)}, not ${formatTime(run.tick)}: the log was changed`;
      if (snapshot !== null && JSON.stringify(recorded.snapshot.files) !== JSON.stringify(snapshot.files))
        return `the source has changed since run ${run.run} read it`;
      return `the source is as run ${run.run} read it: the value was computed, stored or logged otherwise`;
    },
    notes: pages.size > 0 ? [] : [`there is no online store at ${path}: the runs could not be looked up`],
  };
}
