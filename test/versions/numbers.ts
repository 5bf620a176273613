// What the helpers of the version tests import: constants, tables and a default export.
export const LIMIT = 3;
export const NAMES = ["a", "b", "c"];
export const TABLE: Readonly<Record<string, number>> = { a: 1, b: 2, "odd key": -3 };
export const weights: ReadonlyMap<string, number> = new Map([
  ["a", 0.5],
  ["b", 2],
]);

export default function scale(x: number, by: number = LIMIT): number {
  return x * by;
}
