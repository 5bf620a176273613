// The commands there are. Each is a file; what it runs is imported when it runs, so that --help is instant.
import { Command, Option } from "commander";
import { addApply } from "./commands/apply.ts";
import { addIngest } from "./commands/ingest.ts";
import { addCompact } from "./commands/compact.ts";
import { addDeadLetters } from "./commands/dead-letters.ts";
import { addDev } from "./commands/dev.ts";
import { addDoctor } from "./commands/doctor.ts";
import { addGet } from "./commands/get.ts";
import { addInit } from "./commands/init.ts";
import { addMaterialize } from "./commands/materialize.ts";
import { addPlan } from "./commands/plan.ts";
import { addOpenapi } from "./commands/openapi.ts";
import { addRollback } from "./commands/rollback.ts";
import { addServe } from "./commands/serve.ts";
import { addStream } from "./commands/stream.ts";
import { addTraining } from "./commands/training.ts";
import { addVerify } from "./commands/verify.ts";
import { packageVersion } from "../version.ts";

const EXAMPLES = `
Examples:
  asof init my-store                           write a small project that runs at once
  asof dev                                     take events, answer and refresh, following what you edit
  asof plan                                    what apply would change
  asof apply                                   register the definitions as they are now
  asof training checkout --labels churn --out training
  asof materialize                             refresh every view whose tick is due
  asof stream --port 7601                      take events over HTTP, in a process of its own
  asof compact                                 turn old events into Parquet files
  asof serve --port 7600                       answer requests over HTTP
  asof get checkout user_id=u1                 ask for one row
  asof openapi --out features.json             describe the HTTP interface for programs
  asof verify                                  prove that what was served is what training computes

Exit codes: 0 done, 1 failed or differences found, 2 asked wrongly, 130 interrupted.`;

/** The whole command line. It throws instead of ending the process, and leaves errors to be told by the caller. */
export function createProgram(): Command {
  const program = new Command("asof")
    .description("A feature store: features are written once, trained as of then, served as of now, and proved equal.")
    .option("--config <file>", "the config file; by default the nearest asof.config.ts, here or above")
    .option("--json", "print the result as one line of JSON")
    .option("--progress", "show progress even where stderr is no terminal")
    .addOption(new Option("--no-progress", "show no progress"))
    .option("--debug", "print stack traces")
    .version(packageVersion(), "--version", "print the version")
    .addHelpText("after", EXAMPLES);
  for (const add of [
    addInit,
    addDev,
    addDoctor,
    addPlan,
    addApply,
    addTraining,
    addMaterialize,
    addRollback,
    addServe,
    addStream,
    addIngest,
    addDeadLetters,
    addCompact,
    addGet,
    addOpenapi,
    addVerify,
  ])
    add(program);
  for (const command of [program, ...program.commands]) {
    command
      .exitOverride()
      .configureHelp({ showGlobalOptions: true })
      .configureOutput({ outputError: () => undefined });
  }
  return program;
}
