// Tells how far views are whose states are built while events are taken: a line for each every few seconds, until all are.
import { thousands } from "./output.ts";
import type { BuildState, SourceState, Stream } from "../stream/stream.ts";

/** A view that is built, and what it has to absorb. */
export type Build = BuildState & Pick<SourceState, "source" | "history" | "end">;

/** What is told: as a sentence, and as a line of JSON. */
export type TellBuild = (text: string, line: { readonly building: Build } | { readonly built: string }) => void;

/** How often, in milliseconds. */
const EVERY = 3000;

/** How far a view is, as a sentence. */
export function buildText({ view, rows, history, absorbed, end, answers }: Build): string {
  const inHistory = rows !== null && history !== null && rows < history;
  const done = inHistory
    ? `${thousands(rows)} of ${thousands(history)} rows of history`
    : `${history === null ? "" : `${thousands(history)} rows of history, `}${thousands(absorbed)} of ${thousands(end)} log bytes`;
  return answers ? `view ${view} catches up: ${done}` : `view ${view} is being built: ${done}`;
}

/** Begins to tell; gives what ends it. */
export function tellBuilds(stream: Pick<Stream, "state">, tell: TellBuild): () => void {
  let before: readonly string[] = [];
  const look = (): void => {
    const builds = stream.state().flatMap(({ source, history, end, building }) => building.map((view): Build => ({ source, history, end, ...view })));
    const views = builds.map(({ view }) => view);
    for (const view of before) if (!views.includes(view)) tell(`view ${view} is up to date`, { built: view });
    for (const building of builds) tell(buildText(building), { building });
    before = views;
  };
  look();
  const timer = setInterval(look, EVERY);
  return () => clearInterval(timer);
}
