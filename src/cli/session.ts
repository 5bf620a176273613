// What a command runs in: the project's config, its store, where to write, and what cancels it.
import { createOutput, type Output } from "./output.ts";
import { interruptSignal } from "./interrupt.ts";
import type { Command } from "commander";
import type { Config } from "../define/config.ts";
import type { ProgressBar } from "./progress.ts";
import type { Store } from "../feature-store.ts";

/** What every command is given. */
export interface Session {
  readonly config: Config;
  readonly root: string;
  readonly output: Output;
  readonly progress: ProgressBar;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  /** Opens the store; it is closed when the command ends. */
  store(): Promise<Store>;
}

interface Globals {
  readonly config?: string;
  readonly json?: boolean;
  readonly progress?: boolean;
}

/** Runs a command with the project's config loaded. A command that found differences returns 1. */
export async function withSession(command: Command, run: (session: Session) => Promise<number | void>): Promise<void> {
  const globals: Globals = command.optsWithGlobals();
  const [{ loadConfig }, { createProgress }] = await Promise.all([import("./load-config.ts"), import("./progress.ts")]);
  const { config, root } = await loadConfig(globals.config);
  let opened: Promise<Store> | null = null;
  const open = async (): Promise<Store> => (await import("../feature-store.ts")).openStore(config, { root });
  const progress = createProgress(globals.progress ?? process.stderr.isTTY);
  const session: Session = { config, root, output: createOutput(globals.json === true), progress, signal: interruptSignal(), store: () => (opened ??= open()) };
  try {
    process.exitCode = (await run(session)) ?? 0;
  } finally {
    progress.end();
    await (await (opened as Promise<Store> | null)?.catch(() => null))?.close();
  }
}
