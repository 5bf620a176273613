// Rows in order against a sorted list, with room to grow, to move up and to be moved from either end.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { OrderedRows } from "./ordered-rows.ts";
import { chance, runs } from "../../test/property/runs.ts";

/** The same, slowly. */
class Listed {
  rows: number[] = [];
  add(row: number): void {
    this.rows = [...this.rows, row].sort((a, b) => a - b);
  }
  remove(row: number): void {
    this.rows = this.rows.filter((other) => other !== row);
  }
  after(row: number): number {
    return this.rows.find((other) => other > row) ?? -1;
  }
}

function expectSame(rows: OrderedRows, listed: Listed): void {
  expect(rows.size).toBe(listed.rows.length);
  expect(listed.rows.map((_, i) => rows.oldest(i))).toEqual(listed.rows);
  expect(listed.rows.map((_, i) => rows.newest(i))).toEqual(listed.rows.toReversed());
}

describe("rows in order", () => {
  test("come in and leave anywhere", () => {
    const step = fc.record({ row: fc.nat(60), what: fc.constantFrom("add", "add", "remove", "oldest", "newest") });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120, size: "max" }), (steps) => {
        const rows = new OrderedRows();
        const listed = new Listed();
        for (const { row, what } of steps) {
          if (what === "remove") {
            rows.remove(row);
            listed.remove(row);
          } else if (what === "add") {
            if (!listed.rows.includes(row)) rows.add(row);
            if (!listed.rows.includes(row)) listed.add(row);
          } else if (listed.rows.length > 0) {
            if (what === "oldest") rows.dropOldest();
            else rows.dropNewest();
            listed.remove(listed.rows.at(what === "oldest" ? 0 : -1) as number);
          }
          expect([rows.size, rows.after(row)]).toEqual([listed.rows.length, listed.after(row)]);
        }
        expectSame(rows, listed);
        rows.clear();
        expectSame(rows, new Listed());
        expect(rows.after(0)).toBe(-1);
      }),
      runs(300),
    );
  });

  test.each(["ascending", "descending", "by chance"] as const)("fill blocks %s and empty them again", (order) => {
    const below = chance(3);
    const rows = new OrderedRows();
    const listed = new Listed();
    const all = Array.from({ length: 3000 }, (_, i) => 2 * (order === "ascending" ? i : order === "descending" ? 2999 - i : (i * 1609) % 3000));
    const found: number[] = [];
    const expected: number[] = [];
    for (const row of all) rows.add(row);
    listed.rows = all.toSorted((a, b) => a - b);
    expectSame(rows, listed);
    expect(Array.from({ length: 6001 }, (_, i) => rows.after(i - 1))).toEqual(Array.from({ length: 6001 }, (_, i) => (i < 5999 ? i + (i % 2) : -1)));
    for (let step = 0; listed.rows.length > 0; step++) {
      const what = below(4);
      const row = what === 0 ? (listed.rows[0] as number) : what === 1 ? (listed.rows.at(-1) as number) : below(6000);
      if (what === 0) rows.dropOldest();
      else if (what === 1) rows.dropNewest();
      else rows.remove(row);
      listed.remove(row);
      found.push(rows.size, rows.after(row));
      expected.push(listed.rows.length, listed.after(row));
      if (step % 500 === 0) expectSame(rows, listed);
    }
    expectSame(rows, listed);
    expect(found).toEqual(expected);
    rows.add(7);
    expect([rows.size, rows.oldest(0), rows.newest(0), rows.after(6)]).toEqual([1, 7, 7, 7]);
  });

  test("slide through far more rows than they have room for", () => {
    const rows = new OrderedRows();
    const seen: number[][] = [];
    for (let row = 0; row < 10_000; row++) {
      rows.add(row);
      if (row >= 10) rows.remove(row - 10);
      if (row % 1000 === 999) seen.push([rows.size, rows.oldest(0), rows.newest(0)]);
    }
    expect(seen).toEqual(Array.from({ length: 10 }, (_, i) => [10, 1000 * i + 990, 1000 * i + 999]));
  });
});
