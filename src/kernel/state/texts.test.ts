// Texts that are remembered by their bytes, against texts that are decoded each time.
import fc from "fast-check";
import { expect, test } from "vitest";
import { chance, runs, SEED } from "../../../test/property/runs.ts";
import { textAt } from "./texts.ts";

test("a text is what its bytes say, whatever was decoded before", () => {
  const text = fc.oneof(fc.string({ maxLength: 3 }), fc.string({ unit: "grapheme", maxLength: 70 }));
  fc.assert(
    fc.property(fc.array(text), fc.nat(9), (texts, at) => {
      for (const one of [...texts, ...texts]) {
        const bytes = Buffer.concat([Buffer.alloc(at, 0xe9), Buffer.from(one)]);
        expect(textAt(bytes, at, bytes.length - at)).toBe(bytes.toString("utf8", at));
      }
    }),
    runs(500),
  );
});

test("texts of one hash take the place of each other", () => {
  const bytes = Buffer.from("AaBBab"); // "Aa" and "BB" have the same hash
  for (const [at, text] of [
    [0, "Aa"],
    [2, "BB"],
    [0, "Aa"],
    [4, "ab"],
  ] as const) {
    expect(textAt(bytes, at, 2)).toBe(text);
  }
});

test("bytes that are no ASCII are never taken for a text whose units they are", () => {
  const below = chance(SEED);
  const letters = Array.from({ length: 200_000 }, () => String.fromCharCode(0xc0 + below(32), 0x80 + below(64), 0xc0 + below(32), 0x80 + below(64)));
  let shared = 0;
  for (const units of letters) {
    textAt(Buffer.from(units), 0, 8);
    const bytes = Buffer.from(units, "latin1"); // of two other letters, now and then at the place of the four
    if (textAt(bytes, 0, 4) !== bytes.toString("utf8")) shared++;
  }
  expect(shared).toBe(0);
});
