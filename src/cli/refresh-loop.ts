// Refreshes that keep going: each view on a schedule is computed when its run is expected, until the command is stopped.
import { AsofError } from "../errors.ts";
import { errorText } from "./output.ts";
import { expectedTick, scheduleOf } from "../materialize/ticks.ts";
import { MILLISECOND, MINUTE, systemClock, type Micros } from "../time.ts";
import type { Materialized } from "../materialize/materialize.ts";
import type { Session } from "./session.ts";
import type { Store } from "../feature-store.ts";
import type { ViewPlan } from "../plan/view-plan.ts";

/** A refresh that failed is tried again after this long. */
const RETRY: Micros = MINUTE;
/** No timer runs longer: a clock that is set is noticed. */
const LONGEST_SLEEP: Micros = MINUTE;

/** What one look at all views came to. */
export interface Round {
  readonly done: readonly Materialized[];
  /** When the next run is expected; null where no view is on a schedule. */
  readonly next: Micros | null;
}

interface Scheduled {
  readonly view: string;
  readonly plan: ViewPlan;
  /** The tick that is online. */
  online: Micros;
  retryAt: Micros;
}

/** Refreshes what is due, tells of it, and waits for the next, until the session's signal. Failures are said and tried again. */
export async function keepRefreshing({ store, signal, output }: Session, tell: (round: Round) => void): Promise<void> {
  const opened = await store();
  const views = await scheduledViews(opened);
  for (;;) {
    const done: Materialized[] = [];
    for (const scheduled of views) {
      try {
        done.push(...(await refresh(opened, scheduled, signal)));
      } catch (error) {
        if (!(error instanceof AsofError)) throw error;
        scheduled.retryAt = systemClock.now() + RETRY;
        output.say(errorText(error, false));
        if (output.json) output.result("", { failed: { view: scheduled.view, message: error.message } });
      }
    }
    const next = views.length === 0 ? null : Math.min(...views.map(nextOf));
    tell({ done, next });
    if (!(await slept(next, signal))) return;
  }
}

async function scheduledViews(store: Store): Promise<Scheduled[]> {
  const online = new Map((await store.freshness()).map((fresh) => [fresh.view, fresh.kind === "every" ? (fresh.move?.tick ?? -Infinity) : -Infinity]));
  const plans = new Map(store.services.flatMap(({ views }) => views.map(({ view }) => [view.name, view] as const)));
  return [...plans]
    .filter(([, { refresh }]) => refresh.kind === "every")
    .map(([view, plan]) => ({ view, plan, online: online.get(view) ?? -Infinity, retryAt: -Infinity }));
}

async function refresh(store: Store, scheduled: Scheduled, signal: AbortSignal): Promise<readonly Materialized[]> {
  const now = systemClock.now();
  const tick = expectedTick(scheduleOf(scheduled.plan), now);
  if (tick <= scheduled.online || now < scheduled.retryAt) return [];
  const done = await store.materialize({ views: [scheduled.view], mode: { kind: "tick", tick }, signal });
  scheduled.online = tick;
  return done;
}

function nextOf({ plan, online, retryAt }: Scheduled): Micros {
  const schedule = scheduleOf(plan);
  const expected = expectedTick(schedule, systemClock.now());
  return expected > online ? retryAt : expected + schedule.tick + schedule.delay;
}

/** Waits until a moment comes; false where the signal came first. */
async function slept(until: Micros | null, signal: AbortSignal): Promise<boolean> {
  for (;;) {
    const rest = until === null ? LONGEST_SLEEP : until - systemClock.now();
    if (signal.aborted) return false;
    if (rest <= 0) return true;
    await new Promise<void>((wake) => {
      const timer = setTimeout(awake, Math.min(rest, LONGEST_SLEEP) / MILLISECOND + 1);
      signal.addEventListener("abort", awake, { once: true });
      function awake(): void {
        clearTimeout(timer);
        signal.removeEventListener("abort", awake);
        wake();
      }
    });
  }
}
