// asof's own command line, each command in a process of its own, with its results as JSON.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { constants, setPriority } from "node:os";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const CLI: string = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

/** The commands of one project. */
export interface Asof {
  /** Runs a command to its end, and gives the last line of its output. Throws unless it ends with one of the codes in `well`. */
  run<T>(command: readonly string[], well?: readonly number[]): Promise<T>;
  /** The same beside servers: they come first where there is too little processor for all. */
  runBeside<T>(command: readonly string[]): Promise<T>;
  /** Starts a command that listens, on any port. */
  listen(command: string): Promise<Listening>;
}

/** A server that listens. */
export interface Listening {
  readonly url: string;
  /** Tells it to stop, as Ctrl-C would; resolves when it is gone. */
  stop(): Promise<void>;
}

/** The built `asof`, for a project's config. */
export function asofOf(config: URL): Asof {
  const start = (args: readonly string[], said: "inherit" | "pipe"): ChildProcess =>
    spawn(process.execPath, [CLI, "--config", fileURLToPath(config), "--json", ...args], { stdio: ["ignore", "pipe", said] });
  return {
    run: (command, well) => lastLine(`asof ${command.join(" ")}`, start(command, "inherit"), well),
    runBeside: (command) => {
      const child = start(command, "inherit");
      if (child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_BELOW_NORMAL);
      return lastLine(`asof ${command.join(" ")}`, child);
    },
    listen: async (command) => {
      const child = start([command, "--port", "0"], "pipe");
      let said = "";
      child.stderr?.on("data", (text: Buffer) => (said += String(text)));
      const ended = once(child, "exit");
      const told = once(createInterface({ input: child.stdout as NodeJS.ReadableStream }), "line") as Promise<[string]>;
      const line = await Promise.race([told.then(([first]) => first), ended.then(() => null)]);
      if (line === null) throw new Error(`asof ${command} ended before it listened: ${said}`);
      child.stderr?.pipe(process.stderr); // from now on it only tells what went wrong
      const { url } = JSON.parse(line) as { readonly url: string };
      return {
        url,
        stop: async () => {
          child.kill("SIGTERM");
          await ended;
        },
      };
    },
  };
}

/** The last line of JSON that a process prints. Throws unless it ends with one of the codes in `well`. */
export async function lastLine<T>(name: string, child: ChildProcess, well: readonly number[] = [0]): Promise<T> {
  const ended = once(child, "close") as Promise<[number | null]>;
  let text = "";
  for await (const chunk of child.stdout as NodeJS.ReadableStream) text += String(chunk);
  const [code] = await ended;
  const last = text.trimEnd().split("\n").at(-1) ?? "";
  if (code !== null && well.includes(code) && last.startsWith("{")) return JSON.parse(last) as T;
  throw new Error(`${name} ended with code ${String(code)}`);
}
