// The tick that a refreshed view serves at T, against the oracle: the schedule, its delays, and the record of the pointer.
import fc from "fast-check";
import { expect, test } from "vitest";
import { isStale, knownUpTo, shownAt, type Pointer } from "../oracle/as-of.ts";
import { runs } from "./runs.ts";
import { asOfAt, momentAt, moveAt, type Move, type RefreshRecord } from "../../src/plan/record.ts";
import { every, streaming, tickServedAt, type Refresh } from "../../src/define/refresh.ts";
import { answersAt, history, type Given } from "../oracle/naive.ts";
import { source, user } from "./inputs.ts";
import { timestampOf } from "../../src/time.ts";
import type { ViewDefinition } from "../../src/define/feature-view.ts";

type Every = Extract<Refresh, { kind: "every" }>;

/** Schedules of a few microseconds, so that ticks and delays collide, and such as people write. */
const schedules: fc.Arbitrary<Every> = fc.oneof(
  fc
    .record({ tick: fc.integer({ min: 1, max: 12 }), phase: fc.nat(11), delay: fc.nat(30) })
    .map(({ tick, phase, delay }): Every => ({ kind: "every", tick, phase: phase % tick, delay })),
  fc.constantFrom(
    every("1d", { at: "02:00", delay: "45m" }),
    every("15m", { delay: "1m" }),
    every("1h"),
    every("1w", { at: "23:59" }),
    every("7d", { delay: "20d" }),
  ) as fc.Arbitrary<Every>,
);

/** Moments near the epoch, at ticks and publishes, and far off. */
const moments: fc.Arbitrary<(schedule: Every) => number> = fc.oneof(
  fc.integer({ min: -40, max: 40 }).map((at) => () => at),
  fc.record({ n: fc.integer({ min: -2000, max: 20_000 }), beside: fc.integer({ min: -2, max: 2 }), published: fc.boolean() }).map(
    ({ n, beside, published }) =>
      ({ tick, phase, delay }: Every) =>
        phase + n * tick + (published ? delay : 0) + beside,
  ),
  fc.integer({ min: -(2 ** 52), max: 2 ** 53 }).map((at) => () => at),
);

test("without a record it is the greatest tick published before T", () => {
  fc.assert(
    fc.property(schedules, moments, (schedule, moment) => {
      const at = Math.min(2 ** 53, moment(schedule));
      expect(BigInt(tickServedAt(schedule, at))).toBe(shownAt(schedule, null, BigInt(at)));
      expect(BigInt(momentAt(schedule, null, at))).toBe(shownAt(schedule, null, BigInt(at)));
    }),
    runs(),
  );
});

test("a published tick is served right after its delay, not at it", () => {
  const daily = every("1d", { at: "02:00", delay: "45m" }) as Every;
  const tick = daily.phase + 11_000 * daily.tick;
  expect(tickServedAt(daily, tick + daily.delay)).toBe(tick - daily.tick);
  expect(tickServedAt(daily, tick + daily.delay + 1)).toBe(tick);
});

/** Moves of a pointer in order of time, several at one moment, back and forth between ticks. */
const pointers: fc.Arbitrary<Pointer> = fc
  .array(
    fc.record({
      wait: fc.nat(9),
      tick: fc.integer({ min: -20, max: 20 }),
      kind: fc.constantFrom("publish" as const, "rollback" as const),
    }),
    { maxLength: 12 },
  )
  .map((list) => {
    let from = -30;
    return list.map(({ wait, tick, kind }) => ({ from: (from += wait), tick, kind }));
  });

function record(pointer: Pointer): RefreshRecord {
  return { view: "v", version: "0", moves: pointer.map((move, i): Move => ({ ...move, run: i + 1 })) };
}

test("by record it is the tick to which the pointer showed at T, from the first publish of the schedule on", () => {
  fc.assert(
    fc.property(schedules, pointers, fc.integer({ min: -40, max: 90 }), (schedule, pointer, at) => {
      expect(BigInt(momentAt(schedule, record(pointer), at))).toBe(shownAt(schedule, pointer, BigInt(at)));
      expect(BigInt(asOfAt(schedule, momentAt(schedule, record(pointer), at)))).toBe(knownUpTo(schedule, pointer, BigInt(at)));
    }),
    runs(),
  );
});

test("a move holds from its moment on", () => {
  fc.assert(
    fc.property(pointers, fc.integer({ min: -40, max: 90 }), (pointer, at) => {
      const { moves } = record(pointer);
      expect(moveAt(moves, at)).toBe(moves.filter((move) => move.from <= at).at(-1) ?? null);
    }),
    runs(),
  );
});

test("a streaming view shows T itself, and knows its source up to T less its delay", () => {
  const at = 991_353_600_000_000;
  const refresh = streaming({ delay: "3s" });
  const moment = momentAt(refresh, null, at);
  expect([moment, asOfAt(refresh, moment)]).toEqual([at, at - 3_000_000]);
  expect([shownAt, knownUpTo].map((of) => of(streaming({ delay: "3s" }), null, BigInt(at)))).toEqual([BigInt(at), BigInt(at - 3_000_000)]);
});

test("the oracle itself: staleness begins after maxAge, and statuses say why a value is null", () => {
  expect([10n, 15n, 16n].map((at) => isStale(5, 10n, at))).toEqual([false, false, true]);
  const value = (row: { x: number | null }): number | null => row.x;
  const call = { aggregate: "sum", value, declared: "float64", add: null, by: null, parameters: {} } as const;
  const definition: ViewDefinition = {
    name: "v",
    entity: user.name,
    keys: user.keys,
    source: { ...source, available: { column: null, trustedFrom: -Infinity, delay: 0 } },
    maxAge: 5,
    where: null,
    refresh: { kind: "every", tick: 10, phase: 0, delay: 0 },
    features: [{ name: "x", call, window: { length: 10, offset: 0, gap: null }, fallback: 7 }],
  };
  const rowAt = (name: string, at: number, x: number | null): Given => ({ user: name, at: timestampOf(at), seen: timestampOf(at), x });
  const view = history(definition, [rowAt("a", 3, 2), rowAt("a", 3, 3), rowAt("b", 9, null), rowAt("c", 0, 1e308), rowAt("c", 1, 1e308)]);
  const answer = (name: string, at: bigint): unknown => answersAt(view, [name], at, null)[0];
  expect(answer("a", 11n)).toEqual({ value: 5, status: "PRESENT", eventTime: 3n, asOf: 10n });
  expect(answer("a", 16n)).toEqual({ value: 7, status: "STALE", eventTime: null, asOf: 10n });
  expect(answer("a", 21n)).toEqual({ value: 7, status: "NOT_FOUND", eventTime: null, asOf: 20n });
  expect(answer("b", 11n)).toEqual({ value: 7, status: "NULL", eventTime: 9n, asOf: 10n });
  expect(answer("c", 11n)).toEqual({ value: 7, status: "ERROR", eventTime: 1n, asOf: 10n });
});
