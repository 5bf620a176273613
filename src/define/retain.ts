// How long events must be kept, so that no window over their log misses any.
import { DefinitionError } from "../errors.ts";
import { formatDuration, type Micros } from "../time.ts";
import { isOutcome } from "./outcome.ts";
import type { Labels } from "./labels.ts";
import type { ServiceDefinition } from "./feature-service.ts";
import type { Source } from "./source.ts";
import type { ViewDefinition } from "./feature-view.ts";
import type { Window } from "./window.ts";

/** How far back before T windows reach, in microseconds; infinite of a lifetime, and of a session, which may go on for ever. */
export function reachOf(windows: readonly Window[]): Micros {
  return Math.max(...windows.map(({ length, offset }) => length + offset));
}

/** Refuses a `retain` that is shorter than what is read of a log. Throws a `DefinitionError`. */
export function refuseShortRetain(retain: Micros | null, services: readonly ServiceDefinition[], labels: readonly Labels<unknown>[]): void {
  if (retain === null) return;
  for (const definition of services.flatMap(({ views }) => views.map((view) => view.definition))) refuseShort(definition, retain, `view ${definition.name}`);
  for (const label of labels) if (isOutcome(label)) refuseShort(label.definition, retain, `outcome ${label.name}`);
}

function refuseShort({ source, refresh, features }: ViewDefinition, retain: Micros, where: string): void {
  const attributes = source.enrichments.find(({ of }) => readsLog(of, false));
  if (attributes !== undefined) throw needsAll(`attributes of source ${attributes.of.name} are those of its last row, however old`, where);
  if (!readsLog(source, refresh.kind === "streaming")) return;
  const reach = reachOf(features.map(({ window }) => window));
  if (reach === Infinity) throw needsAll(`a lifetime, and a session, may reach back to the first event of source ${source.name}`, where);
  const schedule = refresh.kind === "every" ? refresh.tick + refresh.delay : 0;
  const needed = reach + (source.late ?? 0) + source.ahead + schedule;
  if (retain >= needed) return;
  throw new DefinitionError({
    code: "CONFIG_RETAIN_TOO_SHORT",
    what: `ingest.retain is ${formatDuration(retain)}, but events of source ${source.name} are needed for ${formatDuration(needed)}: the longest window, late, ahead and the schedule`,
    where,
    cure: "Make retain longer, or the window shorter",
  });
}

function readsLog({ stream, batch }: Source<unknown>, streamed: boolean): boolean {
  return stream?.kind === "ingest" && (streamed || batch === null);
}

function needsAll(what: string, where: string): DefinitionError {
  return new DefinitionError({
    code: "CONFIG_RETAIN_ALL_NEEDED",
    what: `ingest.retain is given, but ${what}`,
    where,
    cure: 'Leave retain out, or write .over("365d")',
  });
}
