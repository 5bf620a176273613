// Ctrl-C: the first one cancels what runs and lets it tidy up, the second ends the process.
import { isWorker } from "./worker.ts";
import { monotonic } from "../time.ts";

/** The exit code of a command that was interrupted, as shells have it: 128 and the number of SIGINT. */
export const INTERRUPTED = 130;

/** npm passes on the Ctrl-C that its child has had from the terminal already: one that comes within so many seconds is the same. */
const SAME = 0.1;

/**
 * A signal that aborts at the first SIGINT, SIGTERM or SIGHUP, and where the process that started this one over a channel is gone
 * or has closed it.
 */
export function interruptSignal(): AbortSignal {
  const controller = new AbortController();
  let first = 0;
  const interrupt = (): void => {
    if (controller.signal.aborted && monotonic() - first > SAME) process.exit(INTERRUPTED);
    if (!controller.signal.aborted) first = monotonic();
    controller.abort();
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, interrupt);
  if (process.channel !== undefined && !isWorker()) {
    process.once("disconnect", interrupt);
    process.channel?.unref(); // a command that is done ends
  }
  return controller.signal;
}
