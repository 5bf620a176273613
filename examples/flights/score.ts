// How good a ranking is: area under the curve, and precision among the flights it ranks highest.

/** A model's quality on held-out flights. */
export interface Score {
  /** The chance that a late flight is ranked above one in time, ties counting half. */
  readonly auc: number;
  /** The share of late flights among the fifth ranked highest. */
  readonly precision: number;
}

/** Scores predictions against outcomes (1 late, 0 in time), one each per flight. */
export function score(predictions: Float64Array, outcomes: Float64Array): Score {
  const order = Uint32Array.from(predictions, (_, i) => i).sort((a, b) => (predictions[b] as number) - (predictions[a] as number) || a - b);
  return { auc: rankedArea(order, predictions, outcomes), precision: shareLate(order.subarray(0, Math.floor(order.length / 5)), outcomes) };
}

/** Mann and Whitney's U over the number of pairs; ties get the mean of their ranks. */
function rankedArea(order: Uint32Array, predictions: Float64Array, outcomes: Float64Array): number {
  let late = 0;
  let ranks = 0;
  for (let i = 0; i < order.length;) {
    let end = i;
    let lateHere = 0;
    while (end < order.length && predictions[order[end] as number] === predictions[order[i] as number]) lateHere += outcomes[order[end++] as number] as number;
    ranks += lateHere * (order.length - (i + end - 1) / 2);
    late += lateHere;
    i = end;
  }
  return (ranks - (late * (late + 1)) / 2) / (late * (order.length - late));
}

function shareLate(flights: Uint32Array, outcomes: Float64Array): number {
  return flights.reduce((late, flight) => late + (outcomes[flight] as number), 0) / flights.length;
}
