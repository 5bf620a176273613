// Which tick a view shows at T: by the schedule, by the record once there is one.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { asOfAt, inheritedMoves, momentAt, moveAt, type Move, type VersionMoves } from "./record.ts";
import { every, streaming, tickServedAt, type Refresh } from "../define/refresh.ts";
import { DAY, HOUR, MINUTE, parseTime, SECOND } from "../time.ts";

const daily = every("1d", { at: "02:00", delay: "45m" }) as Extract<Refresh, { kind: "every" }>;
const day = parseTime("2026-11-22");

describe("a schedule without failures", () => {
  test.each([
    ["just before the publish", 2 * HOUR + 45 * MINUTE - 1, -22 * HOUR],
    ["at the moment of the publish: not yet, since only what lies before T counts", 2 * HOUR + 45 * MINUTE, -22 * HOUR],
    ["a microsecond later", 2 * HOUR + 45 * MINUTE + 1, 2 * HOUR],
    ["late in the day", 23 * HOUR, 2 * HOUR],
  ])("%s", (_, at, tick) => {
    expect(tickServedAt(daily, day + at)).toBe(day + tick);
  });

  test("is the largest tick k with k + delay < T, for every schedule", () => {
    const schedule = fc.record({
      tick: fc.integer({ min: 1, max: 1e12 }),
      phase: fc.nat(1e12),
      delay: fc.nat(1e12),
      at: fc.integer({ min: -1e15, max: 1e15 }),
    });
    const property = fc.property(schedule, ({ tick, phase, delay, at }) => {
      const k = tickServedAt({ kind: "every", tick, phase, delay }, at);
      return (((k - phase) % tick) + tick) % tick === 0 && k + delay < at && k + tick + delay >= at;
    });
    fc.assert(property, { numRuns: 1000 });
  });
});

describe("a record", () => {
  const move = (from: number, run: number, tick: number, kind: Move["kind"] = "publish"): Move => ({ from: day + from, run, tick: day + tick, kind });
  const moves = [move(3 * HOUR, 1, 2 * HOUR), move(30 * HOUR, 2, 26 * HOUR), move(40 * HOUR, 1, 2 * HOUR, "rollback")];
  const record = { view: "v", version: "0", moves };

  test.each([
    ["before the first publish the schedule is assumed", 2 * HOUR + 50 * MINUTE, 2 * HOUR],
    ["from the publish on, inclusive, its run holds", 3 * HOUR, 2 * HOUR],
    ["a late run leaves the old one standing", 29 * HOUR, 2 * HOUR],
    ["until it is published", 30 * HOUR, 26 * HOUR],
    ["a rollback holds", 41 * HOUR, 2 * HOUR],
    ["and goes on to hold, however many ticks are missed", 41 * HOUR + 9 * DAY, 2 * HOUR],
  ])("%s", (_, at, tick) => {
    expect(momentAt(daily, record, day + at)).toBe(day + tick);
    expect(asOfAt(daily, momentAt(daily, record, day + at))).toBe(day + tick);
  });

  test("the move that holds is the last one at or before T", () => {
    const property = fc.property(fc.array(fc.nat(20), { maxLength: 8 }), fc.integer({ min: -1, max: 21 }), (froms, at) => {
      const sorted = froms.toSorted((a, b) => a - b).map((from, run): Move => ({ from, run, tick: 0, kind: "publish" }));
      return moveAt(sorted, at) === (sorted.findLast(({ from }) => from <= at) ?? null);
    });
    fc.assert(property, { numRuns: 1000 });
  });
});

test("a streaming view shows T, and knows its source up to T less its delay", () => {
  const refresh = streaming({ delay: "2s" });
  expect(momentAt(refresh, null, day)).toBe(day);
  expect(asOfAt(refresh, momentAt(refresh, null, day))).toBe(day - 2 * SECOND);
});

describe("a version inherits", () => {
  const move = (from: number, tick: number): Move => ({ from, run: 1, tick, kind: "publish" });
  const of = (version: string, since: number, moves: readonly Move[], refresh: Refresh = daily): VersionMoves => ({ version, refresh, since, moves });
  const told = (versions: readonly VersionMoves[]): (readonly [number, number])[] => inheritedMoves(versions).map(({ from, tick }) => [from, tick]);
  const one = of("a", 0, [move(10, 1), move(20, 2), move(30, 3)]);

  test("the moves before its first publish, whenever it was applied, and none after it", () => {
    expect(told([one, of("b", 15, [move(25, 9)])])).toEqual([
      [10, 1],
      [20, 2],
      [25, 9],
    ]);
    expect(told([one, of("b", 29, [move(25, 9)])])).toHaveLength(3);
    expect(told([one, of("b", 15, [])])).toEqual(told([one]));
  });

  test("through versions that have published nothing", () => {
    expect(told([one, of("b", 12, []), of("c", 14, [move(20, 9)])])).toEqual([
      [10, 1],
      [20, 9],
    ]);
  });

  test("nothing from before another refresh, even where the one before that had its own", () => {
    const other = of("b", 12, [move(15, 5)], every("1h"));
    expect(told([one, other])).toEqual([[15, 5]]);
    expect(told([one, other, of("c", 16, [move(18, 8)])])).toEqual([[18, 8]]);
  });

  test("applied a second time it shows from then on what it showed last", () => {
    const first = of("a", 0, [move(10, 1), move(40, 4)]);
    expect(told([first, of("b", 15, [move(25, 9)]), of("a", 30, first.moves)])).toEqual([
      [10, 1],
      [25, 9],
      [30, 1],
      [40, 4],
    ]);
  });

  test("before all moves the schedule is assumed", () => {
    const record = { view: "v", version: "b", moves: inheritedMoves([of("a", day, [move(day + 3 * HOUR, day + 2 * HOUR)]), of("b", day, [])]) };
    expect(momentAt(daily, record, day + 2 * HOUR)).toBe(day - 22 * HOUR);
    expect(momentAt(daily, record, day + 9 * DAY)).toBe(day + 2 * HOUR);
  });
});
