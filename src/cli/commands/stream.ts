// `asof stream`: takes events over HTTP and keeps streaming views up to date, until it is told to stop.
import { table, thousands } from "../output.ts";
import { tellBuilds } from "../build-lines.ts";
import { withSession } from "../session.ts";
import { addListenFlags, listenOptions, requestLog, teller, untilAborted, type ListenFlags } from "../listening.ts";
import type { Command } from "commander";

/** Adds the command. */
export function addStream(program: Command): void {
  const command = program.command("stream").description("take events over HTTP and keep streaming views up to date until Ctrl-C; one process a project");
  addListenFlags(command, "7601");
  command.addHelpText(
    "after",
    "\nExample:\n  asof stream --port 7601\n  curl -d '{\"user_id\": \"u1\", ...}' 'localhost:7601/v1/events/purchases?wait=visible'",
  );
  command.action((flags: ListenFlags) =>
    withSession(command, async ({ config, output, store, signal }) => {
      const listen = listenOptions(flags);
      const say = teller(flags);
      const { serveIngest } = await import("../../serve/ingest-server.ts");
      const stream = await (await store()).stream();
      const rows = stream
        .state()
        .map(({ source, history, end, torn }) => [
          source,
          history === null ? "" : thousands(history),
          thousands(end),
          torn === 0 ? "" : `${thousands(torn)} bytes set aside, never acknowledged`,
        ]);
      if (rows.length === 0) say("no source has stream: ingest(), so there is nothing to take");
      else say(table([["source", "history rows", "log bytes", ""], ...rows]));
      const serving = await serveIngest(stream, config, { ...listen, log: requestLog(flags) });
      output.result(`listening on ${serving.url}`, { url: serving.url, sources: stream.sources });
      const quiet = tellBuilds(stream, (text, line) => (output.json ? output.result(text, line) : say(text)));
      await untilAborted(signal);
      quiet();
      await serving.close();
    }),
  );
}
