// What commands share that listen until they are stopped.
import { formatTime, systemClock } from "../time.ts";
import { UsageError } from "../errors.ts";
import type { Command } from "commander";
import type { RequestLog } from "../serve/http.ts";

/** The flags of a command that listens. */
export interface ListenFlags {
  readonly port: string;
  readonly host: string;
  readonly log?: boolean;
}

/** Adds the flags; `port` is the one by default. */
export function addListenFlags(command: Command, port: string): void {
  command
    .option("--port <number>", "0 takes any free port", port)
    .option("--host <address>", "0.0.0.0 listens on every address of this machine", "127.0.0.1")
    .option("--log", "write a line of JSON to stderr for every request; without it, for those only that the server failed at");
}

/** The log of requests, on stderr. */
export function requestLog({ log }: ListenFlags): RequestLog {
  return { requests: log === true, write: (line) => void process.stderr.write(line) };
}

/** Says something on stderr: as a sentence, or, among lines of JSON, as one of them. */
export function teller({ log }: ListenFlags): (text: string) => void {
  return (text) => {
    const line = log === true ? JSON.stringify({ level: "warn", time: formatTime(systemClock.now()), pid: process.pid, msg: text }) : text;
    process.stderr.write(`${line}\n`);
  };
}

/** The port and host of flags; `flag` is that of the port. Throws a `UsageError`. */
export function listenOptions({ port, host }: Pick<ListenFlags, "port" | "host">, flag = "--port"): { readonly port: number; readonly host: string } {
  if (/^\d{1,5}$/.test(port) && Number(port) < 65_536) return { port: Number(port), host };
  throw new UsageError({ code: "USAGE_BAD_PORT", what: `'${port}' is no port`, where: flag, cure: "Give a number from 0 to 65535" });
}

/** Resolves when the command is to stop. */
export function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((stop) => (signal.aborted ? stop() : signal.addEventListener("abort", () => stop())));
}
