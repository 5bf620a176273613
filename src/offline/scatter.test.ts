// Scattered vectors: pieces put at any places read back as what was put there, for every kind, and cleared places are null.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { concatenate, lengthOf } from "../schema/concatenate.ts";
import { exact, SCALAR_KINDS, valueKinds, valuesOf, vectorOf } from "../../test/values.ts";
import { scattered } from "./scatter.ts";
import { vectorReader } from "../schema/vector.ts";
import type { FeatureValue, ValueKind } from "../schema/value-type.ts";

const read = (vector: Parameters<typeof vectorReader>[0]): string[] => Array.from({ length: lengthOf(vector) }, (_, i) => exact(vectorReader(vector)(i)));
/** A kind, and a few pieces of values of it. */
const pieces: fc.Arbitrary<{ readonly kind: ValueKind; readonly pieces: readonly (readonly FeatureValue[])[] }> = valueKinds.chain((kind) =>
  fc.record({ kind: fc.constant(kind), pieces: fc.array(fc.array(valuesOf(kind), { maxLength: 6 }), { maxLength: 4 }) }),
);

describe("scattered", () => {
  test("each value is at its place, none elsewhere, and a cleared one is null", () => {
    const cases = pieces.chain(({ kind, pieces }) => {
      const length = pieces.flat().length;
      const order = fc.shuffledSubarray(
        Array.from({ length: length + 3 }, (_, i) => i),
        { minLength: length, maxLength: length },
      );
      return fc.record({ kind: fc.constant(kind), pieces: fc.constant(pieces), order, cleared: fc.subarray(Array.from({ length: length + 3 }, (_, i) => i)) });
    });
    const property = fc.property(cases, ({ kind, pieces, order, cleared }) => {
      const expected = Array.from({ length: order.length + 3 }, (): FeatureValue => null);
      const into = scattered(kind, expected.length);
      let at = 0;
      for (const piece of pieces) {
        const places = Int32Array.from(piece, () => order[at++] as number);
        piece.forEach((value, i) => (expected[places[i] as number] = value));
        into.put(vectorOf(kind, piece), places);
      }
      for (const place of cleared) {
        expected[place] = null;
        into.clear(place);
      }
      expect(into.vector.kind).toEqual(kind);
      expect(read(into.vector)).toEqual(expected.map(exact));
    });
    fc.assert(property, { numRuns: 1000 });
  });

  test("a default stands wherever there is null", () => {
    const cases = fc.constantFrom(...SCALAR_KINDS).chain((kind) => fc.tuple(fc.constant(kind), fc.array(valuesOf(kind)), valuesOf(kind)));
    const property = fc.property(cases, ([kind, values, fallback]) => {
      fc.pre(fallback !== null);
      const into = scattered(kind, values.length);
      into.put(
        vectorOf(kind, values),
        Int32Array.from(values, (_, i) => i),
      );
      into.fill(fallback as never);
      expect(read(into.vector)).toEqual(values.map((value) => exact(value ?? fallback)));
    });
    fc.assert(property, { numRuns: 500 });
  });
});

test("vectors one after the other read as one", () => {
  const property = fc.property(pieces, ({ kind, pieces }) => {
    const all = concatenate(
      kind,
      pieces.map((piece) => vectorOf(kind, piece)),
    );
    expect(read(all)).toEqual(pieces.flat().map(exact));
    expect(all.kind).toEqual(kind);
  });
  fc.assert(property, { numRuns: 1000 });
});
