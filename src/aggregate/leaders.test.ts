// Leaders against a sorted list, with more values than there is room for.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Leaders } from "./leaders.ts";
import { chance, runs } from "../../test/property/runs.ts";

/** How a value is drawn: evenly, mostly small ones, or one after the other. */
const DRAWS = {
  evenly: (below: (limit: number) => number) => below(150),
  mostly: (below: (limit: number) => number) => below(1 + below(1 + below(150))),
  onwards: (_below: (limit: number) => number, step: number) => step % 150,
  backwards: (_below: (limit: number) => number, step: number) => 149 - (step % 150),
};

function leading(counts: ReadonlyMap<number, number>, asked: number): number[] {
  const values = [...counts].filter(([, count]) => count > 0);
  return values
    .sort(([a, x], [b, y]) => y - x || a - b)
    .slice(0, asked)
    .map(([value]) => value);
}

describe.each(Object.entries(DRAWS))("values drawn %s", (_, draw) => {
  test.each([1, 3, 50])("the first %i", (asked) => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 20, max: 250 }), (seed, window) => {
        const below = chance(seed);
        const [leaders, counts] = [new Leaders(asked), new Map<number, number>()];
        const inside: number[] = [];
        for (let step = 0; step < 600; step++) {
          const value = draw(below, step);
          const times = below(20) === 0 ? 3 : 1;
          leaders.add(value, step, times);
          counts.set(value, (counts.get(value) ?? 0) + times);
          for (let time = 0; time < times; time++) inside.push(value);
          while (inside.length > window || (inside.length > 0 && below(50) === 0)) {
            const [out] = inside.splice(below(3) === 0 ? below(inside.length) : 0, 1) as [number];
            leaders.remove(out);
            counts.set(out, (counts.get(out) as number) - 1);
          }
          if (step === 300) {
            leaders.clear();
            counts.clear();
            inside.length = 0;
          }
          if (below(5) === 0) expect(Array.from({ length: leaders.size }, (_, i) => leaders.leader(i))).toEqual(leading(counts, asked));
        }
      }),
      runs(10),
    );
  });
});
