// asof's own commands, each in a process of its own, with their results as JSON.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

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
  return asof<Trained>(["training", "lateness", "--labels", labels, "--out", folder, "--availability", availability], [0]);
}

/** Runs `asof verify` on the demo's serving log. Values that differ are a result here, not an error. */
export function verify(): Promise<Verified> {
  return asof<Verified>(["verify"], [0, 1]);
}

/** Runs a command and gives the last line of its output. Throws unless it ends with one of the codes in `well`. */
async function asof<T>(command: readonly string[], well: readonly number[]): Promise<T> {
  const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));
  const child = spawn(process.execPath, [path("../../dist/cli/main.js"), "--config", path("./asof.config.ts"), "--json", ...command], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "close") as Promise<[number | null]>;
  let text = "";
  for await (const chunk of child.stdout) text += String(chunk);
  const [code] = await ended;
  const last = text.trimEnd().split("\n").at(-1) ?? "";
  if (code !== null && well.includes(code) && last.startsWith("{")) return JSON.parse(last) as T;
  throw new Error(`asof ${command.join(" ")} ended with code ${String(code)}`);
}
