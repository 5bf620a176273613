// What commands share that listen until they are stopped.
import { UsageError } from "../errors.ts";

/** The flags of a command that listens. */
export interface ListenFlags {
  readonly port: string;
  readonly host: string;
}

/** The port and host of flags. Throws a `UsageError`. */
export function listenOptions({ port, host }: ListenFlags): { readonly port: number; readonly host: string } {
  if (/^\d{1,5}$/.test(port) && Number(port) < 65_536) return { port: Number(port), host };
  throw new UsageError({ code: "USAGE_BAD_PORT", what: `'${port}' is no port`, where: "--port", cure: "Give a number from 0 to 65535" });
}

/** Resolves when the command is to stop. */
export function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((stop) => (signal.aborted ? stop() : signal.addEventListener("abort", () => stop())));
}
