// What a change of a view has computed again: ticks of a schedule, or states from a log.
import { newestTick } from "../materialize/ticks.ts";
import type { Micros } from "../time.ts";
import type { Run } from "../plan/record.ts";
import type { StoredView } from "../online/store.ts";
import type { ViewChange } from "../plan/registry-diff.ts";
import type { ViewPlan } from "../plan/view-plan.ts";

/**
 * What the version of the code computes anew. `every`: the next `asof materialize` computes the tick `next`; a backfill from `since`
 * on, the oldest tick on record of the version before (null: there is none), covers `ticks`. `streaming`: states are built from the
 * `logBytes` of the log; null where they are not known.
 */
export type Recompute =
  | { readonly kind: "every"; readonly next: Micros; readonly since: Micros | null; readonly ticks: number }
  | { readonly kind: "streaming"; readonly logBytes: number | null };

/** How many bytes the log of a source holds; null where it is not kept here. */
export type LogBytes = (source: string) => Promise<number | null>;

/** What is known of what was computed before. */
export interface Known {
  readonly logBytes: LogBytes;
  runs(view: StoredView): Promise<readonly Run[]>;
}

/** What a change has computed again; null where it has nothing. */
export async function recomputeOf(plan: ViewPlan, { change, before }: ViewChange, now: Micros, known: Known): Promise<Recompute | null> {
  if (change === "same" || change === "gone") return null;
  const { refresh, source, name } = plan;
  if (refresh.kind === "streaming") return { kind: "streaming", logBytes: source.stream?.kind === "ingest" ? await known.logBytes(source.name) : null };
  const next = newestTick(refresh, now);
  const runs = before === null ? [] : await known.runs({ name, version: before });
  if (runs.length === 0) return { kind: "every", next, since: null, ticks: 1 };
  const since = newestTick(refresh, runs.reduce((oldest, { tick }) => Math.min(oldest, tick), Infinity) - 1) + refresh.tick;
  return { kind: "every", next, since, ticks: Math.floor((next - since) / refresh.tick) + 1 };
}
