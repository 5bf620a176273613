// Ctrl-C: the first one cancels what runs and lets it tidy up, the second ends the process.

/** The exit code of a command that was interrupted, as shells have it: 128 and the number of SIGINT. */
export const INTERRUPTED = 130;

/** A signal that aborts at the first SIGINT or SIGTERM. */
export function interruptSignal(): AbortSignal {
  const controller = new AbortController();
  const interrupt = (): void => {
    if (controller.signal.aborted) process.exit(INTERRUPTED);
    controller.abort();
  };
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", interrupt);
  return controller.signal;
}
