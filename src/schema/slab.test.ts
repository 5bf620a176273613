// What is cut from slabs: zeros that nothing else writes to, whatever is cut beside them.
import { expect, test } from "vitest";
import { bytesFor, doublesFor, intsFor } from "./slab.ts";
import { chance, SEED } from "../../test/property/runs.ts";

const SIZES = [0, 1, 8, 9, 16, 17, 63, 64, 65, 1000, 2048, 2049, 4096, 4097, 20_000];

test("arrays begin as zeros, and keep what is put into them while others are cut", () => {
  const below = chance(SEED);
  const made: { readonly array: Float64Array | Int32Array | Buffer; readonly mark: number }[] = [];
  for (let i = 0; i < 2000; i++) {
    const size = SIZES[below(SIZES.length)] as number;
    const array = [doublesFor, intsFor, bytesFor][below(3)]?.(size) as Float64Array | Int32Array | Buffer;
    expect(array).toHaveLength(size);
    if (!Buffer.isBuffer(array)) expect(array.every((x) => x === 0)).toBe(true);
    else expect(array.byteOffset % 8).toBe(0);
    const mark = 1 + (i % 200);
    array.fill(mark);
    made.push({ array, mark });
  }
  expect(made.every(({ array, mark }) => array.every((x: number) => x === mark))).toBe(true);
});
