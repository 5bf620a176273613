// The diff between the definitions of the code and what is applied.
import { appliedVersion, registeredSources, type Registered } from "./registered.ts";
import { changesBetween, describeView, partsRemoved } from "./view-description.ts";
import { sourceChange, type SourceChange } from "./source-change.ts";
import type { ViewPlan } from "./view-plan.ts";

/** What became of one view. */
export interface ViewChange {
  readonly view: string;
  readonly change: "new" | "changed" | "same" | "gone";
  /** The version of the code; of a view that is gone, the registered one. */
  readonly version: string;
  /** The version that was registered; null for a new view. */
  readonly before: string | null;
  /** What is other than it was, a sentence each. */
  readonly what: readonly string[];
}

/** The diff: views as the code has them, then those that are gone; then sources. */
export interface RegistryDiff<C extends ViewChange = ViewChange> {
  /** The revision of the registry that it was made against. */
  readonly revision: number;
  readonly views: readonly C[];
  readonly sources: readonly SourceChange[];
}

/** Compares what is applied with the code's views. */
export function registryDiff(registered: Registered, plans: readonly ViewPlan[]): RegistryDiff {
  const names = new Set(plans.map(({ name }) => name));
  const gone = Object.values(registered.views).filter(({ name }) => !names.has(name) && appliedVersion(registered, name) !== null);
  const sources = registeredSources(plans).map((source) =>
    sourceChange(Object.hasOwn(registered.sources, source.name) ? registered.sources[source.name] : undefined, source),
  );
  const lost = gone.map(({ name, version }): ViewChange => ({ view: name, change: "gone", version, before: version, what: [] }));
  return { revision: registered.revision, views: [...plans.map((plan) => viewChange(registered, plan)), ...lost], sources };
}

/** Whether a diff says that anything is other than it was. */
export function isChanged({ views, sources }: RegistryDiff): boolean {
  return [...views, ...sources].some(({ change }) => change !== "same");
}

/** What would be gone: views, features of views, and columns of sources, a sentence each. */
export function destroyed(registered: Registered, plans: readonly ViewPlan[]): string[] {
  const { views, sources } = registryDiff(registered, plans);
  const features = plans.flatMap((plan) => {
    const before = appliedVersion(registered, plan.name) === null ? undefined : registered.views[plan.name];
    const removed = before === undefined ? [] : partsRemoved(before.description, describeView(plan));
    return removed.filter((part) => part.startsWith("feature ")).map((part) => `view ${plan.name}, ${part}`);
  });
  const columns = sources.flatMap(({ source, what }) => what.filter((text) => /^column .* removed$/s.test(text)).map((text) => `source ${source}, ${text}`));
  return [...views.filter(({ change }) => change === "gone").map(({ view }) => `view ${view}`), ...features, ...columns];
}

function viewChange(registered: Registered, plan: ViewPlan): ViewChange {
  const { name: view, version } = plan;
  const before = appliedVersion(registered, view);
  if (before === null) return { view, change: "new", version, before, what: [] };
  if (before === version) return { view, change: "same", version, before, what: [] };
  return { view, change: "changed", version, before, what: changesBetween(registered.views[view]?.description ?? {}, describeView(plan)) };
}
