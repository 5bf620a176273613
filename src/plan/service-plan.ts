// A feature service's plan: which views to read with which keys, and what comes out in which order.
import { DefinitionError } from "../errors.ts";
import { fingerprint } from "./fingerprint.ts";
import { planDerived, type DerivedPlan } from "./derive.ts";
import { planView, type FeaturePlan, type ViewPlan } from "./view-plan.ts";
import type { ColumnKind, ValueKind } from "../schema/value-type.ts";
import type { ServiceDefinition } from "../define/feature-service.ts";
import type { View } from "../define/feature-view.ts";

/** A key or request field of a request or a label row. */
export interface FieldPlan {
  readonly name: string;
  readonly kind: ColumnKind;
  readonly nullable: boolean;
}

/** A feature as the service gives it. */
export interface OutputPlan {
  readonly name: string;
  readonly kind: ValueKind;
  /** Index into the service's `views`. */
  readonly view: number;
  /** Index into that view's `features`. */
  readonly feature: number;
}

/** One use of a view in a service. */
export interface ServiceViewPlan {
  /** The view's name, or its prefix under `as`. */
  readonly name: string;
  readonly view: ViewPlan;
  /** For each key of the entity, the field of the request that holds it. */
  readonly keyNames: readonly string[];
}

/** The plan of a feature service. */
export interface ServicePlan {
  readonly name: string;
  /** 16 hexadecimal digits over the versions of its views and the shape of its answers. */
  readonly version: string;
  /** The keys of a request, each once, in order of first use. */
  readonly keys: readonly FieldPlan[];
  /** The request's other fields. */
  readonly request: readonly FieldPlan[];
  readonly views: readonly ServiceViewPlan[];
  /** The features of its views. */
  readonly features: readonly OutputPlan[];
  /** The features that are made at request time, in order. */
  readonly derived: readonly DerivedPlan[];
  /** All that it gives: the features of its views, then the derived ones. */
  readonly outputs: readonly ServedPlan[];
}

/** One feature of an answer, of a view or derived. */
export interface ServedPlan {
  readonly name: string;
  readonly kind: ValueKind;
  /** Index into the service's `views`; null where it is derived. */
  readonly view: number | null;
  /** The version of its view, or its own. */
  readonly version: string;
}

/** Compiles a service. Views that it uses twice (under `as`) share one plan. Throws a `DefinitionError`. */
export function planService(service: ServiceDefinition): ServicePlan {
  const plans = new Map<unknown, ViewPlan>();
  const keys = new Map<string, FieldPlan>();
  const features: OutputPlan[] = [];
  const views = service.views.map((use, position): ServiceViewPlan => {
    const view = plans.get(use.definition) ?? planView(use.definition);
    plans.set(use.definition, view);
    view.keys.forEach((key, i) => keys.set(use.keyNames[i] as string, { name: use.keyNames[i] as string, kind: key.kind, nullable: false }));
    features.push(...outputs(use, view, position));
    return { name: use.name, view, keyNames: use.keyNames };
  });
  refuseOneNameTwice(views);
  const request = Object.entries(service.request).map(([name, type]): FieldPlan => ({ name, kind: type.kind, nullable: type.isNullable }));
  const derived = planDerived(service.derived, features, request, service.name);
  const shape = { name: service.name, keys: [...keys.values()], request, features };
  const versions = { views: views.map((use) => [use.name, use.view.version, use.keyNames]), derived: derived.map(({ version }) => version) };
  return Object.freeze({ ...shape, derived, outputs: served(features, views, derived), views, version: fingerprint({ ...shape, ...versions }) });
}

function served(features: readonly OutputPlan[], views: readonly ServiceViewPlan[], derived: readonly DerivedPlan[]): ServedPlan[] {
  return [
    ...features.map(({ name, kind, view }) => ({ name, kind, view, version: (views[view] as ServiceViewPlan).view.version })),
    ...derived.map(({ name, kind, version }) => ({ name, kind, view: null, version })),
  ];
}

function outputs(use: View<string, unknown, unknown>, plan: ViewPlan, view: number): OutputPlan[] {
  return use.exposed.map(({ name, feature }) => {
    const index = plan.features.findIndex((candidate) => candidate.name === feature);
    return { name, kind: (plan.features[index] as FeaturePlan).kind, view, feature: index };
  });
}

/** Two definitions under one name would share one place in the store. */
function refuseOneNameTwice(views: readonly ServiceViewPlan[]): void {
  const versions = new Map<string, string>();
  for (const { view } of views) {
    const other = versions.get(view.name) ?? view.version;
    if (other !== view.version)
      throw new DefinitionError({ code: "DEFINITION_NAME_TWICE", what: `two different feature views are named '${view.name}'`, cure: "Rename one of them" });
    versions.set(view.name, view.version);
  }
}
