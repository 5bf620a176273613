// What comes out of an agenda: everything once, in order of time, and nothing before its time.
import { expect, test } from "vitest";
import { agenda } from "./agenda.ts";
import { chanceOf } from "./chance.ts";

test("things come out in order of their times, once these have come", () => {
  const chance = chanceOf(1);
  const { put, take } = agenda<number>();
  const times = Array.from({ length: 500 }, () => chance.below(300));
  for (const time of times.slice(0, 250)) put(time, time);
  const taken: number[] = [];
  const takeUntil = (now: number): void => {
    for (let thing = take(now); thing !== undefined; thing = take(now)) taken.push(thing);
  };
  takeUntil(150);
  expect(taken).toEqual(
    times
      .slice(0, 250)
      .filter((time) => time <= 150)
      .toSorted((a, b) => a - b),
  );
  for (const time of times.slice(250)) put(time + 200, time + 200);
  takeUntil(1000);
  expect(taken).toHaveLength(500);
  expect(taken).toEqual(taken.toSorted((a, b) => a - b));
});
