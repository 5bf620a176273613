// The oracle's arithmetic, against what IEEE 754 itself says of one addition, one division and known hard cases.
import fc from "fast-check";
import { expect, test } from "vitest";
import { nearest, toSignificant, UNIT_BITS, units } from "./rational.ts";
import { runs } from "../property/runs.ts";

const finite = fc.double({ noNaN: true, noDefaultInfinity: true });

test("a double is its own nearest, except that -0 is 0", () => {
  fc.assert(
    fc.property(finite, (x) => {
      expect(nearest(units(x), 1n)).toBe(x + 0);
    }),
    runs(),
  );
});

test("the sum of two is what the processor says, to infinity", () => {
  fc.assert(
    fc.property(finite, finite, (x, y) => {
      expect(nearest(units(x) + units(y), 1n)).toBe(x + y + 0);
    }),
    runs(),
  );
});

test("a product to 53 digits is what the processor says, where no exponent is in the way", () => {
  const middling = fc.double({ noNaN: true, min: 2 ** -500, max: 2 ** 500 });
  fc.assert(
    fc.property(middling, middling, fc.boolean(), (x, y, isNegative) => {
      const size = toSignificant((isNegative ? -1n : 1n) * units(x) * units(y));
      expect(nearest(size, 1n << UNIT_BITS)).toBe((isNegative ? -1 : 1) * x * y);
    }),
    runs(),
  );
  expect(toSignificant(2n ** 53n + 1n)).toBe(2n ** 53n);
  expect(toSignificant(2n ** 53n + 3n)).toBe(2n ** 53n + 4n);
});

test("a quotient is what the processor says", () => {
  fc.assert(
    fc.property(finite, fc.integer({ min: 1, max: 2 ** 31 - 1 }), (x, n) => {
      expect(nearest(units(x), BigInt(n))).toBe(x / n + 0);
    }),
    runs(),
  );
});

test("a bigint is rounded as by Number", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 127n), max: 2n ** 127n }), (n) => {
      expect(nearest(n << UNIT_BITS, 1n)).toBe(Number(n));
    }),
    runs(),
  );
});

test("ties go to the even one, and a third part breaks them", () => {
  expect(nearest(units(2 ** 53) + units(1), 1n)).toBe(2 ** 53);
  expect(nearest(units(2 ** 53) + units(3), 1n)).toBe(2 ** 53 + 4);
  expect(nearest(units(2 ** 53) + units(1) + units(2 ** -60), 1n)).toBe(2 ** 53 + 2);
  expect(nearest(1n, 2n)).toBe(0);
  expect(nearest(-1n, 2n)).toBe(0);
  expect(nearest(3n, 2n)).toBe(2 * Number.MIN_VALUE);
  expect(nearest(units(Number.MAX_VALUE) + units(2 ** 970) - 1n, 1n)).toBe(Number.MAX_VALUE);
  expect(nearest(units(Number.MAX_VALUE) + units(2 ** 970), 1n)).toBe(Infinity);
  expect(nearest(-2n * units(Number.MAX_VALUE), 1n)).toBe(-Infinity);
});
