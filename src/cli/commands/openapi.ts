// `asof openapi`: what a server takes and gives, as an OpenAPI 3.1 document.
import { planService } from "../../plan/service-plan.ts";
import { resolve } from "node:path";
import { withSession } from "../session.ts";
import { writeFile } from "node:fs/promises";
import type { Command } from "commander";
import type { Config } from "../../define/config.ts";
import type { OpenApi } from "../../serve/openapi.ts";

interface Flags {
  readonly ingest?: boolean;
  readonly out?: string;
}

/** Adds the command. */
export function addOpenapi(program: Command): void {
  const command = program
    .command("openapi")
    .description("write the OpenAPI 3.1 document of asof serve, as GET /openapi.json gives it")
    .option("--ingest", "that of asof stream")
    .option("--out <file>", "write it to a file");
  command.addHelpText("after", "\nExamples:\n  asof openapi --out features.json\n  asof openapi --ingest --out events.json");
  command.action(({ ingest = false, out }: Flags) =>
    withSession(command, async ({ config, output }) => {
      const document = await documentOf(config, ingest);
      const text = `${JSON.stringify(document, null, 2)}\n`;
      if (out === undefined) return output.result(text, document);
      await writeFile(resolve(out), text);
      output.result(`${out}: ${Object.keys(document.paths).length} paths`, { out, paths: Object.keys(document.paths) });
    }),
  );
}

async function documentOf(config: Config, ingest: boolean): Promise<OpenApi> {
  const services = config.services.map(planService);
  if (!ingest) return (await import("../../serve/feature-openapi.ts")).featureOpenApi(services, config.limits);
  const [{ ingestOpenApi }, { ingestSources }] = await Promise.all([import("../../serve/ingest-openapi.ts"), import("../../stream/stream.ts")]);
  return ingestOpenApi(ingestSources(services.flatMap(({ views }) => views.map(({ view }) => view))));
}
