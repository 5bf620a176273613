// Refuses questions about moments whose windows reach below what is retained of a log: no value is over fewer rows without a word.
import { formatTime, type Micros } from "../time.ts";
import { reachOf } from "../define/retain.ts";
import { SourceError } from "../errors.ts";
import type { EventTable } from "./event-table.ts";
import type { RetainedEdge } from "../plan/event-log.ts";
import type { Source } from "../define/source.ts";
import type { ViewPlan } from "../plan/view-plan.ts";

/** The first moment at which a view's windows hold all their rows: those thrown away happened at most `ahead` after they came. */
export function completeFrom({ frames }: Pick<ViewPlan, "frames">, { ahead }: Source<unknown>, edge: RetainedEdge | null): Micros {
  return edge === null ? -Infinity : edge.since + ahead + reachOf(frames);
}

/** Throws a `SourceError` where a view is asked for before that. */
export function refuseUnretained(events: EventTable, plan: ViewPlan, moments: ArrayLike<Micros>): void {
  const from = completeFrom(plan, events.source, events.retained);
  let early = 0;
  for (let i = 0; i < moments.length; i++) if ((moments[i] as Micros) < from && (moments[i] as Micros) !== -Infinity) early++;
  if (early === 0) return;
  const cure =
    from === Infinity ? "Give the view windows that end somewhere" : `Ask for moments from ${formatTime(from)} on, or make ingest.retain longer in time`;
  throw new SourceError({
    code: "SOURCE_NOT_RETAINED",
    what: `${early} of ${moments.length} moments have windows that reach before ${formatTime((events.retained as RetainedEdge).since)}, where what is retained of the event log begins`,
    where: `view ${plan.name}, source ${events.source.name}`,
    cure,
  });
}
