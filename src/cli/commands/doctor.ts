// `asof doctor`: looks at the machine and the project, and says what is wrong and what to do about it.
import { createOutput } from "../output.ts";
import type { Command } from "commander";

/** Adds the command. */
export function addDoctor(program: Command): void {
  const command = program.command("doctor").description("look at the machine and the project, and say what is wrong and what to do about it");
  command.addHelpText("after", "\nExample:\n  asof doctor --json");
  command.action(async () => {
    const { config, json }: { readonly config?: string; readonly json?: boolean } = command.optsWithGlobals();
    const [{ checkMachine }, { checkProject }] = await Promise.all([import("../doctor/machine-checks.ts"), import("../doctor/project-checks.ts")]);
    const checks = [...(await checkMachine([7600, 7601])), ...(await checkProject(config))];
    const lines = checks.map(
      ({ name, ok, found, cure }) => `${ok ? "ok     " : "problem"}  ${name}: ${found}${cure === null ? "" : `\n         cure ${cure}`}`,
    );
    createOutput(json === true).result(lines.join("\n"), { ok: checks.every(({ ok }) => ok), checks });
    process.exitCode = checks.every(({ ok }) => ok) ? 0 : 1;
  });
}
