// The model: logistic regression by Newton's method. It is plain data, so that whoever serves can have it.
import { scaleOf, type Scale } from "../common/scale.ts";
import type { Matrix } from "../common/matrix.ts";

/** A trained model, as it is written to a file. */
export interface Logistic {
  /** What it takes, in this order. */
  readonly features: readonly string[];
  readonly scales: readonly Scale[];
  /** One for each input, the constant first. */
  readonly weights: readonly number[];
}

const ROUNDS = 12;
/** How much large weights cost: half of it times the sum of their squares. */
const RIDGE = 2;

/** Fits a model: the weights at which the likelihood of the outcomes (1 or 0), less the ridge, is greatest. */
export function fitLogistic(features: readonly string[], { rows, columns }: Matrix, outcomes: Float64Array): Logistic {
  const scales = columns.map((column) => scaleOf(column.map(flattened)));
  const inputs = Array.from({ length: rows }, (_, row) =>
    inputsOf(
      scales,
      columns.map((column) => column[row] as number),
    ),
  );
  const width = (inputs[0] as Float64Array).length;
  let weights = new Float64Array(width);
  for (let round = 0; round < ROUNDS; round++) weights = newton(inputs, outcomes, weights);
  return { features, scales, weights: [...weights] };
}

/** The chance that an example is positive; a value that is missing is NaN. */
export function chanceBy({ scales, weights }: Logistic, values: readonly number[]): number {
  return logistic(dot(inputsOf(scales, values), weights));
}

/** What a model reads of a service's answer and the request: numbers, NaN for null. */
export function valuesFor({ features }: Logistic, answer: Readonly<Record<string, unknown>>): number[] {
  return features.map((name) => (typeof answer[name] === "number" ? answer[name] : Number.NaN));
}

/** One step of Newton's method: where the second-order approximation of the penalized likelihood is greatest. */
function newton(inputs: readonly Float64Array[], outcomes: Float64Array, weights: Float64Array): Float64Array<ArrayBuffer> {
  const width = weights.length;
  const gradient = weights.map((weight, i) => (i === 0 ? 0 : -RIDGE * weight));
  const curvature = Array.from({ length: width }, (_, i) => new Float64Array(width).fill(i === 0 ? 1e-9 : RIDGE, i, i + 1));
  for (const [row, input] of inputs.entries()) {
    const p = logistic(dot(input, weights));
    const missed = (outcomes[row] as number) - p;
    for (let i = 0; i < width; i++) {
      const x = input[i] as number;
      if (x === 0) continue;
      (gradient[i] as number) += x * missed;
      const line = curvature[i] as Float64Array;
      const weighed = x * p * (1 - p);
      for (let j = 0; j <= i; j++) (line[j] as number) += weighed * (input[j] as number);
    }
  }
  const step = solve(curvature, gradient);
  return Float64Array.from(weights, (weight, i) => weight + (step[i] as number));
}

/** Solves a symmetric positive definite system, of which the lower half is given, by Cholesky's decomposition, in place. */
function solve(lower: readonly Float64Array[], right: Float64Array): Float64Array {
  const at = (i: number, j: number): number => (lower[i] as Float64Array)[j] as number;
  for (let i = 0; i < right.length; i++) {
    for (let j = 0; j <= i; j++) {
      let rest = at(i, j);
      for (let k = 0; k < j; k++) rest -= at(i, k) * at(j, k);
      (lower[i] as Float64Array)[j] = i === j ? Math.sqrt(rest) : rest / at(j, j);
    }
  }
  const solved = right.slice();
  for (let i = 0; i < solved.length; i++) {
    for (let k = 0; k < i; k++) (solved[i] as number) -= at(i, k) * (solved[k] as number);
    (solved[i] as number) /= at(i, i);
  }
  for (let i = solved.length - 1; i >= 0; i--) {
    for (let k = i + 1; k < solved.length; k++) (solved[i] as number) -= at(k, i) * (solved[k] as number);
    (solved[i] as number) /= at(i, i);
  }
  return solved;
}

/** The constant, each value scaled (missing: the mean), and 1 for each that is missing where values may be. */
function inputsOf(scales: readonly Scale[], values: readonly number[]): Float64Array {
  const inputs = [1];
  const flags: number[] = [];
  scales.forEach(({ mean, deviation, flagged }, i) => {
    const value = flattened(values[i] as number);
    const missing = value !== value;
    inputs.push(missing ? 0 : (value - mean) / deviation);
    if (flagged) flags.push(missing ? 1 : 0);
  });
  return Float64Array.from([...inputs, ...flags]);
}

/** Amounts, counts and seconds spread over powers of ten: their logarithm, kept odd and without a pole. */
function flattened(value: number): number {
  return Math.sign(value) * Math.log1p(Math.abs(value));
}

function dot(a: Float64Array, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

function logistic(x: number): number {
  return 1 / (1 + Math.exp(-x));
}
