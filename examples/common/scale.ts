// How columns of features become inputs of a model.

/** How a column becomes mean 0, deviation 1. One that has nulls gets a second column that says where. */
export interface Scale {
  readonly mean: number;
  readonly deviation: number;
  readonly flagged: boolean;
}

/** The scale of a column, NaN where a value is missing. */
export function scaleOf(column: Float64Array): Scale {
  const present = column.filter((value) => value === value);
  const mean = present.reduce((sum, value) => sum + value, 0) / Math.max(present.length, 1);
  const variance = present.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(present.length, 1);
  return { mean, deviation: Math.sqrt(variance) || 1, flagged: present.length < column.length };
}
