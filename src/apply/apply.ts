// Definitions against the registry: what applying them would change, and applying them by compare-and-set.
import { afterApply, NOTHING_APPLIED, type Registered } from "../plan/registered.ts";
import { destroyed, isChanged, registryDiff, type RegistryDiff, type ViewChange } from "../plan/registry-diff.ts";
import { recomputeOf, type Known, type LogBytes, type Recompute } from "./recompute.ts";
import { StoreError } from "../errors.ts";
import type { Clock } from "../time.ts";
import type { OnlineStore } from "../online/store.ts";
import type { SourceChange } from "../plan/source-change.ts";
import type { ViewPlan } from "../plan/view-plan.ts";

/** What became of one view, and what that has computed again. */
export interface PlannedChange extends ViewChange {
  readonly recompute: Recompute | null;
}

/** What applying definitions changes. */
export type Changes = RegistryDiff<PlannedChange>;

/** How definitions are applied. */
export interface ApplyOptions {
  /** Refuses with `REGISTRY_PREVENTED` where a view, a feature or a column of a source would be gone. */
  readonly preventDestroy?: boolean;
}

/** The registry was changed by another between reading and writing it. Nothing was written. */
export class RegistryMovedError extends StoreError {
  /** The definitions against what is applied now. */
  readonly changes: Changes;

  constructor(changes: Changes) {
    const told = changes.views.filter(({ change }) => change !== "same").map(({ view, change }) => `view ${view} ${change}`);
    super({
      code: "REGISTRY_MOVED",
      what: `another apply came first: against what is applied now, ${told.length === 0 ? "no view is other" : told.join(", ")}`,
      where: `revision ${changes.revision}`,
      cure: "Look at asof plan, and apply again if that is what you want. Nothing was written",
    });
    this.changes = changes;
  }
}

/** Where definitions are applied. */
export interface Site {
  readonly clock: Clock;
  readonly logBytes: LogBytes;
  /** Whether there is a store yet: a look must not make one. */
  exists(): boolean;
  store(): Promise<OnlineStore>;
}

/** The definitions of a program, and where they are applied. */
export class Definitions {
  readonly #plans: readonly ViewPlan[];
  readonly #site: Site;

  constructor(plans: readonly ViewPlan[], site: Site) {
    this.#plans = plans;
    this.#site = site;
  }

  /** What applying them would change. */
  async changes(): Promise<Changes> {
    return this.#changesFrom(await this.#registered());
  }

  /** Applies them, all or none, and says what that changed. Throws a `StoreError`. */
  async apply({ preventDestroy = false }: ApplyOptions = {}): Promise<Changes> {
    const registered = await this.#registered();
    const changes = await this.#changesFrom(registered);
    if (!isChanged(changes)) return changes;
    if (preventDestroy) refuseDestroyed(destroyed(registered, this.#plans));
    for (const source of changes.sources) await this.#refuseConflicts(source);
    const { registry } = await this.#site.store();
    const written = await registry.write(afterApply(registered, this.#plans, this.#site.clock.now()), registered.revision);
    if (!written) throw new RegistryMovedError(await this.changes());
    return changes;
  }

  /** Throws a `StoreError` where the log of a source holds records that it could not read as the code has it. */
  async refuseUnreadableLogs(): Promise<void> {
    const { sources } = registryDiff(await this.#registered(), this.#plans);
    for (const source of sources) await this.#refuseConflicts(source);
  }

  async #registered(): Promise<Registered> {
    return this.#site.exists() ? (await this.#site.store()).registry.read() : NOTHING_APPLIED;
  }

  async #changesFrom(registered: Registered): Promise<Changes> {
    const { views, ...diff } = registryDiff(registered, this.#plans);
    const { clock, logBytes, store } = this.#site;
    const now = clock.now();
    const known: Known = { logBytes, runs: async (view) => (await store()).runs(view) };
    const planned = views.map(async (view): Promise<PlannedChange> => {
      const plan = this.#plans.find(({ name }) => name === view.view);
      return { ...view, recompute: plan === undefined ? null : await recomputeOf(plan, view, now, known) };
    });
    return { ...diff, views: await Promise.all(planned) };
  }

  async #refuseConflicts({ source, conflicts }: SourceChange): Promise<void> {
    if (conflicts.length === 0 || !((await this.#site.logBytes(source)) ?? 0)) return;
    throw new StoreError({
      code: "REGISTRY_SCHEMA",
      what: `its log holds records that were written otherwise (${conflicts.join("; ")})`,
      where: `source ${source}`,
      cure: `Give the source a new name, such as '${source}_2', or undo the change: only nullable columns may be added, int32 widened, and null allowed`,
    });
  }
}

function refuseDestroyed(gone: readonly string[]): void {
  if (gone.length === 0) return;
  throw new StoreError({
    code: "REGISTRY_PREVENTED",
    what: `it would be gone: ${gone.join(", ")}`,
    where: "apply",
    cure: "Bring it back into the definitions, or apply without --prevent-destroy",
  });
}
