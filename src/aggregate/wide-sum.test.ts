// Sums of int64 in 128 bits, across more rows than the two words of a sum can hold without a carry.
import fc from "fast-check";
import { expect, test } from "vitest";
import { Input } from "./input.ts";
import { WideSum } from "./wide-sum.ts";
import { chance, runs } from "../../test/property/runs.ts";

test("more than a million of the greatest and the least whole numbers are summed exactly, and taken back", () => {
  const rows = 1_200_000;
  const greatest = 2n ** 63n - 1n;
  const words = new BigInt64Array(rows)
    .fill(greatest)
    .fill(-(2n ** 63n), rows - 1000)
    .fill(-1n, rows - 1);
  const valid = new Uint8Array(rows).fill(1).fill(0, 0, 3);
  const sum = new WideSum(new Input({ kind: "int64", words, valid }), () => {});
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

test("summaries merged in any grouping are the same words, and the same sum", () => {
  const int64 = fc.oneof(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.constantFrom(-(2n ** 63n), 2n ** 63n - 1n, -1n, 0n, null));
  fc.assert(
    fc.property(fc.array(int64, { minLength: 1, maxLength: 20 }), fc.nat(), (list, seed) => {
      const below = chance(seed);
      const words = BigInt64Array.from(list, (x) => x ?? 0n);
      const input = new Input({ kind: "int64", words, valid: Uint8Array.from(list, (x) => (x === null ? 0 : 1)) });
      const [whole, merged, ...parts] = [0, 1, 2, 3].map(() => new WideSum(input, () => {})) as [WideSum, WideSum, ...WideSum[]];
      for (const sum of [whole, merged, ...parts]) sum.start();
      list.forEach((_, row) => {
        whole.add(row);
        ([merged, ...parts][below(3)] as WideSum).add(row);
      });
      for (const part of parts) merged.merge(0, 0, part.summary().numbers);
      expect(merged.summary()).toEqual(whole.summary());
      expect(merged.sum()).toBe(list.reduce<bigint>((sum, x) => sum + (x ?? 0n), 0n));
    }),
    runs(300),
  );
});
