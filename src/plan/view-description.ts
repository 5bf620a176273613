// A view's plan in plain words: what the registry keeps, so that the next apply can say what changed.
import { formatDuration, formatTime } from "../time.ts";
import { toJson } from "../schema/json-value.ts";
import type { FeaturePlan, ViewPlan } from "./view-plan.ts";
import type { Refresh } from "../define/refresh.ts";
import type { Source } from "../define/source.ts";

/** Parts of a view by name, each as text. */
export type ViewDescription = Readonly<Record<string, string>>;

/** Describes a view: its entity, its source, its refresh, and each feature. */
export function describeView(plan: ViewPlan): ViewDescription {
  return {
    entity: `${plan.entity} (${plan.keys.map(({ name, kind, column }) => `${name}: ${kind}${column === name ? "" : ` from ${column}`}`).join(", ")})`,
    source: describeSource(plan.source),
    refresh: refreshText(plan.refresh),
    maxAge: plan.maxAge === null ? "none" : formatDuration(plan.maxAge),
    where: plan.where === null ? "every row" : oneLine(plan.where),
    ...Object.fromEntries(plan.features.map((feature) => [`feature ${feature.name}`, describeFeature(feature, plan)])),
  };
}

/** A refresh in words: `every 1d from 2h, published within 45m`. */
export function refreshText(refresh: Refresh): string {
  const delay = refresh.delay === 0 ? "" : `, published within ${formatDuration(refresh.delay)}`;
  if (refresh.kind === "streaming") return `streaming${delay}`;
  return `every ${formatDuration(refresh.tick)}${refresh.phase === 0 ? "" : ` from ${formatDuration(refresh.phase)}`}${delay}`;
}

/** What is other in `after` than in `before`, one sentence each; a change that no part shows is said to be one of code. */
export function changesBetween(before: ViewDescription, after: ViewDescription): readonly string[] {
  const added = Object.keys(after).filter((part) => !Object.hasOwn(before, part));
  const removed = Object.keys(before).filter((part) => !Object.hasOwn(after, part));
  const changed = Object.keys(after).filter((part) => Object.hasOwn(before, part) && before[part] !== after[part]);
  const said = [
    ...added.map((part) => `${part} added`),
    ...removed.map((part) => `${part} removed`),
    ...changed.map((part) => `${part}: ${before[part] ?? ""} -> ${after[part] ?? ""}`),
  ];
  return said.length > 0 ? said : ["its source's schema or order changed"];
}

function describeSource({ name, eventTime, available, batch }: Source<unknown>): string {
  const at = available.column === null ? `${formatDuration(available.delay)} after it` : available.column;
  const trusted = available.trustedFrom === -Infinity ? "" : `, trusted from ${formatTime(available.trustedFrom)}`;
  const place = batch === null ? "a stream" : batch.kind === "rows" ? `${batch.rows.length} rows in memory` : batch.path;
  return `${name} from ${place}, event time ${eventTime}, available ${at}${trusted}`;
}

function describeFeature(feature: FeaturePlan, plan: ViewPlan): string {
  const input = feature.input === null ? "" : oneLine(plan.inputs[feature.input]?.value ?? "");
  const frame = plan.frames[feature.frame];
  const window =
    frame === undefined || frame.length === Infinity
      ? "lifetime"
      : `over ${formatDuration(frame.length)}${frame.offset === 0 ? "" : ` ending ${formatDuration(frame.offset)} before`}`;
  return `${feature.aggregate}(${input}) ${window}${feature.fallback === null ? "" : `, default ${String(toJson(feature.fallback))}`}`;
}

function oneLine(value: unknown): string {
  return String(value).replaceAll(/\s+/g, " ");
}
