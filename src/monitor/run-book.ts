// The runs that the online store has on record, so that a proof can tell why a value differs.
import { formatTime, type Micros } from "../time.ts";
import { moveAt, type RefreshRecord, type Run, type SourceSnapshot } from "../plan/record.ts";
import { UNREACHED } from "../online/store.ts";
import { isMade, openOnline, placeOf } from "../online/open.ts";
import type { Config } from "../define/config.ts";
import { isAbsorbed, type LoggedRead, type LoggedRun } from "./serving-log-format.ts";
import { listLog, logFolder, readIdentity } from "../offline/sources/event-log-files.ts";
import { completeFrom } from "../offline/retained.ts";
import { takesStream } from "../offline/reading.ts";
import type { RetainedEdge } from "../plan/event-log.ts";
import type { ViewPlan } from "../plan/view-plan.ts";

/** What the record says about logged runs. */
export interface RunBook {
  /** Whether the record shows this run at T; true where there is no record to ask. */
  shows(plan: ViewPlan, at: Micros, run: LoggedRun): boolean;
  /** The id of the log that a streaming view's source has now; null where it has none. */
  log(plan: ViewPlan): string | null;
  /** The first moment at which all rows of a view's windows are retained. */
  completeFrom(plan: ViewPlan): Micros;
  /** What is known of a run, or of live states, whose values differ; `snapshot` is what the source is made of now. */
  why(plan: ViewPlan, run: LoggedRead, snapshot: SourceSnapshot | null): string;
  readonly notes: readonly string[];
}

interface Page {
  readonly record: RefreshRecord;
  readonly runs: ReadonlyMap<number, Run>;
}

/** Reads the record of each view. Without a store there is none, which a note says. */
export async function openRunBook(config: Config, root: string, plans: readonly ViewPlan[]): Promise<RunBook> {
  const pages = new Map<string, Page>();
  if (isMade(config.online, root)) {
    const store = await openOnline(config.online, root);
    for (const plan of plans) pages.set(plan.name, { record: await store.record(plan), runs: new Map((await store.runs(plan)).map((run) => [run.run, run])) });
    await store.close();
  }
  const logs = new Map<string, string>();
  const edges = new Map<string, RetainedEdge | null>();
  for (const { source } of plans.filter(takesStream)) {
    const listing = await listLog(root, logFolder(root, config.ingest.folder, source.name));
    if (listing === null) continue;
    logs.set(source.name, (await readIdentity(listing.identity, `source ${source.name}`)).id);
    edges.set(source.name, listing.retained);
  }
  return {
    shows: (plan, at, run) => {
      const page = pages.get(plan.name);
      if (page === undefined) return true;
      const move = moveAt(page.record.moves, at);
      return move === null ? run === null : run !== null && move.run === run.run && move.tick === run.tick;
    },
    log: (plan) => logs.get(plan.source.name) ?? null,
    completeFrom: (plan) => (takesStream(plan) ? completeFrom(plan, plan.source, edges.get(plan.source.name) ?? null) : -Infinity),
    why: (plan, run, snapshot) => {
      if (run === null || run === UNREACHED) return "no run answered";
      if (isAbsorbed(run))
        return `live states answered that had absorbed the log up to ${run.end}: they, the log or the line were changed, or hold it otherwise`;
      const recorded = pages.get(plan.name)?.runs.get(run.run);
      if (recorded === undefined) return `run ${run.run} is not on record, so it is not known what it read`;
      if (recorded.tick !== run.tick)
        return `the record has run ${run.run} as of ${formatTime(recorded.tick)}, not ${formatTime(run.tick)}: the log was changed`;
      if (snapshot !== null && JSON.stringify(recorded.snapshot.files) !== JSON.stringify(snapshot.files))
        return `the source has changed since run ${run.run} read it`;
      return `the source is as run ${run.run} read it: the value was computed, stored or logged otherwise`;
    },
    notes: pages.size > 0 ? [] : [`there is no online store at ${placeOf(config.online, root)}: the runs could not be looked up`],
  };
}
