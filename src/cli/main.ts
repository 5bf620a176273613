#!/usr/bin/env node
// The command line `asof`: reads what is asked, runs one command, and turns its outcome into text and an exit code.
import { CommanderError, type Command } from "commander";
import { createOutput, errorJson, errorText } from "./output.ts";
import { createProgram } from "./program.ts";
import { INTERRUPTED } from "./interrupt.ts";
import { UsageError } from "../errors.ts";

/** Exit codes: 0 it is done, 1 it failed or found differences, 2 it was asked wrongly, 130 it was interrupted. */
const FAILED = 1;
const MISUSED = 2;

async function main(args: readonly string[]): Promise<void> {
  const has = (flag: string): boolean => args.includes(flag);
  const program = createProgram();
  try {
    await program.parseAsync(args, { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return;
    if (error instanceof Error && error.name === "AbortError") {
      process.stderr.write("interrupted: nothing is left half written\n");
      process.exitCode = INTERRUPTED;
      return;
    }
    const told = error instanceof CommanderError ? asUsage(error, helpFor(program, args)) : error;
    process.stderr.write(`${errorText(told, has("--debug"))}\n`);
    if (has("--json")) createOutput(true).result("", errorJson(told));
    process.exitCode = told instanceof UsageError ? MISUSED : FAILED;
  }
}

/** The help of the command that is asked for, or of all. */
function helpFor(program: Command, args: readonly string[]): string {
  const named = program.commands.find((command) => args.includes(command.name()));
  return named === undefined ? "asof --help" : `asof ${named.name()} --help`;
}

/** Commander's message, `error: unknown command 'x'\n(Did you mean y?)`, as an error of ours. */
function asUsage({ code, message }: CommanderError, help: string): UsageError {
  const [what = "", hint] = message.replace(/^error: /, "").split("\n");
  const name = code
    .replace(/^commander\./, "")
    .replaceAll(/[A-Z]/g, (letter) => `_${letter}`)
    .toUpperCase();
  return new UsageError({
    code: `USAGE_${name}`,
    what: code === "commander.help" ? "no command is given" : what,
    cure: hint?.replace(/^\((.*?)\??\)$/, "$1") ?? `${help} shows what there is`,
  });
}

// a reader that has seen enough, such as head, closes the pipe: that is no failure
process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : FAILED));
await main(process.argv.slice(2));
