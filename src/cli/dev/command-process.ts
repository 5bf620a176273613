// A command of asof in a process of its own, which tells what it does in lines of JSON.
import { fork } from "node:child_process";
import { createInterface } from "node:readline";
import { finished } from "node:stream/promises";
import { once } from "node:events";
import type { Readable } from "node:stream";

/** How long a command may take to finish what it does when it is told to stop, in milliseconds. */
const PATIENCE = 15_000;
/** What is kept of stderr, for a process that ends without a word on stdout. */
const LAST_WORDS = 2000;

/** A line of JSON, as a command prints it. */
export type Line = Readonly<Record<string, unknown>>;

/** An error as `--json` tells it. */
export interface ToldError {
  readonly code: string;
  readonly message: string;
  readonly where?: string | null;
  readonly cure?: string | null;
}

/** A command that runs. */
export interface CommandProcess {
  readonly pid: number | undefined;
  /** Resolves with the first line, or with the error that it ended with before. */
  readonly first: Promise<Line | ToldError>;
  /** Resolves with why it ended, once it has. */
  readonly ended: Promise<ToldError | null>;
  /** Tells it to finish what it does, and waits until it has ended. */
  stop(): Promise<void>;
}

/** Whether what a command told is an error. */
export function isError(told: Line | ToldError): told is ToldError {
  return typeof told["code" as never] === "string" && typeof told["message" as never] === "string";
}

/**
 * Starts a command. It is in a process group of its own, so that Ctrl-C in the terminal does not reach it before it is told to stop, and
 * stops by itself where this process is gone. `heard` is given each line of its stdout but errors, `erred` each of its stderr.
 */
export function startCommand(args: readonly string[], heard: (line: Line) => void, erred: (line: string) => void): CommandProcess {
  const child = fork(process.argv[1] as string, [...args, "--json"], { detached: true, stdio: ["ignore", "pipe", "pipe", "ipc"], execArgv: [] });
  let error: ToldError | null = null;
  let said = "";
  let hear = (_: Line): void => undefined;
  const firstLine = new Promise<Line>((resolve) => (hear = resolve));
  createInterface({ input: child.stdout as NodeJS.ReadableStream }).on("line", (text) => {
    const line = parsed(text);
    if (line === null) return;
    if (line["error"] !== undefined) {
      error = line["error"] as ToldError;
      return;
    }
    hear(line);
    heard(line);
  });
  createInterface({ input: child.stderr as NodeJS.ReadableStream }).on("line", (text) => {
    said = `${said}${text}\n`.slice(-LAST_WORDS);
    erred(text);
  });
  // its "close" does not come where this side closes the channel
  const read = [child.stdout, child.stderr].map((stream) => finished(stream as Readable).catch(() => undefined));
  const ended = once(child, "exit").then(async ([code, signal]): Promise<ToldError | null> => {
    await Promise.all(read);
    if (error !== null || code === 0) return error;
    return { code: "DEV_ENDED", message: `asof ${args[0] ?? ""} ended (${String(signal ?? `exit code ${String(code)}`)}): ${said.trim()}` };
  });
  const stop = async (): Promise<void> => {
    if (child.connected) child.disconnect();
    const killing = setTimeout(() => child.kill("SIGKILL"), PATIENCE);
    await ended;
    clearTimeout(killing);
  };
  const nothing: ToldError = { code: "DEV_ENDED", message: `asof ${args[0] ?? ""} ended without a word` };
  return { pid: child.pid, first: Promise.race([firstLine, ended.then((why) => why ?? nothing)]), ended, stop };
}

function parsed(text: string): Line | null {
  try {
    return JSON.parse(text) as Line;
  } catch {
    return null; // no line of ours
  }
}
