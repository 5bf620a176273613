// `asof stream`: takes events over HTTP and keeps streaming views up to date, until it is told to stop.
import { errorText, table, thousands } from "../output.ts";
import { withSession } from "../session.ts";
import { listenOptions, untilAborted, type ListenFlags } from "../listening.ts";
import type { Command } from "commander";

/** Adds the command. */
export function addStream(program: Command): void {
  const command = program
    .command("stream")
    .description("take events over HTTP and keep streaming views up to date until Ctrl-C; one process a project")
    .option("--port <number>", "0 takes any free port", "7601")
    .option("--host <address>", "0.0.0.0 listens on every address of this machine", "127.0.0.1");
  command.addHelpText(
    "after",
    "\nExample:\n  asof stream --port 7601\n  curl -d '{\"user_id\": \"u1\", ...}' 'localhost:7601/v1/events/purchases?wait=visible'",
  );
  command.action((flags: ListenFlags) =>
    withSession(command, async ({ config, output, store, signal }) => {
      const listen = listenOptions(flags);
      const { serveIngest } = await import("../../serve/ingest-server.ts");
      const stream = await (await store()).stream();
      const rows = stream
        .state()
        .map(({ source, end, torn }) => [source, thousands(end), torn === 0 ? "" : `${thousands(torn)} bytes set aside, never acknowledged`]);
      if (rows.length === 0) output.say("no source has stream: ingest(), so there is nothing to take");
      else output.say(table([["source", "log bytes", ""], ...rows]));
      const serving = await serveIngest(stream, config, { ...listen, onDefect: (error) => output.say(errorText(error, true)) });
      output.result(`listening on ${serving.url}`, { url: serving.url, sources: stream.sources });
      await untilAborted(signal);
      await serving.close();
    }),
  );
}
