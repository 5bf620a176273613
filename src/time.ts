// Time: whole microseconds since the epoch in UTC, within 2^53 either side; the only file that reads the real clock.
import { TimeError } from "./errors.ts";

/** Whole microseconds since 1970-01-01T00:00:00Z, an integer within ±2^53 (the years 1684 to 2255). */
export type Micros = number;

/** The greatest microsecond that a double holds beside its neighbour: 2255-06-05T23:47:34.740992Z. */
export const MAX_MICROS: Micros = 2 ** 53;

export const MILLISECOND = 1_000;
export const SECOND = 1_000_000;
export const MINUTE: number = 60 * SECOND;
export const HOUR: number = 60 * MINUTE;
export const DAY: number = 24 * HOUR;
export const WEEK: number = 7 * DAY;

/** A moment as row functions, requests and answers hold it. */
export interface Timestamp {
  /** Microseconds since the epoch. */
  readonly micros: bigint;
  readonly "~timestamp": true;
  toString(): string;
  toJSON(): string;
}

class Moment implements Timestamp {
  readonly micros: bigint;
  declare readonly "~timestamp": true;
  constructor(micros: bigint) {
    this.micros = micros;
  }
  toString(): string {
    return formatTime(Number(this.micros));
  }
  toJSON(): string {
    return this.toString();
  }
}

/** A `Timestamp` from ISO 8601 text (`2001-06-01T12:00:00Z`), microseconds, or a `Date`. Throws a `TimeError`. */
export function timestamp(at: string | bigint | Date): Timestamp {
  if (typeof at === "string") return new Moment(BigInt(parseTime(at)));
  return new Moment(BigInt(checkedMicros(typeof at === "bigint" ? at : at.getTime() * MILLISECOND, String(at))));
}

/** The `Timestamp` of microseconds that are known to be in range. */
export function timestampOf(micros: Micros): Timestamp {
  return new Moment(BigInt(micros));
}

/** Whether a value is a `Timestamp`, of this copy of asof or another. */
export function isTimestamp(value: unknown): value is Timestamp {
  return typeof value === "object" && value !== null && typeof (value as Partial<Timestamp>).micros === "bigint";
}

const ISO = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d+))?)?(Z|[+-](?:[01]\d|2[0-3]):?[0-5]\d)?)?$/;

/**
 * Microseconds of an ISO 8601 date or time: `2001-06-01`, `2001-06-01T12:00Z`, `2001-06-01T12:00:00.123456+02:00`.
 * Without a zone it is UTC; decimals past the sixth are floored. Throws a `TimeError` on anything else.
 */
export function parseTime(text: string): Micros {
  const parts = ISO.exec(text.trim());
  if (parts === null) throw badTime(text);
  const [, year = "", month = "", day = "", hour = "0", minute = "0", second = "0", fraction = "", zone = "Z"] = parts;
  const milliseconds = Date.UTC(+year, +month - 1, +day, +hour, +minute, +second);
  const read = new Date(milliseconds);
  const rolledOver = read.getUTCMonth() !== +month - 1 || read.getUTCDate() !== +day || +hour > 23 || +minute > 59 || +second > 59;
  if (rolledOver || +year < 100) throw badTime(text);
  const micros = BigInt(milliseconds) * BigInt(MILLISECOND) + BigInt(fraction.padEnd(6, "0").slice(0, 6)) - BigInt(zoneMicros(zone));
  return checkedMicros(micros, text);
}

function zoneMicros(zone: string): number {
  if (zone === "Z") return 0;
  const sign = zone.startsWith("-") ? -1 : 1;
  return sign * (+zone.slice(1, 3) * HOUR + +zone.slice(-2) * MINUTE);
}

function badTime(text: string): TimeError {
  return new TimeError({ code: "TIME_UNREADABLE", what: `'${text}' is no time`, cure: "Write ISO 8601 in UTC, such as 2001-06-01T12:00:00Z" });
}

function checkedMicros(micros: number | bigint, text: string): Micros {
  if (micros >= -MAX_MICROS && micros <= MAX_MICROS) return Number(micros);
  throw new TimeError({
    code: "TIME_OUT_OF_RANGE",
    what: `'${text}' lies outside the years 1684 to 2255`,
    cure: "Microseconds past 2^53 cannot be told apart: mend the value or leave it null",
  });
}

/** ISO 8601 with `Z`, with milliseconds or microseconds only where they are not zero. */
export function formatTime(micros: Micros): string {
  const seconds = Math.floor(micros / SECOND);
  const rest = micros - seconds * SECOND;
  const fraction = rest === 0 ? "" : `.${rest % 1000 === 0 ? String(rest / 1000).padStart(3, "0") : String(rest).padStart(6, "0")}`;
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}${fraction}Z`;
}

const UNITS: Readonly<Record<string, number>> = { ms: MILLISECOND, s: SECOND, m: MINUTE, h: HOUR, d: DAY, w: WEEK };
/** No duration is longer: 100 years of 365.25 days. */
const LONGEST: number = 36_525 * DAY;

/** Microseconds of a duration: one positive whole number and one of ms, s, m, h, d, w. Throws a `TimeError`, naming `where`. */
export function parseDuration(text: string, where: string): Micros {
  const parts = /^([1-9]\d*)(ms|s|m|h|d|w)$/.exec(text);
  const micros = parts === null ? Number.NaN : Number(parts[1]) * (UNITS[parts[2] ?? ""] ?? Number.NaN);
  if (micros > 0 && micros <= LONGEST) return micros;
  const what = micros > LONGEST ? `'${text}' is longer than 100 years` : `'${text}' is no duration`;
  throw new TimeError({ code: "TIME_BAD_DURATION", what, where, cure: "Write one positive whole number and ms, s, m, h, d or w, such as 30d or 90m" });
}

/** Like `parseDuration`, and `0` with any unit is allowed too (a delay of nothing). */
export function parseDelay(text: string, where: string): Micros {
  return /^0(ms|s|m|h|d|w)$/.test(text) ? 0 : parseDuration(text, where);
}

/** The largest unit that divides a duration, or three significant units of time for people: `15m`, `2h 5m`, `350ms`. */
export function formatDuration(micros: number): string {
  if (micros < 0) return `-${formatDuration(-micros)}`;
  if (micros < MILLISECOND) return `${micros}us`;
  const parts: string[] = [];
  let rest = micros;
  for (const [unit, size] of [
    ["d", DAY],
    ["h", HOUR],
    ["m", MINUTE],
    ["s", SECOND],
    ["ms", MILLISECOND],
  ] as const) {
    const n = Math.floor(rest / size);
    rest -= n * size;
    if (n > 0) parts.push(`${n}${unit}`);
  }
  return parts.slice(0, 2).join(" ");
}

/** Where the present comes from: an argument everywhere, so that a test or a demo can drive it. */
export interface Clock {
  /** Microseconds since the epoch, now. */
  now(): Micros;
}

/** The machine's clock, to the millisecond. */
export const systemClock: Clock = { now: () => Date.now() * MILLISECOND };

/** A clock that stands still until it is set. */
export interface ManualClock extends Clock {
  /** Moves to `to`, forwards or backwards. */
  set(to: Micros): void;
}

/** A clock for tests and replays, standing at `start`. */
export function manualClock(start: Micros): ManualClock {
  let at = start;
  return { now: () => at, set: (to) => void (at = to) };
}
