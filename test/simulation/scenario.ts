// What a history is about: a source, a streaming and a refreshed view over it, and what they become when definitions change.
import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { caseOf, type Seeds } from "../property/cases.ts";
import { planService, type ServicePlan } from "../../src/plan/service-plan.ts";
import { json } from "../../src/define/source.ts";
import { t } from "../../src/schema/value-type.ts";
import { timestampOf } from "../../src/time.ts";
import type { AggregateCall } from "../../src/define/aggregate-call.ts";
import type { Given } from "../oracle/naive.ts";
import type { EventRow } from "../property/inputs.ts";
import type { FeatureDefinition, View, ViewDefinition } from "../../src/define/feature-view.ts";
import type { Refresh } from "../../src/define/refresh.ts";
import type { ServiceDefinition } from "../../src/define/feature-service.ts";
import type { Source } from "../../src/define/source.ts";
import type { ViewPlan } from "../../src/plan/view-plan.ts";
import type { Wanted } from "../property/keyed-rows.ts";

/** What the definitions are at a time: whether the source has one column more, and how far each view has been changed. */
export interface Code {
  readonly column: boolean;
  readonly live: number;
  readonly refreshed: number;
}

/** The definitions that a history begins with. */
export const FIRST_CODE: Code = { column: false, live: 0, refreshed: 0 };

/** The two views of a history, as they are defined. */
export interface Definitions {
  readonly live: ViewDefinition;
  readonly refreshed: ViewDefinition;
}

/** A code as it is served. */
export interface Served {
  readonly code: Code;
  readonly definitions: Definitions;
  readonly service: ServiceDefinition;
  readonly plan: ServicePlan;
  readonly live: ViewPlan;
  readonly refreshed: ViewPlan;
}

const BASES = [0, 991_353_600_000_000, -7];

/** The case of some seeds as the definitions and rows of a history; its batch, if it has one, lies under `root`. */
export class Scenario {
  readonly rows: readonly EventRow[];
  readonly wanted: readonly Wanted[];
  /** Rows of the batch beside: each of an entity of its own. */
  readonly crowd: readonly Given[];
  readonly base: number;
  readonly range: number;
  readonly #seeds: Seeds;
  readonly #source: Source<unknown>;
  readonly #view: ViewDefinition;
  readonly #file: string;
  readonly #served: Map<string, Served> = new Map();
  #written = 0;

  constructor(seeds: Seeds, crowded: boolean, root: string, name: string) {
    this.#seeds = { ...seeds, base: BASES[Math.abs(seeds.base) % BASES.length] as number, refresh: 0 };
    const { definition, rows, wanted } = caseOf(this.#seeds);
    [this.rows, this.wanted, this.base, this.range] = [rows, wanted, this.#seeds.base, seeds.range];
    this.#view = definition;
    const file = `${name}.ndjson`;
    this.#file = join(root, file);
    this.#source = { ...streamed(definition.source, this.#seeds), name, batch: seeds.source % 2 === 0 ? null : json(file) };
    this.crowd = crowded && this.hasBatch ? crowdAt(this.base, this.range) : [];
    if (this.hasBatch) writeFileSync(this.#file, [nobody(this.base), ...this.crowd].map(line).join("")); // a file without rows is none
  }

  /** Whether the refreshed view reads a batch; else it reads the log. */
  get hasBatch(): boolean {
    return this.#source.batch !== null;
  }

  /** What the refreshed view reads, given the records of the log. */
  given(known: readonly Given[]): readonly Given[] {
    return this.hasBatch ? [...this.rows, ...this.crowd] : known;
  }

  /** An entity by number. */
  entity(number: number): string {
    const rows =
      this.crowd.length > 0 && number % 4 === 0 ? this.crowd.slice((number * 43) % this.crowd.length) : this.rows.slice(number % Math.max(1, this.rows.length));
    return (rows[0]?.["user"] as string | null | undefined) ?? "nobody";
  }

  /** The definitions as some code has them, planned. */
  served(code: Code): Served {
    const name = codeText(code);
    const known = this.#served.get(name);
    if (known !== undefined) return known;
    const definitions = this.#definitions(code);
    const service = serviceOf(definitions);
    const plan = planService(service);
    const [live, refreshed] = plan.views.map(({ view }) => view) as [ViewPlan, ViewPlan];
    const made = { code, definitions, service, plan, live, refreshed };
    this.#served.set(name, made);
    return made;
  }

  #definitions({ column, live, refreshed }: Code): Definitions {
    const source = column ? { ...this.#source, schema: { ...this.#source.schema, extra: t.float64().nullable() } } : this.#source;
    const more = [ofMore(column), COUNTED];
    const added = this.crowd.length > 0 ? more.length : refreshed; // so that no window of all that there are leaves one of a crowd out
    const named = (prefix: string, features: readonly FeatureDefinition[]): FeatureDefinition[] =>
      features.map((feature, i) => ({ ...feature, name: `${prefix}${i}` }));
    const { features } = this.#view;
    const refresh = this.#schedule(refreshed);
    const maxAge = this.#seeds.versions % 3 === 0 ? 2 * refresh.tick : null;
    return {
      live: { ...this.#view, source, name: "live", features: named("f", [...features, ...more.slice(0, live)]) },
      refreshed: { ...this.#view, source, name: "refreshed", refresh, maxAge, features: named("r", [...features, ...more.slice(0, added)]) },
    };
  }

  /** Adds to the batch what has become available by `now`. */
  deliver(now: number): void {
    if (!this.hasBatch) return;
    const due = this.rows.toSorted((a, b) => Number(a.seen.micros - b.seen.micros)).filter(({ seen }) => Number(seen.micros) <= now);
    const news = due.slice(this.#written);
    if (news.length > 0) appendFileSync(this.#file, news.map(line).join(""));
    this.#written = Math.max(this.#written, due.length);
  }

  #schedule(refreshed: number): Extract<Refresh, { kind: "every" }> {
    const tick = (1 + (this.range >> 2)) * (refreshed > 1 ? 2 : 1);
    return { kind: "every", tick, phase: this.#seeds.where % tick, delay: this.#seeds.where };
  }
}

/** A service of both views. */
function serviceOf(definitions: Definitions): ServiceDefinition {
  const views = [definitions.live, definitions.refreshed].map((definition) => {
    const exposed = definition.features.map(({ name }) => ({ name, feature: name }));
    return { kind: "view", name: definition.name, definition, keyNames: ["user"], exposed } as unknown as View<string, unknown, unknown>;
  });
  return { kind: "service", name: "simulated", views, request: {}, derived: [] };
}

/** The plan of a view as a process that starts makes it anew: it knows nothing of what another has read of the source. */
export function madeAnew(plan: ViewPlan): ViewPlan {
  return { ...plan, source: { ...plan.source } };
}

/** Code in words. */
export function codeText({ column, live, refreshed }: Code): string {
  return `${column ? "a column more" : "the columns"}, live +${live}, refreshed +${refreshed}`;
}

/** The value of the added column in an event that is sent once there is one. */
export function extraOf({ rank, x }: EventRow): number | null {
  return rank === 0 ? x : null;
}

function streamed(source: Source<unknown>, { source: seed, range }: Seeds): Source<unknown> {
  return {
    ...source,
    tieBreak: [[], ["rank"], ["s", "x"], []][seed % 4] as string[],
    available: { column: "seen", trustedFrom: -Infinity, delay: 0 },
    stream: { kind: "ingest" },
    late: [range * 8, range, range >> 1][seed % 3] as number,
    ahead: seed % 5 === 0 ? range >> 3 : range * 4,
  };
}

/** The feature that a change adds first: of the added column, where there is one. */
function ofMore(column: boolean): FeatureDefinition {
  const value = column ? (p: { extra: number | null }) => p.extra : (p: EventRow) => p.q;
  return { ...LIFETIME, call: { ...COUNT, aggregate: "last", value, declared: "float64" } };
}

const COUNT: AggregateCall = { aggregate: "count", value: null, declared: null, add: null, by: null, parameters: {} };
const LIFETIME: Omit<FeatureDefinition, "call"> = { name: "", window: { length: Infinity, offset: 0, gap: null }, fallback: null };
const COUNTED: FeatureDefinition = { ...LIFETIME, call: COUNT };

/** A row of no entity. */
function nobody(micros: number): Given {
  const at = timestampOf(micros);
  const nothing = { ver: null, gone: null, x: null, q: null, n: null, s: null, b: null, w: null, extra: null };
  return { user: null, at, seen: at, rank: 0, id: "nobody", "\u{1F600}": 0, "\uFF5E": 0, ...nothing };
}

/** More entities than two transactions of a run hold. */
const CROWD = 4300;

function crowdAt(base: number, range: number): Given[] {
  return Array.from({ length: CROWD }, (_, i) => {
    const at = timestampOf(base - 1 - (i % range));
    return { ...nobody(base), user: `c${i}`, at, seen: at, id: `c${i}`, x: i, q: 2, b: true, s: "a" };
  });
}

/** A row as a line of JSON. */
function line(row: Readonly<Record<string, unknown>>): string {
  const cell = (value: unknown): unknown =>
    typeof value === "bigint" ? String(value) : typeof value === "object" && value !== null ? (value as { toString(): string }).toString() : value;
  return `${JSON.stringify(Object.fromEntries(Object.entries(row).map(([name, value]) => [name, cell(value)])))}\n`;
}
