// `asof serve`: answers requests over HTTP until it is told to stop.
import { errorText } from "../output.ts";
import { withSession } from "../session.ts";
import { listenOptions, untilAborted, type ListenFlags } from "../listening.ts";
import type { Command } from "commander";

/** Adds the command. */
export function addServe(program: Command): void {
  const command = program
    .command("serve")
    .description("answer requests over HTTP until Ctrl-C; open requests are finished first")
    .option("--port <number>", "0 takes any free port", "7600")
    .option("--host <address>", "0.0.0.0 listens on every address of this machine", "127.0.0.1");
  command.addHelpText("after", '\nExample:\n  asof serve --port 7600\n  curl -d \'{"input": {"user_id": "u1"}}\' localhost:7600/v1/features/checkout');
  command.action((flags: ListenFlags) =>
    withSession(command, async ({ output, store, signal }) => {
      const listen = listenOptions(flags);
      const { serve } = await import("../../serve/server.ts");
      const opened = await store();
      const serving = await serve(opened, { ...listen, onDefect: (error) => output.say(errorText(error, true)) });
      for (const problem of await opened.problems()) output.say(`not ready: ${problem}`);
      output.result(`listening on ${serving.url}`, { url: serving.url, services: opened.services.map((service) => service.name) });
      await untilAborted(signal);
      await serving.close();
    }),
  );
}
