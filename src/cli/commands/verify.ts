// `asof verify`: recomputes what was served from the source files, and compares it byte for byte.
import { formatDuration } from "../../time.ts";
import { shortenedPair, table, thousands } from "../output.ts";
import { UsageError } from "../../errors.ts";
import { withSession, type Session } from "../session.ts";
import type { Command } from "commander";
import type { Verification, ViewVerification } from "../../monitor/verify.ts";

/** Adds the command. */
export function addVerify(program: Command): void {
  const command = program
    .command("verify")
    .description("recompute what was served from the source files, and compare it byte for byte")
    .option("--log <folder>", "the serving log; by default the config's")
    .option("--rows <number>", "how many differing values to show", "10");
  command.addHelpText("after", "\nExamples:\n  asof verify\n  asof verify --json     exits with 1 if anything differs");
  command.action((options: { readonly log?: string; readonly rows: string }) => withSession(command, (session) => verify(session, options)));
}

async function verify({ config, root, output, progress, signal }: Session, options: { readonly log?: string; readonly rows: string }): Promise<number> {
  if (!/^\d{1,6}$/.test(options.rows))
    throw new UsageError({
      code: "USAGE_BAD_NUMBER",
      what: `'${options.rows}' is no whole number`,
      where: "--rows",
      cure: "Give how many differing values to show, such as 10",
    });
  const folder = options.log ?? config.servingLog?.folder;
  if (folder === undefined)
    throw new UsageError({
      code: "USAGE_NO_LOG",
      what: "the config has no serving log",
      where: "verify",
      cure: 'Set servingLog: "logs/serving" in the config and serve, or name a folder with --log',
    });
  const { verifyLog } = await import("../../monitor/verify.ts");
  const found = await verifyLog(config, { root, log: folder, examples: Number(options.rows), onProgress: (step) => progress.show(step), signal });
  progress.end();
  output.result(report(found), found);
  return found.different === 0 && found.missing === 0 && found.compared > 0 ? 0 : 1;
}

function report(found: Verification): string {
  const share = found.compared === 0 ? "0" : ((100 * found.notNull) / found.compared).toFixed(1);
  const lines = [
    `${thousands(found.requests)} ${found.requests === 1 ? "request" : "requests"}, ${thousands(found.compared)} values compared (${share}% not null): ${found.different === 0 ? "all equal" : `${thousands(found.different)} DIFFERENT`}`,
    table(
      [
        ["view", "compared", "not null", "different", "", "T - as of: p50", "p99", "max", "rows since, of requests"],
        ...found.views.map(viewRow),
        ...found.derived.map(derivedRow),
      ],
      "  ",
    ),
    ...found.notes.map((note) => `note: ${note}`),
    ...found.examples.map(exampleText),
  ];
  if (found.compared === 0) lines.push("nothing was compared: this proves nothing");
  return lines.join("\n");
}

function exampleText(example: Verification["examples"][number]): string {
  const [logged, recomputed] = shortenedPair(JSON.stringify(example.logged), JSON.stringify(example.recomputed));
  return `different: request ${example.request}, T ${example.at}, ${example.feature} ${example.part}: logged ${logged}, recomputed ${recomputed}\n  ${example.key}, as of ${example.asOf ?? "no run"}; ${example.why}`;
}

function viewRow(view: ViewVerification): readonly string[] {
  const { lag } = view;
  const behind = lag.requests === 0 ? "-" : `${((100 * lag.requestsBehind) / lag.requests).toFixed(1)}%`;
  return [
    view.view,
    thousands(view.compared),
    thousands(view.notNull),
    thousands(view.different),
    view.skipped === 0 ? "" : `${thousands(view.skipped)} of another version`,
    age(lag.p50),
    age(lag.p99),
    age(lag.max),
    `${thousands(lag.rowsBehind)} (${behind})`,
  ];
}

function derivedRow({ service, compared, notNull, different, skipped }: Verification["derived"][number]): readonly string[] {
  const counts = [compared, notNull, different].map(thousands);
  return [`${service}, derived`, ...counts, skipped === 0 ? "" : `${thousands(skipped)} of another version`, "-", "-", "-", "-"];
}

function age(micros: number | null): string {
  return micros === null ? "-" : formatDuration(micros);
}
