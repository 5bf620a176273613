// A server of the command line, in a process of its own.
import { once } from "node:events";
import type { ChildProcess } from "node:child_process";
import type { BuiltAsof } from "./built-asof.ts";

/** What a server answered. */
export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

/** A server that listens. */
export interface RunningServer {
  readonly url: string;
  get(path: string): Promise<Answered>;
  /** Posts a body as it is. */
  post(path: string, body: string): Promise<Answered>;
  /** What it has written to stdout, and to stderr, so far. */
  printed(): string;
  said(): string;
  /** Tells the process to stop; gives its exit code and what it said. */
  stop(): Promise<{ readonly code: number | null; readonly err: string }>;
  /** Kills the process where it is. */
  kill(): Promise<void>;
}

/** Starts `asof serve` in a folder, on any port. */
export function startServer(asof: BuiltAsof, folder: string, ...args: readonly string[]): Promise<RunningServer> {
  return listening("asof serve", asof.start(folder, "serve", "--port", "0", "--json", ...args));
}

/** Starts `asof stream` in a folder, on any port. */
export function startStream(asof: BuiltAsof, folder: string, ...args: readonly string[]): Promise<RunningServer> {
  return listening("asof stream", asof.start(folder, "stream", "--port", "0", "--json", ...args));
}

async function listening(name: string, child: ChildProcess): Promise<RunningServer> {
  let err = "";
  child.stderr?.on("data", (text: Buffer) => (err += text.toString()));
  let out = "";
  child.stdout?.on("data", (text: Buffer) => (out += text.toString()));
  const ended = once(child, "close") as Promise<[number | null]>;
  const told = once(child.stdout as NodeJS.ReadableStream, "data") as Promise<[Buffer]>;
  const line = await Promise.race([told.then(([text]) => text.toString().split("\n")[0] as string), ended.then(() => null)]);
  if (line === null) throw new Error(`${name} ended: ${err}`);
  const { url } = JSON.parse(line) as { url: string };
  const ask = async (path: string, request?: RequestInit): Promise<Answered> => {
    const response = await fetch(`${url}${path}`, request);
    return { status: response.status, headers: response.headers, body: (await response.json()) as Record<string, unknown> };
  };
  return {
    url,
    printed: () => out,
    said: () => err,
    get: (path) => ask(path),
    post: (path, body) => ask(path, { method: "POST", body }),
    stop: async () => {
      child.kill("SIGTERM");
      const [code] = await ended;
      return { code, err };
    },
    kill: async () => {
      child.kill("SIGKILL");
      await ended;
    },
  };
}
