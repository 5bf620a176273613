// `asof plan`: what applying the definitions would change, and what that has computed again. Writes nothing.
import { changesJson, changesText } from "../changes-text.ts";
import { withSession } from "../session.ts";
import type { Command } from "commander";

/** Adds the command. */
export function addPlan(program: Command): void {
  const command = program.command("plan").description("print what apply would change and have computed again, without writing");
  command.addHelpText("after", '\nExample:\n  asof plan --json\n\nIt ends with 0, changes or not: "changed" of --json says which.');
  command.action(() =>
    withSession(command, async ({ output, store }) => {
      const changes = await (await store()).changes();
      output.result(changesText(changes), changesJson(changes));
    }),
  );
}
