// timeSinceLast, of any row and of those for which a condition is true, against a list of the rows that are in.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Input } from "./input.ts";
import { timeSinceLast } from "./time-since-last.ts";
import { nearest, UNIT_BITS } from "../../test/oracle/rational.ts";
import { slidesFreely, slidesInOrder, summariesAddUp, tables, type Given, type Subject } from "../../test/aggregate/driver.ts";
import { runs } from "../../test/property/runs.ts";

function subject(takesValue: boolean, newest: (rows: readonly Given[]) => Given | undefined): Subject {
  return {
    aggregation: timeSinceLast,
    parameters: {},
    takesValue,
    naive: (rows, at) => {
      const row = newest(rows);
      return row === undefined ? null : (at - row.eventTime) / 1e6;
    },
    telling: (rows) => [newest(rows)].filter((row) => row !== undefined),
  };
}

const SUBJECTS: Readonly<Record<string, Subject>> = {
  "of any row": subject(false, (rows) => rows.at(-1)),
  "where it is true": subject(true, (rows) => rows.findLast(({ value }) => value === true)),
};

describe.each(Object.entries(SUBJECTS))("%s", (_, since) => {
  test.each(Object.entries({ slidesInOrder, slidesFreely, summariesAddUp }))("%s", (_name, holds) => {
    fc.assert(
      fc.property(tables([true, false, null], 16), fc.nat(), (rows, seed) => holds(since, rows, seed)),
      runs(300),
    );
  });
});

describe("seconds", () => {
  /** The seconds from `e` to `at`, for a window that ends `offset` before. */
  function since(e: number, at: number, offset = 0): number {
    const where = new Input({ kind: "boolean", numbers: Float64Array.of(1) });
    const { make, output } = timeSinceLast.accumulate({
      value: where,
      add: null,
      by: null,
      eventTime: Float64Array.of(e),
      parameters: {},
      offset,
      retracts: false,
      live: false,
      length: 1,
    });
    const accumulator = make();
    accumulator.start(0, 1);
    accumulator.add(0);
    accumulator.finish(at);
    const { vector } = output();
    return (vector as { readonly numbers: Float64Array }).numbers[0] as number;
  }

  test("are counted from T, wherever the window ends", () => {
    expect(since(1_000_000, 2_500_000, 1_000_000)).toBe(1.5);
    expect(since(-1, 0)).toBe(1e-6);
  });

  test("are rounded once, over all times there are", () => {
    const time = fc.oneof(
      fc.maxSafeInteger(),
      fc.integer({ min: -10, max: 10 }).map((x) => (x < 0 ? -Number.MAX_SAFE_INTEGER - x : Number.MAX_SAFE_INTEGER - x)),
    );
    fc.assert(
      fc.property(time, time, (a, b) => {
        const [e, at] = [Math.min(a, b), Math.max(a, b)];
        expect(since(e, at)).toBe(nearest((BigInt(at) - BigInt(e)) << UNIT_BITS, 1_000_000n));
      }),
      runs(2000),
    );
  });
});
