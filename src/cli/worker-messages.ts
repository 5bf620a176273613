// What the processes of one server say to each other: the first one, which starts the others, and the workers, which answer requests.
import type { Report } from "../serve/metrics.ts";

/** What a worker says. */
export type FromWorker =
  /** It answers requests. */
  | { readonly kind: "listening"; readonly url: string; readonly problems: readonly string[] }
  /** It is asked for metrics, and wants those of all, its own included. */
  | { readonly kind: "gather"; readonly id: number }
  /** Its own metrics. */
  | { readonly kind: "report"; readonly id: number; readonly report: Report };

/** What a worker is told. */
export type ToWorker =
  /** To finish open requests and end. */
  | { readonly kind: "stop" }
  /** To say its metrics. */
  | { readonly kind: "report"; readonly id: number }
  /** The metrics of all that it asked for. */
  | { readonly kind: "gathered"; readonly id: number; readonly reports: readonly Report[] };
