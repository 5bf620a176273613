// `asof materialize [view...]`: computes due refreshes from the sources and publishes them.
import { formatTime, parseTime, type Micros } from "../../time.ts";
import { table, thousands } from "../output.ts";
import { UsageError } from "../../errors.ts";
import { withSession, type Session } from "../session.ts";
import type { Command } from "commander";
import type { Materialized, Mode } from "../../materialize/materialize.ts";

interface Options {
  readonly at?: string;
  readonly catchUp?: boolean;
  readonly backfill?: boolean;
  readonly from?: string;
  readonly to?: string;
  readonly watch?: boolean;
}

/** Adds the command. */
export function addMaterialize(program: Command): void {
  const command = program
    .command("materialize")
    .description("compute the newest due tick of views from their sources, and publish it")
    .argument("[view...]", "the views; by default all")
    .option("--at <tick>", "this tick, computed again even if it is online")
    .option("--catch-up", "every due tick since the one online, in order")
    .option("--backfill", "record every tick between --from and --to, without replacing a newer one online")
    .option("--from <time>", "with --backfill: the first tick at or after it")
    .option("--to <time>", "with --backfill: the last tick at or before it")
    .option("--watch", "keep going until Ctrl-C: refresh each view when its tick and its delay have passed");
  command.addHelpText(
    "after",
    "\nExamples:\n  asof materialize\n  asof materialize spending --at 2026-06-01T02:00:00Z\n  asof materialize spending --catch-up\n  asof materialize spending --backfill --from 2026-05-01 --to 2026-06-01\n  asof materialize --watch",
  );
  command.action((views: readonly string[], options: Options) =>
    withSession(command, (session) => (options.watch === true ? watch(session, views, options) : materialize(session, views, options))),
  );
}

async function materialize({ output, progress, signal, store }: Session, views: readonly string[], options: Options): Promise<void> {
  const mode = modeOf(options);
  progress.show({ what: "first tick", unit: "ticks", done: 0, total: null });
  const done = await (
    await store()
  ).materialize({
    ...(views.length === 0 ? {} : { views: [...new Set(views)] }),
    mode,
    signal,
    onProgress: ({ view, tick, done: ticks, ticks: total }) =>
      progress.show({ what: `view ${view}, tick ${formatTime(tick)}`, unit: "ticks", done: ticks, total }),
  });
  progress.end();
  const told = done.map(tell);
  output.result(runTable(told), { views: told });
}

/** Refreshes what is due, again and again, and tells of each round. */
async function watch(session: Session, views: readonly string[], { watch: _, ...others }: Options): Promise<void> {
  const [other] = [...views, ...Object.keys(others).map((name) => `--${name}`)];
  if (other !== undefined)
    throw new UsageError({ code: "USAGE_CONFLICT", what: `--watch and ${other} exclude each other`, where: "materialize", cure: "Give --watch alone" });
  const { keepRefreshing } = await import("../refresh-loop.ts");
  await keepRefreshing(session, ({ done, next }) => {
    const told = done.map(tell);
    const then = next === null ? "no view is on a schedule" : `next: ${formatTime(next)}`;
    session.output.result(told.length === 0 ? then : `${runTable(told)}\n${then}`, { views: told, next: next === null ? null : formatTime(next) });
  });
}

function runTable(told: readonly ToldView[]): string {
  const rows = told.flatMap(({ view, runs }) =>
    runs.length === 0
      ? [[view, "-", "nothing is due", "", "", ""]]
      : runs.map((run) => [view, run.tick, run.kind, thousands(run.entities), thousands(run.written), thousands(run.removed)]),
  );
  return table([["view", "tick", "outcome", "entities", "written", "removed"], ...rows]);
}

function modeOf({ at, catchUp, backfill, from, to }: Options): Mode {
  const chosen = [at !== undefined && "--at", catchUp === true && "--catch-up", backfill === true && "--backfill"].filter((flag) => flag !== false);
  if (chosen.length > 1)
    throw new UsageError({ code: "USAGE_CONFLICT", what: `${chosen.join(" and ")} exclude each other`, where: "materialize", cure: "Give one of them" });
  if (backfill === true) {
    if (from !== undefined && to !== undefined) return backfillOf(parseTime(from), parseTime(to));
    throw new UsageError({
      code: "USAGE_NO_RANGE",
      what: "--backfill has no range",
      where: "materialize",
      cure: "Add --from and --to, such as --from 2026-05-01 --to 2026-06-01",
    });
  }
  if (from !== undefined || to !== undefined)
    throw new UsageError({
      code: "USAGE_CONFLICT",
      what: "--from and --to belong to --backfill",
      where: "materialize",
      cure: "Add --backfill, or leave them out",
    });
  if (at !== undefined) return { kind: "tick", tick: parseTime(at) };
  return catchUp === true ? { kind: "catch-up" } : { kind: "now" };
}

function backfillOf(from: Micros, to: Micros): Mode {
  if (from <= to) return { kind: "backfill", from, to };
  throw new UsageError({
    code: "USAGE_NO_RANGE",
    what: `--from ${formatTime(from)} is after --to ${formatTime(to)}`,
    where: "materialize",
    cure: "Exchange them",
  });
}

interface ToldRun {
  readonly tick: string;
  readonly kind: "published" | "recorded";
  readonly run: number | null;
  readonly from: string | null;
  readonly entities: number;
  readonly written: number;
  readonly removed: number;
}

interface ToldView {
  readonly view: string;
  readonly version: string;
  readonly runs: readonly ToldRun[];
}

function tell({ view, version, published, backfilled }: Materialized): ToldView {
  const recorded = backfilled.map(({ tick, entities }): ToldRun => ({
    tick: formatTime(tick),
    kind: "recorded",
    run: null,
    from: null,
    entities,
    written: 0,
    removed: 0,
  }));
  const online = published.map(({ run, move }): ToldRun => ({
    tick: formatTime(run.tick),
    kind: "published",
    run: run.run,
    from: formatTime(move.from),
    entities: run.entities,
    written: run.written,
    removed: run.removed,
  }));
  return { view, version, runs: [...recorded, ...online] };
}
