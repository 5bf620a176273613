// `asof training <service>`: builds a training set, one row per label.
import { didYouMean, UsageError } from "../../errors.ts";
import { formatDuration, SECOND } from "../../time.ts";
import { relative, resolve } from "node:path";
import { table, thousands } from "../output.ts";
import { withSession, type Session } from "../session.ts";
import type { Command } from "commander";
import type { Config } from "../../define/config.ts";
import type { Labels } from "../../define/labels.ts";
import type { Refresh } from "../../define/refresh.ts";
import type { SplitOptions } from "../../define/split.ts";
import type { TrainingManifest } from "../../offline/training-set.ts";

interface Options {
  readonly labels: string;
  readonly out: string;
  readonly availability: string;
  readonly cut?: string;
  readonly splitValidation?: string;
  readonly splitTest?: string;
}

/** Adds the command. */
export function addTraining(program: Command): void {
  const command = program
    .command("training")
    .description("build a training set: one row per label, with the features as they were known at its time")
    .argument("<service>", "the service whose features are wanted")
    .requiredOption("--labels <name>", "the labels, as the config names them")
    .requiredOption("--out <folder>", "a new folder, or that of an older training set, which is replaced")
    .option("--availability <clock>", "recorded: only rows that had arrived; instant: as if rows arrived at once, which leaks", "recorded")
    .option("--cut <time>", "for an outcome: what its labels know is what was available before it; now by default")
    .option("--split-test <time>", "adds a column with each row's part: test from this time on, train before it, nothing in the embargo")
    .option("--split-validation <time>", "the same, with a part for validation from this time until the test");
  command.addHelpText("after", "\nExample:\n  asof training checkout --labels churn --out training/churn");
  command.action((service: string, options: Options) => withSession(command, (session) => training(session, service, options)));
}

async function training({ config, output, progress, signal, store }: Session, name: string, options: Options): Promise<void> {
  const { availability, cut } = options;
  if (availability !== "recorded" && availability !== "instant") {
    throw new UsageError({
      code: "USAGE_BAD_AVAILABILITY",
      what: `there is no availability '${availability}'`,
      where: "--availability",
      cure: didYouMean(availability, ["recorded", "instant"]),
    });
  }
  const split = splitOf(options);
  const opened = await store();
  const plan = opened.plan(name);
  const set = await opened.build(plan, labelsNamed(config, options.labels), {
    out: resolve(options.out),
    availability,
    ...(cut === undefined ? {} : { cut }),
    split,
    signal,
    onProgress: ({ phase, done, total }) => progress.show({ what: phase, done, total: total === 0 ? null : total }),
  });
  progress.end();
  output.result(report(set.manifest, relative(process.cwd(), set.path)), { path: set.path, ...set.manifest });
}

function splitOf({ splitTest: test, splitValidation: validation }: Options): SplitOptions | undefined {
  if (test !== undefined) return validation === undefined ? { test } : { validation, test };
  if (validation === undefined) return undefined;
  throw new UsageError({
    code: "USAGE_NO_TEST",
    what: "--split-validation is given without --split-test",
    cure: "Say where the test begins: --split-test 2026-06-01",
  });
}

function labelsNamed(config: Config, name: string): Labels<unknown> {
  const found = config.labels.find((labels) => labels.name === name);
  if (found !== undefined) return found;
  throw new UsageError({
    code: "USAGE_UNKNOWN_LABELS",
    what: `there are no labels '${name}' in the config`,
    where: "--labels",
    cure: didYouMean(
      name,
      config.labels.map((labels) => labels.name),
    ),
  });
}

function report(manifest: TrainingManifest, path: string): string {
  const { rows, columns, durationMicros, views, sources } = manifest;
  const speed = durationMicros > SECOND ? `, ${thousands(Math.round((rows * 1e6) / durationMicros))} rows/s` : "";
  const refusals = sources.flatMap(({ source, refused, withoutKey, lost }) =>
    [...refused, ...withoutKey, ...lost].map((one) => `note: source ${source}: ${thousands(one.rows)} rows: ${one.reason}; first at ${one.first}`),
  );
  return [
    `${path}: ${thousands(rows)} rows, ${columns.length} columns, in ${formatDuration(durationMicros) || "no time"}${speed}`,
    table([["view", "version", "refreshes"], ...views.map(({ name, version, refresh, moves }) => [name, version, refreshes(refresh, moves)])], "  "),
    ...labelNotes(manifest),
    ...(manifest.availability === "instant" ? ["note: availability is ignored: this set may know what serving could not"] : []),
    ...refusals,
  ].join("\n");
}

/** What is to be said of an outcome's labels and of a split. */
function labelNotes({ labels: { outcome }, split }: TrainingManifest): string[] {
  const known = outcome === null ? [] : [`labels as known at ${outcome.cut}; ${thousands(outcome.immature)} not mature yet, left out`];
  if (split === null) return known;
  const { train, validation, test, embargo } = split.rows;
  const parts = [`train ${thousands(train)}`, ...(split.validation === null ? [] : [`validation ${thousands(validation)}`]), `test ${thousands(test)}`];
  return [...known, `${parts.join(", ")} rows; ${thousands(embargo)} in the embargo of ${formatDuration(split.embargoMicros) || "no time"}`];
}

/** Which refreshes a view's values were taken from. */
function refreshes(refresh: unknown, moves: number): string {
  if ((refresh as Refresh).kind === "streaming") return "streaming: as of each label";
  return moves === 0 ? "as if all were on time: none is on record" : `${thousands(moves)} on record`;
}
