// Time at its edges: the range, microseconds, offsets, leap days, durations.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  DAY,
  formatDuration,
  formatTime,
  HOUR,
  manualClock,
  MAX_MICROS,
  MINUTE,
  parseDelay,
  parseDuration,
  parseTime,
  systemClock,
  timestamp,
  isTimestamp,
  WEEK,
} from "./time.ts";

describe("parseTime", () => {
  test.each([
    ["1970-01-01", 0],
    ["1970-01-01T00:00:00Z", 0],
    ["1970-01-01 00:00", 0],
    ["1970-01-01T00:00:00.000001Z", 1],
    ["1969-12-31T23:59:59.999999Z", -1],
    ["1969-12-31T23:59:59.9999999Z", -1],
    ["1970-01-01T00:00:00.0000019Z", 1],
    ["1970-01-01T02:00:00+02:00", 0],
    ["1969-12-31T19:30:00-0430", 0],
    ["2000-02-29T00:00:00Z", 951_782_400_000_000],
    ["2255-06-05T23:47:34.740992Z", MAX_MICROS],
    ["1684-07-28T00:12:25.259008Z", -MAX_MICROS],
  ])("%s is %d", (text, micros) => {
    expect(parseTime(text)).toBe(micros);
  });

  test.each([
    "",
    "yesterday",
    "2001-13-01",
    "2001-02-29",
    "1900-02-29",
    "2001-06-31T00:00:00Z",
    "2001-06-01T24:00:00Z",
    "2001-06-01T12:60:00Z",
    "2001-06-01T12:00:60Z",
    "2001-06-01T12",
    "01/06/2001",
    "0001-01-01T00:00:00Z",
    "2001-06-01T12:00:00 Europe/Berlin",
    "991398400",
    "2001-06-01T12:00:00+24:00",
    "2001-06-01T12:00:00+01:60",
  ])("'%s' is no time", (text) => {
    expect(() => parseTime(text)).toThrow(`'${text}' is no time. Write ISO 8601 in UTC, such as 2001-06-01T12:00:00Z.`);
  });

  test.each(["9999-12-31T23:59:59Z", "2255-06-05T23:47:34.740993Z", "1684-07-28T00:12:25.259007Z", "1600-01-01"])("'%s' is out of range", (text) => {
    expect(() => parseTime(text)).toThrow(`'${text}' lies outside the years 1684 to 2255`);
  });
});

describe("formatTime", () => {
  test("reads back to the microsecond, over the whole range", () => {
    fc.assert(fc.property(fc.integer({ min: -MAX_MICROS, max: MAX_MICROS }), (micros) => parseTime(formatTime(micros)) === micros));
  });

  test.each([
    [0, "1970-01-01T00:00:00Z"],
    [-1, "1969-12-31T23:59:59.999999Z"],
    [1_500_000, "1970-01-01T00:00:01.500Z"],
    [1, "1970-01-01T00:00:00.000001Z"],
  ])("%d is %s", (micros, text) => {
    expect(formatTime(micros)).toBe(text);
  });
});

describe("timestamp", () => {
  test("takes text, microseconds and dates, and shows itself as text", () => {
    expect(timestamp("2001-06-01T12:00:00.000001Z").micros).toBe(991_396_800_000_001n);
    expect(timestamp(-1n).micros).toBe(-1n);
    expect(timestamp(new Date(5)).micros).toBe(5000n);
    expect(JSON.stringify({ at: timestamp(0n) })).toBe('{"at":"1970-01-01T00:00:00Z"}');
    expect(isTimestamp(timestamp(0n))).toBe(true);
    expect(isTimestamp({ micros: 0 })).toBe(false);
  });

  test("refuses what doubles cannot tell apart", () => {
    expect(() => timestamp(2n ** 60n)).toThrow("lies outside the years 1684 to 2255");
    expect(() => timestamp(BigInt(MAX_MICROS) + 1n)).toThrow("lies outside the years 1684 to 2255");
    expect(() => timestamp(new Date(Number.NaN))).toThrow("lies outside");
  });
});

describe("durations", () => {
  test.each([
    ["1ms", 1000],
    ["90m", 90 * MINUTE],
    ["24h", DAY],
    ["2w", 2 * WEEK],
    ["36525d", 36_525 * DAY],
  ])("%s is %d", (text, micros) => {
    expect(parseDuration(text, "view v")).toBe(micros);
  });

  test.each(["0d", "0", "", "d", "-1d", "+1d", "1.5h", "1h30m", "01d", "1 d", "1D", "1y", "1e3s", "٣d"])("'%s' is no duration", (text) => {
    expect(() => parseDuration(text, "view v, feature f")).toThrow(
      `view v, feature f: '${text}' is no duration. Write one positive whole number and ms, s, m, h, d or w, such as 30d or 90m.`,
    );
  });

  test.each(["36526d", "999999999999999999999w"])("'%s' is too long", (text) => {
    expect(() => parseDuration(text, "view v")).toThrow(`view v: '${text}' is longer than 100 years`);
  });

  test("a delay may be nothing", () => {
    expect(parseDelay("0s", "x")).toBe(0);
    expect(parseDelay("1h", "x")).toBe(HOUR);
    expect(() => parseDelay("0", "x")).toThrow("'0' is no duration");
  });

  test.each([
    [15 * MINUTE, "15m"],
    [2 * HOUR + 5 * MINUTE, "2h 5m"],
    [DAY, "1d"],
    [350_000, "350ms"],
    [12, "12us"],
    [-HOUR, "-1h"],
    [0, "0us"],
  ])("%d reads as %s", (micros, text) => {
    expect(formatDuration(micros)).toBe(text);
  });
});

describe("clocks", () => {
  test("a manual clock stands still until it is set", () => {
    const clock = manualClock(5);
    expect(clock.now()).toBe(5);
    clock.set(3);
    expect(clock.now()).toBe(3);
  });

  test("the system's clock is in microseconds", () => {
    expect(formatTime(systemClock.now())).toMatch(/^20\d\d-/);
  });
});
