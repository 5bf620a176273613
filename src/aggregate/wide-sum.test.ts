// Sums of int64 in 128 bits, across more rows than the two words of a sum can hold without a carry.
import { expect, test } from "vitest";
import { Input } from "./input.ts";
import { WideSum } from "./wide-sum.ts";

test("more than a million of the greatest and the least whole numbers are summed exactly, and taken back", () => {
  const rows = 1_200_000;
  const greatest = 2n ** 63n - 1n;
  const words = new BigInt64Array(rows)
    .fill(greatest)
    .fill(-(2n ** 63n), rows - 1000)
    .fill(-1n, rows - 1);
  const valid = new Uint8Array(rows).fill(1).fill(0, 0, 3);
  const sum = new WideSum(new Input({ kind: "int64", words, valid }));
  sum.start();
  for (let row = 0; row < rows; row++) sum.add(row);
  expect(sum.sum()).toBe(BigInt(rows - 1003) * greatest - 999n * 2n ** 63n - 1n);
  expect(sum.count).toBe(rows - 3);
  for (let row = 0; row < rows - 2; row++) sum.remove(row);
  expect(sum.sum()).toBe(-(2n ** 63n) - 1n);
  sum.remove(rows - 2);
  sum.remove(rows - 1);
  expect([sum.sum(), sum.count]).toEqual([0n, 0]);
});
