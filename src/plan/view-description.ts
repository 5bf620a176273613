// A view's plan in plain words: what the registry keeps, so that the next apply can say what changed.
import { inexactMathOf } from "./pure.ts";
import { formatDuration, formatTime } from "../time.ts";
import { toJsonText } from "../schema/json-value.ts";
import { mathOf, type FeaturePlan, type ViewPlan } from "./view-plan.ts";
import type { Refresh } from "../define/refresh.ts";
import type { BatchSource, Source } from "../define/source.ts";
import type { Window } from "../define/window.ts";

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
    ...mathPart(plan),
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
  const removed = partsRemoved(before, after);
  const changed = Object.keys(after).filter((part) => Object.hasOwn(before, part) && before[part] !== after[part]);
  const said = [
    ...added.map((part) => `${part} added`),
    ...removed.map((part) => `${part} removed`),
    ...changed.map((part) => `${part}: ${before[part] ?? ""} -> ${after[part] ?? ""}`),
  ];
  return said.length > 0 ? said : ["its source's schema or order changed"];
}

/** The parts that `before` has and `after` has not. */
export function partsRemoved(before: ViewDescription, after: ViewDescription): readonly string[] {
  return Object.keys(before).filter((part) => !Object.hasOwn(after, part));
}

/** Which functions of `Math` a view uses whose last bit differs between versions of Node. */
function mathPart(plan: ViewPlan): ViewDescription {
  const functions = [...plan.inputs.map(({ value }) => value), ...(plan.where === null ? [] : [plan.where])];
  const uses = [...new Set(functions.flatMap(inexactMathOf))];
  return uses.length === 0
    ? {}
    : { math: `${uses.join(", ")}, with the bits ${mathOf(functions)} of this Node: another may give others, and has another version` };
}

function describeSource({ name, eventTime, available, batch }: Source<unknown>): string {
  const at = available.column === null ? `${formatDuration(available.delay)} after it` : available.column;
  const trusted = available.trustedFrom === -Infinity ? "" : `, trusted from ${formatTime(available.trustedFrom)}`;
  const place = batch === null ? "a stream" : describeBatch(batch);
  return `${name} from ${place}, event time ${eventTime}, available ${at}${trusted}`;
}

function describeBatch(batch: BatchSource): string {
  if (batch.kind === "rows") return `${batch.rows.length} rows in memory`;
  if (batch.kind === "duckdb") return `${batch.path}, ${batch.table}`;
  if (batch.kind !== "sql") return batch.path;
  const tables = Object.entries(batch.tables).map(([name, table]) => `${name} from ${describeBatch("from" in table ? table.from : table)}`);
  return `a query (${oneLine(batch.query).trim()}) over ${tables.join(" and ")}`;
}

function describeFeature(feature: FeaturePlan, plan: ViewPlan): string {
  const { aggregate, value, add, by, parameters } = feature.call;
  const text = (input: number): string => oneLine(plan.inputs[input]?.value ?? "");
  const given = [
    ...(value === null ? [] : [text(value)]),
    ...(add === null ? [] : [`add ${text(add)}`]),
    ...Object.entries(parameters).map(([name, parameter]) => `${name} ${name === "halfLife" ? formatDuration(parameter as number) : parameter}`),
  ].join(", ");
  const grouped = by === null ? "" : ` by ${text(by)}`;
  return `${aggregate}(${given})${grouped} ${windowText(plan.frames[feature.frame] as Window)}${feature.fallback === null ? "" : `, default ${toJsonText(feature.fallback)}`}`;
}

function windowText({ length, offset, gap }: Window): string {
  if (gap !== null) return `in the session with gap ${formatDuration(gap)}`;
  if (length === Infinity) return "lifetime";
  return `over ${formatDuration(length)}${offset === 0 ? "" : ` ending ${formatDuration(offset)} before`}`;
}

function oneLine(value: unknown): string {
  return String(value).replaceAll(/\s+/g, " ");
}
