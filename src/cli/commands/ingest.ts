// `asof ingest <source> <file>`: sends the rows of a file as events.
import { createReadStream, existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { extname, resolve } from "node:path";
import { csv, parquet } from "../../define/source.ts";
import { IngestError, UsageError } from "../../errors.ts";
import { eventSender } from "../event-sender.ts";
import { ingestSource } from "../ingest-source.ts";
import { thousands } from "../output.ts";
import { withSession, type Session } from "../session.ts";
import type { BatchSource, Source } from "../../define/source.ts";
import type { Command } from "commander";
import type { IngestAnswer } from "../../serve/ingest-server.ts";

/** Events of one sending. */
const SENT = 1000;
/** Events that were not taken, of which so many are shown. */
const SHOWN = 10;

/** Adds the command. */
export function addIngest(program: Command): void {
  const command = program
    .command("ingest")
    .description("send the rows of a file as events: to asof stream where it runs, else into the log by itself")
    .argument("<source>", "a source with stream: ingest()")
    .argument("<file>", "a .ndjson, .jsonl, .csv or .parquet file");
  command.addHelpText("after", "\nExample:\n  asof ingest purchases new-purchases.ndjson");
  command.action((source: string, file: string) => withSession(command, (session) => ingest(session, source, file)));
}

type Counts = Record<Exclude<keyof IngestAnswer, "others" | "available">, number>;

async function ingest(session: Session, name: string, file: string): Promise<number> {
  const { output, progress } = session;
  const source = ingestSource(session.config, name);
  const path = resolve(file);
  if (!existsSync(path)) throw new UsageError({ code: "USAGE_NO_FILE", what: `there is no file ${file}`, where: "ingest", cure: "Name a file with events" });
  const send = await eventSender(session, name);
  const counts: Counts = { accepted: 0, corrected: 0, duplicate: 0, outdated: 0, dead: 0, refused: 0 };
  const others: string[] = [];
  let sent = 0;
  for await (const { events, total } of pagesOf(session, source, path)) {
    for (let from = 0; from < events.length; from += SENT) {
      session.signal.throwIfAborted();
      const answer = await send(events.slice(from, from + SENT));
      for (const status of Object.keys(counts) as (keyof Counts)[]) counts[status] += answer[status];
      for (const { event, status, code, message } of answer.others)
        if (others.length < SHOWN && message !== undefined) others.push(`  row ${sent + event}: ${status}, ${message} (${code ?? status})`);
      sent += Math.min(SENT, events.length - from);
      progress.show({ what: `source ${name}`, unit: "events", done: sent, total });
    }
  }
  progress.end();
  const told = (Object.keys(counts) as (keyof Counts)[]).filter((status) => counts[status] > 0 || status === "accepted");
  output.result([`${name}: ${told.map((status) => `${thousands(counts[status])} ${status}`).join(", ")}`, ...others].join("\n"), {
    source: name,
    sent,
    ...counts,
  });
  return counts.refused > 0 ? 1 : 0;
}

interface Page {
  readonly events: readonly unknown[];
  readonly total: number | null;
}

async function* pagesOf(session: Session, source: Source<unknown>, path: string): AsyncGenerator<Page> {
  const kind = extname(path).toLowerCase();
  if (kind === ".ndjson" || kind === ".jsonl") return yield* linesOf(path);
  const batch: BatchSource | null = kind === ".csv" ? csv(path) : kind === ".parquet" ? parquet(path) : null;
  if (batch === null) {
    throw new UsageError({
      code: "USAGE_UNKNOWN_FORMAT",
      what: `it is not known what ${kind === "" ? "a file without an ending" : kind} holds`,
      where: path,
      cure: "Give a .ndjson, .jsonl, .csv or .parquet file",
    });
  }
  const [{ Offline }, { batchEvents }] = await Promise.all([import("../../offline/offline.ts"), import("../../offline/batch-events.ts")]);
  const offline = await Offline.open(session.root, session.config);
  try {
    yield* batchEvents(offline, batch, source);
  } finally {
    await offline.close();
  }
}

async function* linesOf(path: string): AsyncGenerator<Page> {
  let events: unknown[] = [];
  let number = 0;
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Infinity })) {
    number++;
    if (line.trim() !== "") events.push(parse(line, path, number));
    if (events.length < SENT) continue;
    yield { events, total: null };
    events = [];
  }
  if (events.length > 0) yield { events, total: null };
}

function parse(line: string, path: string, number: number): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch (error) {
    throw new IngestError(
      {
        code: "INGEST_NOT_JSON",
        what: `it is no JSON: ${(error as Error).message}`,
        where: `${path}, line ${number}`,
        cure: "Mend the line. What came before it was sent",
      },
      { cause: error },
    );
  }
}
