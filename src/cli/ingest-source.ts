// A source of the config by name, as commands about events are asked for one.
import { didYouMean, UsageError } from "../errors.ts";
import type { Config } from "../define/config.ts";
import type { Source } from "../define/source.ts";

/** The source with `stream: ingest()` that has a name. Throws a `UsageError`. */
export function ingestSource({ services }: Config, name: string): Source<unknown> {
  const sources = services.flatMap(({ views }) => views.map(({ definition }) => definition.source)).filter(({ stream }) => stream?.kind === "ingest");
  const source = sources.find((one) => one.name === name);
  if (source !== undefined) return source;
  const cure = didYouMean(name, new Set(sources.map((one) => one.name)));
  throw new UsageError({ code: "INGEST_UNKNOWN_SOURCE", what: `no source '${name}' takes events`, cure });
}
