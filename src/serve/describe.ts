// What a service takes and gives, for people and programs that ask the server.
import { formatDuration } from "../time.ts";
import { refreshText } from "../plan/view-description.ts";
import type { ServicePlan } from "../plan/service-plan.ts";

/** A service as `GET /v1/services/{service}` shows it. */
export interface ServiceDescription {
  readonly name: string;
  readonly version: string;
  readonly keys: readonly { readonly name: string; readonly kind: string }[];
  readonly request: readonly { readonly name: string; readonly kind: string; readonly nullable: boolean }[];
  readonly features: readonly {
    readonly name: string;
    readonly kind: string;
    readonly view: string;
    readonly version: string;
    readonly refresh: string;
    readonly maxAge: string | null;
  }[];
}

/** Describes a service by its plan. */
export function describe(plan: ServicePlan): ServiceDescription {
  return {
    name: plan.name,
    version: plan.version,
    keys: plan.keys.map(({ name, kind }) => ({ name, kind })),
    request: plan.request.map(({ name, kind, nullable }) => ({ name, kind, nullable })),
    features: plan.views.flatMap(({ view }, position) =>
      plan.features
        .filter((feature) => feature.view === position)
        .map(({ name, kind }) => ({
          name,
          kind,
          view: view.name,
          version: view.version,
          refresh: refreshText(view.refresh),
          maxAge: view.maxAge === null ? null : formatDuration(view.maxAge),
        })),
    ),
  };
}
