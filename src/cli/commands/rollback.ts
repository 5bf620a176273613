// `asof rollback <view>`: points a view back to the run before the current one.
import { formatTime } from "../../time.ts";
import { withSession } from "../session.ts";
import type { Command } from "commander";

/** Adds the command. */
export function addRollback(program: Command): void {
  const command = program.command("rollback").description("point a view back to the run before the current one").argument("<view>", "the view's name");
  command.addHelpText("after", "\nExample:\n  asof rollback spending");
  command.action((view: string) =>
    withSession(command, async ({ output, store }) => {
      const { run, tick, from } = await (await store()).rollback(view);
      output.result(`${view}: run ${run}, as of ${formatTime(tick)}, answers again from ${formatTime(from)} on`, {
        view,
        run,
        tick: formatTime(tick),
        from: formatTime(from),
      });
    }),
  );
}
