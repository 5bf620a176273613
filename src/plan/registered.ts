// What is applied, as plain data: each view with the versions that it has had, each source with its schema and settings.
import { describeView, type ViewDescription } from "./view-description.ts";
import { formatDuration, formatTime, type Micros } from "../time.ts";
import { recordSchema } from "./event-log.ts";
import type { ColumnKind } from "../schema/value-type.ts";
import type { Refresh } from "../define/refresh.ts";
import type { Source } from "../define/source.ts";
import type { ViewPlan } from "./view-plan.ts";

/** A version of a view, and when it was the applied one: from `since` (inclusive) until `until`; null: to this day. */
export interface AppliedVersion {
  readonly version: string;
  readonly refresh: Refresh;
  readonly since: Micros;
  readonly until: Micros | null;
}

/** A view as it was applied last. */
export interface RegisteredView {
  readonly name: string;
  readonly version: string;
  readonly appliedAt: Micros;
  /** The name of its source. */
  readonly source: string;
  /** Its plan in plain words, so that the next apply can say what changed. */
  readonly description: ViewDescription;
  /** All that were applied, oldest first. The last has ended where the view is gone. */
  readonly versions: readonly AppliedVersion[];
}

/** A column of a source. */
export interface RegisteredColumn {
  readonly kind: ColumnKind;
  readonly nullable: boolean;
}

/** What says which rows of a source count when, in words; null where it says nothing. */
export type SourceSettings = Readonly<
  Record<"kind" | "eventTime" | "availableAt" | "id" | "version" | "deleted" | "late" | "ahead" | "tieBreak", string | null>
>;

/** A source as it was applied last: its own columns, without attributes of others. */
export interface RegisteredSource {
  readonly name: string;
  readonly schema: Readonly<Record<string, RegisteredColumn>>;
  readonly settings: SourceSettings;
}

/** All that is applied. */
export interface Registered {
  /** One more with every change; 0: nothing was ever applied. */
  readonly revision: number;
  readonly views: Readonly<Record<string, RegisteredView>>;
  readonly sources: Readonly<Record<string, RegisteredSource>>;
}

/** What is applied where nothing ever was. */
export const NOTHING_APPLIED: Registered = Object.freeze({ revision: 0, views: Object.freeze({}), sources: Object.freeze({}) });

/** The version of a view that was applied at a moment; null where none was. */
export function versionAt({ versions }: RegisteredView, at: Micros): AppliedVersion | null {
  return versions.findLast(({ since, until }) => since <= at && (until === null || at < until)) ?? null;
}

/** The version of a view that is applied; null where it never was, or is gone. */
export function appliedVersion({ views }: Registered, name: string): string | null {
  const last = Object.hasOwn(views, name) ? views[name]?.versions.at(-1) : undefined;
  return last === undefined || last.until !== null ? null : last.version;
}

/** Whether a version of a view is applied, or ever was. */
export function wasApplied({ views }: Registered, name: string, version: string): boolean {
  return Object.hasOwn(views, name) && views[name]?.versions.some((one) => one.version === version) === true;
}

/**
 * The registry once these views are applied at `now`, or at the time of its newest change where the clock was set back. Views that
 * are not among them have ended; what is known of them stays.
 */
export function afterApply(before: Registered, plans: readonly ViewPlan[], now: Micros): Registered {
  const at = Math.max(now, ...Object.values(before.views).flatMap(({ versions }) => versions.map(({ since, until }) => until ?? since)));
  const applied = new Map(plans.map((plan) => [plan.name, plan]));
  const kept = Object.values(before.views).filter(({ name }) => !applied.has(name));
  const ended = kept.map((view): RegisteredView => ({ ...view, versions: endedAt(view.versions, at) }));
  const views = [...ended, ...plans.map((plan) => registeredView(before, plan, at))];
  return {
    revision: before.revision + 1,
    views: Object.fromEntries(views.map((view) => [view.name, view])),
    sources: { ...before.sources, ...Object.fromEntries(registeredSources(plans).map((source) => [source.name, source])) },
  };
}

/** The sources of views as the registry holds them, each once. */
export function registeredSources(plans: readonly ViewPlan[]): RegisteredSource[] {
  const sources = new Map<string, RegisteredSource>();
  for (const { source } of plans) if (!sources.has(source.name)) sources.set(source.name, registeredSource(source));
  return [...sources.values()];
}

/** A source as the registry holds it. */
function registeredSource(source: Source<unknown>): RegisteredSource {
  const { name, kind, eventTime, available, id, version, deleted, late, ahead, tieBreak } = source;
  const trusted = available.trustedFrom === -Infinity ? "" : `, trusted from ${formatTime(available.trustedFrom)}`;
  const availableAt = `${available.column === null ? "" : `${available.column}${trusted}, else `}${formatDuration(available.delay)} after its event`;
  const columns = Object.entries(recordSchema(source)).map(([column, type]) => [column, { kind: type.kind, nullable: type.isNullable }] as const);
  return {
    name,
    schema: Object.fromEntries(columns),
    settings: {
      kind,
      eventTime,
      availableAt,
      id,
      version,
      deleted,
      late: late === null ? null : formatDuration(late),
      ahead: formatDuration(ahead),
      tieBreak: tieBreak.length === 0 ? null : tieBreak.join(", "),
    },
  };
}

function registeredView(before: Registered, plan: ViewPlan, at: Micros): RegisteredView {
  const { name, version, refresh, source } = plan;
  const known = Object.hasOwn(before.views, name) ? before.views[name] : undefined;
  if (known !== undefined && appliedVersion(before, name) === version) return known;
  const versions = [...endedAt(known?.versions ?? [], at), { version, refresh, since: at, until: null }];
  return { name, version, appliedAt: at, source: source.name, description: describeView(plan), versions };
}

function endedAt(versions: readonly AppliedVersion[], at: Micros): AppliedVersion[] {
  return versions.map((one) => (one.until === null ? { ...one, until: at } : one));
}

/**
 * The versions of a view up to the code's, oldest first: the newest of its times where it is applied or was, else
 * as if it were applied next.
 */
export function versionsUpTo(registered: Registered, { name, version, refresh }: Pick<ViewPlan, "name" | "version" | "refresh">): readonly AppliedVersion[] {
  const all = Object.hasOwn(registered.views, name) ? (registered.views[name]?.versions ?? []) : [];
  const last = all.findLastIndex((one) => one.version === version);
  return last < 0 ? [...all, { version, refresh, since: Infinity, until: null }] : all.slice(0, last + 1);
}
