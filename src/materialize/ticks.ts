// Which ticks of a schedule are due, missed or asked for. Pure: the present is an argument.
import { MaterializeError } from "../errors.ts";
import { formatTime, type Micros } from "../time.ts";
import type { Refresh } from "../define/refresh.ts";
import type { ViewPlan } from "../plan/view-plan.ts";

/** A refresh on a schedule. */
export type Schedule = Extract<Refresh, { kind: "every" }>;

/** No command computes more ticks than this at once. */
const MOST_TICKS = 100_000;

/** The view's schedule. Throws for a view that is not refreshed on one. */
export function scheduleOf(plan: ViewPlan): Schedule {
  if (plan.refresh.kind === "every") return plan.refresh;
  throw new MaterializeError({
    code: "MATERIALIZE_NO_STREAMING",
    what: "it is refreshed by streaming(), so it has no ticks to materialize",
    where: `view ${plan.name}`,
    cure: 'Refresh it on a schedule: every("15m")',
  });
}

/** The newest tick that is due at `now`: a tick is due from its own moment on, since only what was available before it counts. */
export function newestTick({ tick, phase }: Schedule, now: Micros): Micros {
  return Math.floor((now - phase) / tick) * tick + phase;
}

/** The newest tick whose run is to have been published at `now`: its delay has passed. */
export function expectedTick(schedule: Schedule, now: Micros): Micros {
  return newestTick(schedule, now - schedule.delay);
}

/** The ticks above `after` (null: only the newest) that are due at `now`, ascending. Throws where there are too many. */
export function ticksSince(schedule: Schedule, after: Micros | null, now: Micros, where: string): Micros[] {
  const newest = newestTick(schedule, now);
  if (after === null) return [newest];
  return ascendingTicks(schedule, newestTick(schedule, after) + schedule.tick, newest, where);
}

/** The ticks from `from` to `to`, both included, ascending. Throws where there is none, too many, or one that is not due yet. */
export function ticksBetween(schedule: Schedule, from: Micros, to: Micros, now: Micros, where: string): Micros[] {
  refuseFuture(to, now, where);
  const first = newestTick(schedule, from - 1) + schedule.tick;
  const ticks = ascendingTicks(schedule, first, newestTick(schedule, to), where);
  if (ticks.length > 0) return ticks;
  throw new MaterializeError({
    code: "MATERIALIZE_NO_TICK",
    what: `there is no tick from ${formatTime(from)} to ${formatTime(to)}`,
    where,
    cure: `The first after it is ${formatTime(first)}`,
  });
}

/** The tick at exactly `at`. Throws where there is none, or where it is not due yet. */
export function tickAt(schedule: Schedule, at: Micros, now: Micros, where: string): Micros {
  refuseFuture(at, now, where);
  const tick = newestTick(schedule, at);
  if (tick === at) return at;
  const around = `${formatTime(tick)} and ${formatTime(tick + schedule.tick)}`;
  throw new MaterializeError({
    code: "MATERIALIZE_NO_TICK",
    what: `${formatTime(at)} is no tick of its schedule`,
    where,
    cure: `The ticks around it are ${around}`,
  });
}

function ascendingTicks({ tick }: Schedule, first: Micros, last: Micros, where: string): Micros[] {
  const count = Math.max(0, Math.floor((last - first) / tick) + 1);
  if (count <= MOST_TICKS) return Array.from({ length: count }, (_, i) => first + i * tick);
  throw new MaterializeError({
    code: "MATERIALIZE_TOO_MANY_TICKS",
    what: `from ${formatTime(first)} to ${formatTime(last)} there are ${count} ticks, more than ${MOST_TICKS}`,
    where,
    cure: "Take a shorter range",
  });
}

function refuseFuture(at: Micros, now: Micros, where: string): void {
  if (at <= now) return;
  throw new MaterializeError({
    code: "MATERIALIZE_NOT_DUE",
    what: `${formatTime(at)} lies in the future: it is ${formatTime(now)}`,
    where,
    cure: "Wait for the tick",
  });
}
