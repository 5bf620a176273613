// A real TCP proxy on loopback that spoils what goes through it (toxiproxy), built from the Go module proxy once.
import { existsSync } from "node:fs";
import { once } from "node:events";
import { spawn, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { freePort, until } from "./redis.ts";

const VERSION = "v2.12.0";
const FOLDER: string = fileURLToPath(new URL(`../../.cache/toxiproxy-${VERSION}`, import.meta.url));
const PROGRAM: string = join(FOLDER, "server");

/** A toxic as toxiproxy takes it: https://github.com/Shopify/toxiproxy#toxics */
export interface Toxic {
  readonly type: "latency" | "bandwidth" | "slow_close" | "timeout" | "reset_peer";
  readonly attributes: Readonly<Record<string, number>>;
}

/** A proxy before one server. */
export interface SpoiltPath {
  readonly port: number;
  /** Puts a toxic on what goes to the server and on what comes from it. */
  spoil(toxic: Toxic): Promise<void>;
  /** Closes all connections and takes no more. */
  cut(): Promise<void>;
  /** Takes away all that was done to it. */
  mend(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts a proxy before a port of this machine. Throws where it can neither be found nor built. */
export async function startToxiproxy(upstream: number): Promise<SpoiltPath> {
  build();
  const [api, port] = [await freePort(), await freePort()];
  const child = spawn(PROGRAM, ["-host", "127.0.0.1", "-port", String(api)], { stdio: "ignore", env: { ...process.env, LOG_LEVEL: "error" } });
  const url = `http://127.0.0.1:${api}`;
  const call = async (method: string, path: string, body?: unknown): Promise<void> => {
    const answer = await fetch(`${url}${path}`, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    if (!answer.ok) throw new Error(`toxiproxy ${method} ${path}: ${answer.status} ${await answer.text()}`);
  };
  const answers = (): Promise<boolean> =>
    fetch(`${url}/version`).then(
      ({ ok }) => ok,
      () => false,
    );
  await until(answers, "toxiproxy did not answer in time");
  await call("POST", "/proxies", { name: "redis", listen: `127.0.0.1:${port}`, upstream: `127.0.0.1:${upstream}`, enabled: true });
  return {
    port,
    spoil: async ({ type, attributes }) => {
      for (const stream of ["upstream", "downstream"]) await call("POST", "/proxies/redis/toxics", { name: `${type} ${stream}`, type, stream, attributes });
    },
    cut: () => call("POST", "/proxies/redis", { enabled: false }),
    mend: () => call("POST", "/reset"),
    stop: async () => {
      child.kill();
      await once(child, "exit");
    },
  };
}

function build(): void {
  if (existsSync(PROGRAM)) return;
  const built = spawnSync("go", ["install", `github.com/Shopify/toxiproxy/v2/cmd/server@${VERSION}`], {
    env: { ...process.env, GOBIN: FOLDER },
    encoding: "utf8",
  });
  if (built.status !== 0) throw new Error(`toxiproxy cannot be built: install Go 1.22 or newer.\n${built.error?.message ?? built.stderr}`);
}
