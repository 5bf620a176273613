// Cases of thousands of rows, made from one number, because they are too long to be shrunk.
import { caseOf, type Case, type Seeds } from "./cases.ts";
import { AGGREGATE_NAMES, type Asked } from "./features.ts";
import { chance } from "./runs.ts";

/** 5,000 rows, most of one key and many very late, in views of six features: sorts, deques and sums have to grow and carry. */
export function longCase(seed: number, regime: Seeds["regime"], asked: Asked = {}): Case {
  const below = chance(seed);
  const list = <V>(length: number, make: () => V): V[] => Array.from({ length }, make);
  const u32 = (): number => below(2 ** 32);
  const from: Seeds = {
    regime,
    range: [40, 400, 999][below(3)] as number,
    base: 991_353_600_000_000,
    source: below(12),
    versions: below(8),
    refresh: below(6),
    where: below(6),
    manyNulls: false,
    features: list(6, () => [below(AGGREGATE_NAMES.length), below(100), below(4), below(100), below(100), below(1000), below(10)] as const),
    rows: list(5000, () => [below(10) === 0 ? below(7) : 0, below(1000), below(100), 1 + below(60), below(30), below(5000), u32(), u32()] as const),
    moments: list(24, () => [below(6), below(100), below(8), below(3) - 1] as const),
  };
  return caseOf(from, asked);
}
