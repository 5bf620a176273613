// Long values are shortened for people, and a difference between two stays in sight.
import { expect, test } from "vitest";
import { shortened, shortenedPair } from "./output.ts";

const long = (at: number, mark: string): string => `[${Array.from({ length: 2000 }, (_, i) => (i === at ? mark : "7")).join()}]`;

test("a short text is whole, a long one says how long it is", () => {
  expect(shortened("[1,2]")).toBe("[1,2]");
  expect(shortened(long(0, "x"))).toMatch(/^\[x(,7){49}\.\.\. \(4,001 characters\)$/);
});

test.each([0, 1, 700, 1998, 1999])("two long texts show where they differ: item %i", (at) => {
  const [a, b] = shortenedPair(long(at, "x"), long(at, "y"));
  expect(a).toContain("x");
  expect(b).toContain("y");
  expect(a.length).toBeLessThan(140);
  expect(shortenedPair("[1]", "[1,2]")).toEqual(["[1]", "[1,2]"]);
});
