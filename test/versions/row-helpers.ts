// What the definitions of the version tests import: helpers that import in their turn, recurse, close over arguments, and re-export.
import scale, { LIMIT, TABLE } from "./numbers.ts";
import * as numbers from "./numbers.ts";

/** A comment that no version covers. */
export function clamp(x: number): number {
  return x > LIMIT ? LIMIT : x;
}

export const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1));

export function isEven(n: number): boolean {
  return n === 0 || isOdd(n - 1);
}

function isOdd(n: number): boolean {
  return n !== 0 && isEven(n - 1);
}

export const lookUp = (key: string): number => TABLE[key] ?? scale(numbers.LIMIT);

export const over =
  (limit: number) =>
  (row: { readonly amount: number }): boolean =>
    row.amount > limit;

export class Money {
  static readonly unit: number = 100;
  readonly amount: number;
  constructor(amount: number) {
    this.amount = amount;
  }
  get cents(): number {
    return this.amount * Money.unit;
  }
}

export class Rate {
  readonly percent: number;
  constructor(percent: number) {
    this.percent = percent;
  }
  of(x: number): number {
    return (x * this.percent) / 100;
  }
}
export const vat: Rate = new Rate(19);

export const settings = {
  limit: 10,
  nested: { steps: [1, 2, { x: 1 }] },
  above(x: number): number {
    return x - this.limit;
  },
  next: (x: number): number => x + 1,
} as const;

export { weights as renamed } from "./numbers.ts";
export * from "./numbers.ts";
