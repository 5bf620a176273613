// What a service takes and gives, for people and programs that ask the server.
import { formatDuration, type Micros } from "../time.ts";
import { refreshText } from "../plan/view-description.ts";
import type { ServicePlan } from "../plan/service-plan.ts";
import type { ViewPlan } from "../plan/view-plan.ts";
import type { ValueKind } from "../schema/value-type.ts";

/** A service as `GET /v1/services/{service}` shows it. */
export interface ServiceDescription {
  readonly name: string;
  readonly version: string;
  readonly keys: readonly { readonly name: string; readonly kind: string }[];
  readonly request: readonly { readonly name: string; readonly kind: string; readonly nullable: boolean }[];
  /** The views that it reads, each once. */
  readonly views: readonly {
    readonly name: string;
    readonly version: string;
    readonly entity: string;
    readonly source: string;
    readonly fresh: FreshnessDescription;
    readonly maxAge: string | null;
  }[];
  readonly features: readonly {
    readonly name: string;
    /** `"int32"`, `{"list":"string"}`, `{"map":"string","of":"int32"}`, ... */
    readonly kind: ValueKind;
    /** Null for a derived feature, which is made at request time. */
    readonly view: string | null;
    readonly version: string;
    readonly refresh: string;
    readonly maxAge: string | null;
  }[];
}

/** How a view is kept fresh: by `asof materialize` on a schedule, or by `asof stream` as events come in. */
export type FreshnessDescription =
  | { readonly by: "schedule"; readonly every: string; readonly from: string; readonly delay: string }
  | { readonly by: "stream"; readonly stream: "ingest" | "kafka" | null; readonly delay: string };

/** Describes a service by its plan. */
export function describe(plan: ServicePlan): ServiceDescription {
  return {
    name: plan.name,
    version: plan.version,
    keys: plan.keys.map(({ name, kind }) => ({ name, kind })),
    request: plan.request.map(({ name, kind, nullable }) => ({ name, kind, nullable })),
    views: [...new Set(plan.views.map(({ view }) => view))].map((view) => ({
      name: view.name,
      version: view.version,
      entity: view.entity,
      source: view.source.name,
      fresh: freshnessOf(view),
      maxAge: view.maxAge === null ? null : formatDuration(view.maxAge),
    })),
    features: plan.outputs.map(({ name, kind, view, version }) => ({ name, kind, version, ...viewOf(plan, view) })),
  };
}

function freshnessOf({ refresh, source }: ViewPlan): FreshnessDescription {
  const delay = lasting(refresh.delay);
  if (refresh.kind === "streaming") return { by: "stream", stream: source.stream?.kind ?? null, delay };
  return { by: "schedule", every: lasting(refresh.tick), from: lasting(refresh.phase), delay };
}

function lasting(duration: Micros): string {
  return duration === 0 ? "0s" : formatDuration(duration);
}

function viewOf({ views }: ServicePlan, position: number | null): { readonly view: string | null; readonly refresh: string; readonly maxAge: string | null } {
  const view = position === null ? undefined : views[position]?.view;
  if (view === undefined) return { view: null, refresh: "at request time", maxAge: null };
  return { view: view.name, refresh: refreshText(view.refresh), maxAge: view.maxAge === null ? null : formatDuration(view.maxAge) };
}
