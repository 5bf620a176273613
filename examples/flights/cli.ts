// The commands of asof that the demo runs.
import { asofOf } from "../common/asof.ts";

const asof = asofOf(new URL("./asof.config.ts", import.meta.url));

/** What `asof training --json` ends with, as far as the demo shows it. */
export interface Trained {
  readonly rows: number;
  readonly durationMicros: number;
}

/** What `asof verify --json` ends with, as far as the demo shows it. */
export interface Verified {
  readonly compared: number;
  readonly notNull: number;
  readonly different: number;
  readonly views: readonly { readonly view: string; readonly compared: number; readonly lag: { readonly rowsBehind: number } }[];
}

/** Runs `asof training`: one row per label, into `folder`. `instant`: as if every delay were known at departure. */
export function training(labels: string, folder: string, availability: "recorded" | "instant"): Promise<Trained> {
  return asof.run(["training", "lateness", "--labels", labels, "--out", folder, "--availability", availability]);
}

/** Runs `asof verify` on the demo's serving log. Values that differ are a result here, not an error. */
export function verify(): Promise<Verified> {
  return asof.run(["verify"], [0, 1]);
}
