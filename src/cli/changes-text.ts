// The diff between definitions and registry as people read it, and as JSON.
import { formatTime } from "../time.ts";
import { isChanged } from "../plan/registry-diff.ts";
import { thousands } from "./output.ts";
import type { Changes, PlannedChange } from "../apply/apply.ts";

/** The diff as text: a view or source a line, and below what it has computed again. */
export function changesText({ views, sources }: Changes): string {
  const told = sources.filter(({ change }) => change === "changed");
  return [...views.flatMap(viewLines), ...told.map(({ source, what }) => `~ source ${source}  ${what.join("; ")}`)].join("\n");
}

/** The diff as JSON, its moments as text. */
export function changesJson(changes: Changes): unknown {
  const { revision, views, sources } = changes;
  const told = views.map(({ recompute, ...view }) => {
    if (recompute?.kind !== "every") return { ...view, recompute };
    const { kind, next, since, ticks } = recompute;
    return { ...view, recompute: { kind, next: formatTime(next), since: since === null ? null : formatTime(since), ticks } };
  });
  return { changed: isChanged(changes), revision, changes: told, sources };
}

function viewLines(change: PlannedChange): string[] {
  const { view, version, before, what } = change;
  if (change.change === "same") return [`  ${view}  ${version}  as it was`];
  if (change.change === "gone") return [`- ${view}  ${before ?? ""}  no service uses it any more; what it published stays`];
  if (change.change === "new") return [`+ ${view}  ${version}  new`, ...recomputeLines(change)];
  const meanwhile = `    until then version ${before ?? ""} stays as it is, and processes of the code before go on to serve it`;
  return [`~ ${view}  ${before ?? ""} -> ${version}  ${what.join("; ")}`, ...recomputeLines(change), meanwhile];
}

function recomputeLines({ view, recompute }: PlannedChange): string[] {
  if (recompute === null) return [];
  if (recompute.kind === "every") {
    const { next, since, ticks } = recompute;
    const backfill = since === null ? "" : `; a backfill from ${formatTime(since)} on covers ${thousands(ticks)} ${ticks === 1 ? "tick" : "ticks"}`;
    return [`    its values come with the next: asof materialize ${view}, which computes ${formatTime(next)}${backfill}`];
  }
  const { logBytes } = recompute;
  return [`    its states are built from the log${logBytes === null ? "" : ` (${thousands(logBytes)} bytes)`} by the next: asof stream`];
}
