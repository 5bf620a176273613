// How fresh the views of a store are: the run or the states that requests are answered with now.
import { formatDuration, SECOND, type Micros } from "../time.ts";
import type { Absorbed } from "./state-store.ts";
import type { Move, Run } from "../plan/record.ts";
import type { OnlineStore } from "./store.ts";
import type { ViewPlan } from "../plan/view-plan.ts";

/** How fresh a view is: by its run if it is refreshed on a schedule, by its states if it streams; null where there is neither. */
export type Freshness =
  | { readonly view: string; readonly kind: "every"; readonly move: Move | null; readonly run: Run | null }
  | { readonly view: string; readonly kind: "streaming"; readonly absorbed: Absorbed | null };

/** States that lag by more are told; an idle stream says four times a second that there is nothing new. */
const BEHIND: Micros = 10 * SECOND;

/** Reads how fresh views are. The list of runs is read only where the newest move is another than before. */
export function freshnessReader(store: OnlineStore, views: readonly ViewPlan[]): () => Promise<readonly Freshness[]> {
  const known = new Map<string, { readonly move: Move; readonly run: Run | null }>();
  const ofView = async (plan: ViewPlan): Promise<Freshness> => {
    const view = plan.name;
    if (plan.refresh.kind === "streaming") return { view, kind: "streaming", absorbed: await store.states.absorbed(plan) };
    const move = await store.newestMove(plan);
    if (move === null) return { view, kind: "every", move, run: null };
    const before = known.get(view);
    if (before?.move.run === move.run && before.move.from === move.from) return { view, kind: "every", ...before };
    const found = { move, run: (await store.runs(plan)).find(({ run }) => run === move.run) ?? null };
    known.set(view, found);
    return { view, kind: "every", ...found };
  };
  return () => Promise.all(views.map(ofView));
}

/** What is wrong with the states of a streaming view, as a sentence; null where nothing is. `isTaken`: whether a process takes events now. */
export async function stateProblem(
  { name, refresh }: ViewPlan,
  absorbed: Absorbed | null,
  now: Micros,
  isTaken: () => Promise<boolean>,
): Promise<string | null> {
  if (absorbed === null) return `view ${name} has no live states: run asof stream`;
  if (absorbed.building === true) return `view ${name} has no live states yet: asof stream builds them`;
  const behind = now - absorbed.upTo;
  if (behind <= BEHIND + refresh.delay) return null;
  const why = (await isTaken()) ? "asof stream runs, and is catching up if it has this version of it" : "asof stream does not run";
  return `view ${name} is ${formatDuration(behind)} behind its events: ${why}`;
}
