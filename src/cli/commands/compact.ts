// `asof compact`: puts Parquet files in the place of what of the event logs no event can correct any more.
import { parseDuration } from "../../time.ts";
import { table, thousands } from "../output.ts";
import { withSession } from "../session.ts";
import type { Command } from "commander";

interface Flags {
  readonly olderThan?: string;
}

/** Adds the command. */
export function addCompact(program: Command): void {
  const command = program
    .command("compact")
    .description("turn what of the event logs no event can correct any more into Parquet files, and throw away what ingest.retain does not keep")
    .option("--older-than <duration>", "only what has been there for longer, such as 7d");
  command.addHelpText("after", "\nasof stream may run meanwhile.\n\nExamples:\n  asof compact\n  asof compact --older-than 7d");
  command.action(({ olderThan }: Flags) =>
    withSession(command, async ({ output, progress, signal, store }) => {
      const age = olderThan === undefined ? {} : { olderThan: parseDuration(olderThan, "--older-than") };
      const logs = await (
        await store()
      ).compact({ ...age, signal, onProgress: ({ source, done, segments }) => progress.show({ what: source, unit: "segments", done, total: segments }) });
      progress.end();
      const rows = logs.map(({ source, segments, bytes, parts, left, thrown, since }) => [
        source,
        ...[segments, bytes, parts, left, thrown].map(thousands),
        since ?? "its beginning",
      ]);
      const told =
        rows.length === 0
          ? "no event log has begun"
          : table([["source", "segments", "bytes", "Parquet files", "segments left", "thrown away", "retained from"], ...rows]);
      output.result(told, { logs });
    }),
  );
}
