// Feature matrices: what models train on and are scored with.
import type { Table } from "./warehouse.ts";

/** Features of so many examples, column by column; NaN where a value is missing. */
export interface Matrix {
  readonly rows: number;
  readonly columns: readonly Float64Array[];
}

/** The named columns of a query's answer. */
export function matrixOf(table: Table, names: readonly string[]): Matrix {
  return { rows: table.rows, columns: names.map((name) => table.numbers(name)) };
}

/** How many values of two matrices of one shape differ; two missing values are equal. */
export function countDifferent(a: Matrix, b: Matrix): number {
  let different = 0;
  a.columns.forEach((column, i) => {
    const other = b.columns[i] as Float64Array;
    for (let row = 0; row < a.rows; row++) if (!Object.is(column[row], other[row])) different++;
  });
  return different;
}
