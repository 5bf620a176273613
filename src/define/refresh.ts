// Refresh: how fresh a feature view is, as part of its definition.
import { parseDelay, parseDuration, DAY, HOUR, MINUTE, type Micros } from "../time.ts";
import type { Duration, DurationOr } from "./duration.ts";
import { refuseUnknown } from "./settings.ts";
import { TimeError } from "../errors.ts";

/**
 * When the values of a view change. `every`: at ticks `phase + n * tick` since the epoch, published `delay` later.
 * `streaming`: as rows arrive, usable `delay` after they are available. All in microseconds.
 */
export type Refresh =
  | { readonly kind: "every"; readonly tick: Micros; readonly phase: Micros; readonly delay: Micros }
  | { readonly kind: "streaming"; readonly delay: Micros };

/**
 * Refreshed on a schedule in UTC: `every("1d", { at: "02:00", delay: "45m" })` computes the value at 02:00 and is
 * expected to have published it by 02:45. Ticks are counted from the epoch (a Thursday, for weeks), shifted by `at`.
 * Throws a `TimeError`.
 */
export function every<const D extends string>(tick: DurationOr<D>, options: { readonly at?: `${number}:${number}`; readonly delay?: Duration } = {}): Refresh {
  refuseUnknown(options, ["at", "delay"], "every");
  const length = parseDuration(tick, "every");
  const phase = options.at === undefined ? 0 : timeOfDay(options.at) % length;
  return Object.freeze({ kind: "every", tick: length, phase, delay: parseDelay(options.delay ?? "0s", "every, delay") });
}

/** Kept up to date as rows arrive. `delay` is how long a row takes to show, used in training where no record says. */
export function streaming(options: { readonly delay?: Duration } = {}): Refresh {
  refuseUnknown(options, ["delay"], "streaming");
  return Object.freeze({ kind: "streaming", delay: parseDelay(options.delay ?? "0s", "streaming, delay") });
}

function timeOfDay(text: string): Micros {
  const parts = /^(\d{2}):(\d{2})$/.exec(text);
  const micros = parts === null ? Number.NaN : Number(parts[1]) * HOUR + Number(parts[2]) * MINUTE;
  if (micros < DAY && Number(parts?.[2]) < 60) return micros;
  throw new TimeError({
    code: "TIME_BAD_TIME_OF_DAY",
    what: `'${text}' is no time of day`,
    where: "every, at",
    cure: "Write hours and minutes in UTC, such as 02:00",
  });
}

/** The newest tick whose publish, `delay` after it, lies before `at` (strictly), as a schedule without failures has it. */
export function tickServedAt(refresh: Extract<Refresh, { kind: "every" }>, at: Micros): Micros {
  const { tick, phase, delay } = refresh;
  return Math.floor((at - delay - 1 - phase) / tick) * tick + phase;
}
