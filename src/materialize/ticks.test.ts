// Ticks of a schedule: due, missed and asked for, at the edges.
import { expect, test } from "vitest";
import { every } from "../define/refresh.ts";
import { newestTick, tickAt, ticksBetween, ticksSince, type Schedule } from "./ticks.ts";
import { parseTime, DAY, HOUR } from "../time.ts";

const daily = every("1d", { at: "02:00", delay: "45m" }) as Schedule;
const two = parseTime("2001-06-01T02:00Z");

test("a tick is due from its own moment on", () => {
  expect(newestTick(daily, two - 1)).toBe(two - DAY);
  expect(newestTick(daily, two)).toBe(two);
  expect(newestTick(daily, -1), "before the epoch too").toBe(-DAY + 2 * HOUR);
});

test("since a tick: all that were missed; since nothing: the newest", () => {
  expect(ticksSince(daily, null, two + 1, "v")).toEqual([two]);
  expect(ticksSince(daily, two, two + DAY - 1, "v")).toEqual([]);
  expect(ticksSince(daily, two - 3 * DAY, two, "v")).toEqual([two - 2 * DAY, two - DAY, two]);
  expect(ticksSince(daily, two + DAY, two, "v"), "a clock that was set back").toEqual([]);
});

test("between two moments, both included", () => {
  expect(ticksBetween(daily, two, two + DAY, two + DAY, "v")).toEqual([two, two + DAY]);
  expect(ticksBetween(daily, two + 1, two + DAY, two + DAY, "v")).toEqual([two + DAY]);
  expect(() => ticksBetween(daily, two + 1, two + DAY - 1, two + DAY, "v")).toThrow("The first after it is 2001-06-02T02:00:00Z");
  expect(() => ticksBetween(every("1s") as Schedule, 0, two, two, "v")).toThrow(expect.objectContaining({ code: "MATERIALIZE_TOO_MANY_TICKS" }));
});

test("a moment that is no tick is refused with the ticks around it", () => {
  expect(tickAt(daily, two, two, "v")).toBe(two);
  expect(() => tickAt(daily, two + HOUR, two + DAY, "view v")).toThrow(
    "view v: 2001-06-01T03:00:00Z is no tick of its schedule. The ticks around it are 2001-06-01T02:00:00Z and 2001-06-02T02:00:00Z.",
  );
  expect(() => tickAt(daily, two, two - 1, "v")).toThrow(expect.objectContaining({ code: "MATERIALIZE_NOT_DUE" }));
});
