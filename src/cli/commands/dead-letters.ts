// `asof dead-letters <source>`: lists events that could not count, and sends them again.
import { resolve } from "node:path";
import { eventSender } from "../event-sender.ts";
import { formatTime } from "../../time.ts";
import { ingestSource } from "../ingest-source.ts";
import { table, thousands } from "../output.ts";
import { withSession, type Session } from "../session.ts";
import type { Command } from "commander";
import type { DeadLetter } from "../../stream/dead-letters.ts";

/** Letters that are sent together, and shown at most. */
const SENT = 1000;
const SHOWN = 50;

/** Adds the command. */
export function addDeadLetters(program: Command): void {
  const command = program
    .command("dead-letters")
    .description("list events that could not count, with the reason")
    .argument("<source>", "a source with stream: ingest()")
    .option("--replay", "send them again, once what was wrong is mended; what cannot count still is listed anew");
  command.addHelpText("after", "\nExamples:\n  asof dead-letters purchases\n  asof dead-letters purchases --replay");
  command.action((source: string, { replay }: { readonly replay?: boolean }) =>
    withSession(command, (session) => deadLetters(session, source, replay === true)),
  );
}

async function deadLetters(session: Session, name: string, isReplay: boolean): Promise<void> {
  const { config, output, root } = session;
  const source = ingestSource(config, name);
  const folder = resolve(root, config.ingest.folder, source.name);
  const { readDeadLetters, noteReplayed } = await import("../../stream/dead-letters.ts");
  const letters = await readDeadLetters(folder);
  if (!isReplay) return output.result(listed(name, letters), { source: name, letters });
  const send = await eventSender(session, name);
  const counts = { taken: 0, dead: 0, refused: 0 };
  for (let from = 0; from < letters.length; from += SENT) {
    const part = letters.slice(from, from + SENT);
    const answer = await send(part.map(({ event }) => event));
    counts.taken += answer.accepted + answer.corrected + answer.duplicate + answer.outdated;
    counts.dead += answer.dead;
    counts.refused += answer.refused;
    const refused = new Set(answer.others.flatMap(({ event, status }) => (status === "refused" ? [event] : [])));
    await noteReplayed(
      folder,
      part.filter((_, i) => !refused.has(i + 1)),
    );
  }
  const told = `${name}: ${thousands(letters.length)} sent again, ${thousands(counts.taken)} taken, ${thousands(counts.dead)} dead still, ${thousands(counts.refused)} refused`;
  output.result(told, { source: name, sent: letters.length, ...counts });
}

function listed(name: string, letters: readonly DeadLetter[]): string {
  if (letters.length === 0) return `${name}: no dead letters`;
  const rows = letters.slice(0, SHOWN).map(({ number, at, code, what }) => [String(number), formatTime(at), code, what]);
  const more = letters.length > SHOWN ? `\n... and ${thousands(letters.length - SHOWN)} more; --json prints all` : "";
  return `${table([["number", "at", "code", "reason"], ...rows])}${more}`;
}
