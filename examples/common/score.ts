// How good a ranking is: area under the curve, and precision among those that it ranks highest.

/** A model's quality on held-out examples. */
export interface Score {
  /** The chance that a positive example is ranked above a negative one, ties counting half. */
  readonly auc: number;
  /** The share of positive ones among those ranked highest. */
  readonly precision: number;
}

/** Scores predictions against outcomes (1 or 0), one each per example. `share`: how many of all are the ones ranked highest, 0 to 1. */
export function score(predictions: Float64Array, outcomes: Float64Array, share: number): Score {
  const order = Uint32Array.from(predictions, (_, i) => i).sort((a, b) => (predictions[b] as number) - (predictions[a] as number) || a - b);
  return {
    auc: rankedArea(order, predictions, outcomes),
    precision: sharePositive(order.subarray(0, Math.max(1, Math.floor(order.length * share))), outcomes),
  };
}

/** Mann and Whitney's U over the number of pairs; ties get the mean of their ranks. */
function rankedArea(order: Uint32Array, predictions: Float64Array, outcomes: Float64Array): number {
  let positive = 0;
  let ranks = 0;
  for (let i = 0; i < order.length;) {
    let end = i;
    let positiveHere = 0;
    while (end < order.length && predictions[order[end] as number] === predictions[order[i] as number])
      positiveHere += outcomes[order[end++] as number] as number;
    ranks += positiveHere * (order.length - (i + end - 1) / 2);
    positive += positiveHere;
    i = end;
  }
  return (ranks - (positive * (positive + 1)) / 2) / (positive * (order.length - positive));
}

function sharePositive(examples: Uint32Array, outcomes: Float64Array): number {
  return examples.reduce((positive, example) => positive + (outcomes[example] as number), 0) / examples.length;
}

/** The value below which a share of sorted values lies. */
export function percentile(sorted: Float64Array, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
