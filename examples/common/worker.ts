// Processes of an example's own, which answer messages: a server, a refresh job or a trainer each runs in one, as it would in life.
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";

/** Runs TypeScript files as they are. */
const JITI: string = fileURLToPath(new URL("lib/jiti-cli.mjs", import.meta.resolve("jiti/package.json")));

/** A process that answers messages, one at a time and in order. */
export interface Worker<Q, A> {
  ask(message: Q): Promise<A>;
  /** Ends the process; resolves when it is gone. */
  end(): Promise<void>;
}

/** Starts a TypeScript file as a process; it must call `answering`. */
export async function startWorker<Q extends object, A>(file: URL): Promise<Worker<Q, A>> {
  const child = fork(JITI, [fileURLToPath(file)], {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
    execArgv: [],
    serialization: "advanced",
  });
  const waiting: { resolve(answer: A): void; reject(error: Error): void }[] = [];
  child.on("message", (answer) => {
    const { value, error } = answer as { readonly value: A; readonly error?: string };
    const next = waiting.shift();
    if (error === undefined) next?.resolve(value);
    else next?.reject(new Error(`${file.pathname}: ${error}`));
  });
  const gone = new Promise<void>((resolve) => {
    child.on("exit", (code) => {
      for (const one of waiting.splice(0)) one.reject(new Error(`${file.pathname} ended with code ${String(code)}`));
      resolve();
    });
  });
  return {
    ask: (message) =>
      new Promise((resolve, reject) => {
        waiting.push({ resolve, reject });
        child.send(message, (error) => void (error !== null && reject(error)));
      }),
    end: () => {
      if (child.connected) child.disconnect();
      return gone;
    },
  };
}

/** In a process that was started by `startWorker`: answers each message; `close` runs when no more will come. */
export function answering<Q, A>(answer: (message: Q) => Promise<A> | A, close: () => Promise<void>): void {
  let last: Promise<unknown> = Promise.resolve();
  process.on("message", (message) => {
    last = last.then(async () => {
      try {
        process.send?.({ value: await answer(message as Q) });
      } catch (error) {
        process.send?.({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
      }
    });
  });
  process.on("disconnect", () => void last.then(close).then(() => process.exit()));
}
