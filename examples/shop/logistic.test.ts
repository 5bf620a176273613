// The model: it finds the weights that its examples were made by, gaps included, and ranks as they do.
import { expect, test } from "vitest";
import { chanceBy, fitLogistic, valuesFor } from "./logistic.ts";
import { chanceOf } from "./chance.ts";
import { score } from "../common/score.ts";

const ROWS = 4000;
const chance = chanceOf(7);
/** Positive the more often the larger the first column is, and where the second has no value; the third says nothing. */
const columns = [0, 1, 2].map((column) => Float64Array.from({ length: ROWS }, () => (column === 1 && chance.is(0.3) ? Number.NaN : chance.around(10, 1))));
const row = (i: number): number[] => columns.map((column) => column[i] as number);
const truth = (values: readonly number[]): number => 1 / (1 + Math.exp(4 - 1.5 * Math.log1p(values[0] as number) - (Number.isNaN(values[1]) ? 2 : 0)));
const outcomes = Float64Array.from({ length: ROWS }, (_, i) => (chance.is(truth(row(i))) ? 1 : 0));
const model = fitLogistic(["a", "b", "c"], { rows: ROWS, columns }, outcomes);

test("a fitted model gives the chances that the outcomes were drawn by", () => {
  const missed = Array.from({ length: ROWS }, (_, i) => Math.abs(chanceBy(model, row(i)) - truth(row(i))));
  expect(missed.reduce((sum, one) => sum + one, 0) / ROWS).toBeLessThan(0.02);
});

test("its score is the share of pairs that it ranks rightly", () => {
  const few = Array.from({ length: 300 }, (_, i) => i);
  const scores = Float64Array.from(few, (i) => Math.round(chanceBy(model, row(i)) * 20));
  const pairs = few
    .filter((i) => outcomes[i] === 1)
    .flatMap((i) => few.filter((j) => outcomes[j] === 0).map((j) => [scores[i], scores[j]] as [number, number]));
  const right = pairs.reduce((sum, [positive, negative]) => sum + (positive > negative ? 1 : positive === negative ? 0.5 : 0), 0);
  expect(score(scores, outcomes.slice(0, 300), 0.1).auc).toBeCloseTo(right / pairs.length, 12);
});

test("what an answer lacks, or has as null, is missing", () => {
  expect(valuesFor(model, { a: 1, b: null, d: 4 })).toEqual([1, Number.NaN, Number.NaN]);
});
