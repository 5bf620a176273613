// `asof serve`: answers requests over HTTP until it is told to stop.
import { withSession } from "../session.ts";
import { addListenFlags, listenOptions, requestLog, teller, untilAborted, type ListenFlags } from "../listening.ts";
import type { Command } from "commander";

/** Adds the command. */
export function addServe(program: Command): void {
  const command = program.command("serve").description("answer requests over HTTP until Ctrl-C; open requests are finished first");
  addListenFlags(command, "7600");
  command.addHelpText("after", '\nExample:\n  asof serve --port 7600\n  curl -d \'{"input": {"user_id": "u1"}}\' localhost:7600/v1/features/checkout');
  command.action((flags: ListenFlags) =>
    withSession(command, async ({ output, store, signal }) => {
      const listen = listenOptions(flags);
      const { serve } = await import("../../serve/server.ts");
      const opened = await store();
      const serving = await serve(opened, { ...listen, log: requestLog(flags) });
      for (const problem of await opened.problems()) teller(flags)(`not ready: ${problem}`);
      output.result(`listening on ${serving.url}`, { url: serving.url, services: opened.services.map((service) => service.name) });
      await untilAborted(signal);
      await serving.close();
    }),
  );
}
