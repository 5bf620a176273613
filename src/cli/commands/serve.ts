// `asof serve`: answers requests over HTTP until it is told to stop.
import { addListenFlags, listenOptions, requestLog, teller, untilAborted, type ListenFlags } from "../listening.ts";
import { bond, isWorker, release } from "../worker.ts";
import { UsageError } from "../../errors.ts";
import { withSession, type Session } from "../session.ts";
import type { Command } from "commander";

interface Flags extends ListenFlags {
  readonly processes: string;
}

/** Adds the command. */
export function addServe(program: Command): void {
  const command = program.command("serve").description("answer requests over HTTP until Ctrl-C; open requests are finished first");
  addListenFlags(command, "7600");
  command.option("--processes <number>", "so many processes answer on one port; one that dies is started again", "1");
  command.addHelpText(
    "after",
    '\nExamples:\n  asof serve --port 7600\n  curl -d \'{"input": {"user_id": "u1"}}\' localhost:7600/v1/features/checkout\n  asof serve --processes 4 --log',
  );
  command.action((flags: Flags) =>
    withSession(command, (session) => (processCount(flags) > 1 && !isWorker() ? serveByWorkers(session, flags) : serveHere(session, flags))).finally(release),
  );
}

/** Answers in this process, which may be a worker. */
async function serveHere({ output, store, signal }: Session, flags: Flags): Promise<void> {
  const listen = listenOptions(flags);
  const { serve } = await import("../../serve/server.ts");
  const opened = await store();
  const bound = isWorker() ? bond() : null;
  const serving = await serve(opened, { ...listen, log: requestLog(flags), ...(bound === null ? {} : { gather: bound.gather }) });
  const problems = await opened.problems();
  if (bound === null) tellListening({ output, say: teller(flags) }, serving.url, problems, { services: opened.services.map(({ name }) => name) });
  else bound.listening(serving.url, problems);
  await Promise.race([untilAborted(signal), ...(bound === null ? [] : [bound.stopped])]);
  await serving.close();
}

/** Starts workers, and answers for them. */
async function serveByWorkers({ config, output, signal }: Session, flags: Flags): Promise<number> {
  const { Workers } = await import("../workers.ts");
  const { port, host } = listenOptions(flags);
  const say = teller(flags);
  const workers = new Workers(say);
  const processes = processCount(flags);
  const first = await workers.start(processes, port, host);
  if (typeof first === "number") return first;
  tellListening({ output, say }, first.url, first.problems, { services: config.services.map(({ name }) => name), processes });
  await untilAborted(signal);
  await workers.stop();
  return 0;
}

function tellListening(
  { output, say }: Pick<Session, "output"> & { readonly say: (text: string) => void },
  url: string,
  problems: readonly string[],
  more: Readonly<Record<string, unknown>>,
): void {
  for (const problem of problems) say(`not ready: ${problem}`);
  output.result(`listening on ${url}`, { url, ...more });
}

const MOST_PROCESSES = 256;

function processCount({ processes }: Flags): number {
  if (/^\d{1,3}$/.test(processes) && Number(processes) >= 1 && Number(processes) <= MOST_PROCESSES) return Number(processes);
  throw new UsageError({
    code: "USAGE_BAD_PROCESSES",
    what: `'${processes}' is no number of processes`,
    where: "--processes",
    cure: `Give a number from 1 to ${MOST_PROCESSES}, such as that of the machine's cores`,
  });
}
