// `asof apply`: registers the definitions as they are now, and says what changed.
import { withSession } from "../session.ts";
import type { Command } from "commander";

/** Adds the command. */
export function addApply(program: Command): void {
  const command = program.command("apply").description("register the definitions as they are now, and print what changed");
  command.addHelpText("after", "\nExample:\n  asof apply --json");
  command.action(() =>
    withSession(command, async ({ output, store }) => {
      const changes = await (await store()).apply();
      const lines = changes.map(({ view, change, version, before, what }) => {
        if (change === "same") return `  ${view}  ${version}  as it was`;
        if (change === "new") return `+ ${view}  ${version}  new`;
        if (change === "gone") return `- ${view}  ${before ?? ""}  no service uses it any more; what it published stays`;
        return `~ ${view}  ${before ?? ""} -> ${version}  ${what.join("; ")}\n    its values come with the next: asof materialize ${view}`;
      });
      output.result(lines.join("\n"), { changes });
    }),
  );
}
