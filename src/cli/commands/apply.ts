// `asof apply`: registers the definitions as they are now, and says what changed.
import { changesJson, changesText } from "../changes-text.ts";
import { withSession } from "../session.ts";
import type { Command } from "commander";

/** Adds the command. */
export function addApply(program: Command): void {
  const command = program
    .command("apply")
    .description("register the definitions as they are now, and print what changed")
    .option("--prevent-destroy", "refuse where a view, a feature or a column would be gone");
  command.addHelpText("after", "\nExamples:\n  asof apply --json\n  asof apply --prevent-destroy");
  command.action(({ preventDestroy = false }: { readonly preventDestroy?: boolean }) =>
    withSession(command, async ({ output, store }) => {
      const changes = await (await store()).apply({ preventDestroy });
      output.result(changesText(changes), changesJson(changes));
    }),
  );
}
