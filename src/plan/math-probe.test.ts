// The probe of Math: the same here every time, and another one as soon as one function differs in one bit.
import { expect, test } from "vitest";
import { INEXACT_MATH } from "./pure-guards.ts";
import { mathFingerprint } from "./math-probe.ts";

const ours = mathFingerprint();

test("a host has one fingerprint of Math, found within 5 ms", () => {
  expect(ours).toMatch(/^[0-9a-f]{16}$/);
  const times = Array.from({ length: 9 }, () => {
    const start = process.hrtime.bigint();
    expect(mathFingerprint()).toBe(ours);
    return Number(process.hrtime.bigint() - start) / 1e6;
  });
  expect(times.toSorted((a, b) => a - b)[4]).toBeLessThan(5);
});

test.each(INEXACT_MATH)("one bit of Math.%s shows", (name) => {
  const functions = Math as unknown as Record<string, (...args: number[]) => number>;
  const original = functions[name] as (...args: number[]) => number;
  let numbers = 0;
  functions[name] = (...args) => {
    const x = original(...args);
    return Number.isFinite(x) && ++numbers === 20 ? x * (1 + Number.EPSILON) + Number.MIN_VALUE : x;
  };
  try {
    expect(mathFingerprint()).not.toBe(ours);
  } finally {
    functions[name] = original;
  }
});
