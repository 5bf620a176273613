// The bridge from offline to online: runs of a view's schedule, computed from its source and published, in every mode.
import { MaterializeError } from "../errors.ts";
import { newestTick, scheduleOf, tickAt, ticksBetween, ticksSince, type Schedule } from "./ticks.ts";
import { tickRows } from "./tick-rows.ts";
import { valuesOfAllKeys, type TickValues } from "../offline/values-at.ts";
import type { Clock, Micros } from "../time.ts";
import type { Offline } from "../offline/offline.ts";
import type { OnlineStore, Published } from "../online/store.ts";
import type { Run, SourceSnapshot } from "../plan/record.ts";
import type { ViewPlan } from "../plan/view-plan.ts";

/**
 * What to materialize. `now`: the newest due tick, if newer than what is online. `tick`: that tick, computed again even if
 * it is online; an older one is refused. `catch-up`: every due tick since the one online, in order. `backfill`: every tick
 * from `from` to `to`, recorded; only the newest is published, if newer than what is online.
 */
export type Mode =
  | { readonly kind: "now" }
  | { readonly kind: "tick"; readonly tick: Micros }
  | { readonly kind: "catch-up" }
  | { readonly kind: "backfill"; readonly from: Micros; readonly to: Micros };

/** Where to read, where to publish, and what time it is. */
export interface Wings {
  readonly offline: Offline;
  readonly store: OnlineStore;
  readonly clock: Clock;
}

/** How far a command has come. */
export interface Progress {
  readonly view: string;
  /** The tick that has just been published or recorded. */
  readonly tick: Micros;
  /** Ticks that are done, of how many. */
  readonly done: number;
  readonly ticks: number;
  /** Entities of that tick. */
  readonly entities: number;
}

/** Options of a command. */
export interface MaterializeOptions {
  /** Ends the command: what was published stays, the run at hand is dropped. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/** What a command did: both empty where nothing was due. */
export interface Materialized {
  readonly view: string;
  readonly version: string;
  /** In order of tick. */
  readonly published: readonly Published[];
  /** Ticks that were recorded without being published, in order. */
  readonly backfilled: readonly Omit<Run, "run">[];
}

/** Materializes a view. Throws a `MaterializeError`, a `StoreError`, or a `SourceError` for what the source's data is not. */
export async function materialize(wings: Wings, plan: ViewPlan, mode: Mode, options: MaterializeOptions = {}): Promise<Materialized> {
  const online = (await wings.store.newestMove(plan))?.tick ?? null;
  const ticks = ticksOf(mode, scheduleOf(plan), online, wings.clock.now(), `view ${plan.name}`);
  const runs = computed(wings, plan, ticks, options);
  const done =
    mode.kind === "backfill" ? await backfill(wings, plan, runs, online, options) : { published: await publishAll(wings, plan, runs, options), backfilled: [] };
  return { view: plan.name, version: plan.version, ...done };
}

function ticksOf(mode: Mode, schedule: Schedule, online: Micros | null, now: Micros, where: string): Micros[] {
  if (mode.kind === "tick") return [tickAt(schedule, mode.tick, now, where)];
  if (mode.kind === "backfill") return ticksBetween(schedule, mode.from, mode.to, now, where);
  if (mode.kind === "catch-up") return ticksSince(schedule, online, now, where);
  const newest = newestTick(schedule, now);
  return online !== null && newest <= online ? [] : [newest];
}

/** The values of a view at a tick, with what they were read from. */
interface Computed {
  readonly values: TickValues;
  readonly startedAt: Micros;
  readonly snapshot: SourceSnapshot;
  readonly progress: Progress;
}

async function* computed({ offline, clock }: Wings, plan: ViewPlan, ticks: readonly Micros[], { signal }: MaterializeOptions): AsyncGenerator<Computed> {
  if (ticks.length === 0) return;
  const snapshot = await offline.snapshot(plan);
  let startedAt = clock.now();
  let done = 0;
  for await (const values of valuesOfAllKeys(offline, plan, ticks, { signal })) {
    signal?.throwIfAborted();
    if (await offline.hasChanged(plan, snapshot)) throw changed(snapshot, plan);
    yield { values, startedAt, snapshot, progress: { view: plan.name, tick: values.tick, done: ++done, ticks: ticks.length, entities: values.key.length } };
    startedAt = clock.now();
  }
}

async function publishAll(wings: Wings, plan: ViewPlan, runs: AsyncIterable<Computed>, options: MaterializeOptions): Promise<Published[]> {
  const published: Published[] = [];
  for await (const run of runs) {
    published.push(await publish(wings, plan, run, options));
    options.onProgress?.(run.progress);
  }
  return published;
}

/** Published as a scheduled run even at the end of a backfill: from then on the pointer shows it, and the record must say so. */
function publish({ store, clock }: Wings, plan: ViewPlan, { values, startedAt, snapshot }: Computed, { signal }: MaterializeOptions): Promise<Published> {
  return store.publish(plan, { tick: values.tick, kind: "scheduled", startedAt, snapshot }, tickRows(plan, values, signal), clock);
}

/** Records all ticks at the end and at once, so that a backfill that is given up leaves nothing; then publishes the newest. */
async function backfill(
  wings: Wings,
  plan: ViewPlan,
  runs: AsyncIterable<Computed>,
  online: Micros | null,
  options: MaterializeOptions,
): Promise<Pick<Materialized, "published" | "backfilled">> {
  const backfilled: Omit<Run, "run">[] = [];
  let newest: Computed | null = null;
  for await (const run of runs) {
    const { values, startedAt, snapshot, progress } = run;
    const isNewest = progress.done === progress.ticks && (online === null || values.tick > online);
    if (isNewest) newest = run;
    else
      backfilled.push({
        tick: values.tick,
        kind: "backfill",
        startedAt,
        finishedAt: wings.clock.now(),
        snapshot,
        entities: values.key.length,
        written: 0,
        removed: 0,
      });
    options.onProgress?.(progress);
  }
  await wings.store.recordBackfill(plan, backfilled);
  return { backfilled, published: newest === null ? [] : [await publish(wings, plan, newest, options)] };
}

function changed({ source }: SourceSnapshot, plan: ViewPlan): MaterializeError {
  return new MaterializeError({
    code: "MATERIALIZE_SOURCE_CHANGED",
    what: `files of source ${source} changed while they were read`,
    where: `view ${plan.name}`,
    cure: "Run it again: runs that were published stay",
  });
}
