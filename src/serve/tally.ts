// Counts that cost an addition each: by label sets that are known beforehand, in plain arrays; they are named when they are read.

/** The labels of one series. */
export type Labels = Readonly<Record<string, string>>;

/** What a metric is called, and what it says. */
export interface Metric {
  readonly name: string;
  readonly help: string;
}

/** One number of a metric; a histogram has several, under names of their own. */
export interface Sample {
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
  readonly metricName?: string;
}

/** A metric as it is read; `aggregator` says how those of several processes become one. */
export interface MetricReport extends Metric {
  readonly type: "counter" | "gauge" | "histogram";
  readonly aggregator: "sum" | "max";
  readonly values: readonly Sample[];
}

/** Counters of one metric, by the place of their labels. */
export class Tally {
  readonly #metric: Metric;
  readonly #labels: readonly Labels[];
  readonly #counts: Float64Array;

  constructor(metric: Metric, labels: readonly Labels[]) {
    this.#metric = metric;
    this.#labels = labels;
    this.#counts = new Float64Array(labels.length);
  }

  add(place: number, count = 1): void {
    this.#counts[place] = (this.#counts[place] as number) + count;
  }

  report(): MetricReport {
    const values = this.#labels.map((labels, i) => ({ labels, value: this.#counts[i] as number }));
    return { ...this.#metric, type: "counter", aggregator: "sum", values };
  }
}

/** How a histogram is cut: `bounds` ascend, in its unit; `scale` is what one unit is in what it observes. */
export interface Cut {
  readonly bounds: readonly number[];
  readonly scale: number;
}

/** Histograms of one metric, by the place of their labels. */
export class Histogram {
  readonly #metric: Metric;
  readonly #labels: readonly Labels[];
  readonly #cut: Cut;
  readonly #bounds: Float64Array;
  readonly #counts: Float64Array;
  readonly #sums: Float64Array;

  constructor(metric: Metric, cut: Cut, labels: readonly Labels[]) {
    this.#metric = metric;
    this.#labels = labels;
    this.#cut = cut;
    this.#bounds = Float64Array.from(cut.bounds, (bound) => bound * cut.scale);
    this.#counts = new Float64Array(labels.length * (cut.bounds.length + 1));
    this.#sums = new Float64Array(labels.length);
  }

  observe(place: number, value: number): void {
    const bounds = this.#bounds;
    let range = 0;
    while (range < bounds.length && value > (bounds[range] as number)) range++;
    const at = place * (bounds.length + 1) + range;
    this.#counts[at] = (this.#counts[at] as number) + 1;
    this.#sums[place] = (this.#sums[place] as number) + value;
  }

  report(): MetricReport {
    return { ...this.#metric, type: "histogram", aggregator: "sum", values: this.#labels.flatMap((labels, place) => this.#samples(labels, place)) };
  }

  #samples(labels: Labels, place: number): Sample[] {
    const { name } = this.#metric;
    const { bounds, scale } = this.#cut;
    let count = 0;
    const ranges = [...bounds, "+Inf"].map((le, i): Sample => {
      count += this.#counts[place * (bounds.length + 1) + i] as number;
      return { labels: { ...labels, le }, value: count, metricName: `${name}_bucket` };
    });
    return [
      ...ranges,
      { labels, value: (this.#sums[place] as number) / scale, metricName: `${name}_sum` },
      { labels, value: count, metricName: `${name}_count` },
    ];
  }
}

/** A gauge, read at this moment. Of several processes that each tell their part, `sum`; of those that see the same, `max`. */
export function gauge(metric: Metric, aggregator: "sum" | "max", values: readonly Sample[]): MetricReport {
  return { ...metric, type: "gauge", aggregator, values };
}

/** A counter that is kept elsewhere. */
export function counter(metric: Metric, aggregator: "sum" | "max", values: readonly Sample[]): MetricReport {
  return { ...metric, type: "counter", aggregator, values };
}
