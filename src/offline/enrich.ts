// Gives events their attributes: the kernel's own values of an entity source, at each event's time, as further columns.
import { ascending, sortPoints } from "./points.ts";
import { keysOf, numbersOf } from "./wanted-keys.ts";
import { LOSES } from "./sources/batch.ts";
import { planView, type ViewPlan } from "../plan/view-plan.ts";
import { scattered, type Scattered } from "./scatter.ts";
import { store } from "./stored-vector.ts";
import { sweepSource } from "./sweep-source.ts";
import type { Enrichment } from "../define/enriched.ts";
import type { FeatureDefinition } from "../define/feature-view.ts";
import type { Offline } from "./offline.ts";
import type { Source } from "../define/source.ts";
import type { Vector } from "../schema/vector.ts";
import type { ViewValues } from "../kernel/rows.ts";

/** Columns of a table of events, by what the source calls them. */
export type ColumnName = (name: string) => string;

/**
 * Makes a table of a relation's columns and, for each enrichment of the source, its attributes under the columns' own names. The
 * relation is dropped. For use inside `db.exclusively`.
 */
export async function enrichTable(offline: Offline, source: Source<unknown>, relation: string, column: ColumnName): Promise<string> {
  const { db } = offline;
  const numbered = db.freshName("events");
  await db.run(`CREATE TEMP TABLE ${numbered} AS SELECT *, (row_number() OVER () - 1)::INTEGER AS i FROM ${relation}`);
  await db.run(`DROP TABLE ${relation}`);
  const { columns: times } = await db.read(`SELECT epoch_us(${column(source.eventTime)})::DOUBLE FROM ${numbered} ORDER BY i`, ["float64"]);
  const attributes: { readonly name: string; readonly vector: Vector }[] = [];
  for (const enrichment of source.enrichments) {
    const vectors = await attributesAt(offline, enrichment, numbered, column, times[0]);
    enrichment.columns.forEach(({ name }, c) => attributes.push({ name, vector: vectors[c] as Vector }));
  }
  const stored = attributes.map(({ vector }) => store(vector, (micros) => `make_timestamp(${micros})`));
  const values = db.scratchName("attributes");
  await db.createTable(
    values,
    stored.flatMap(({ columns }) => columns),
    times[0].length,
  );
  let at = 0;
  const selects = attributes.flatMap(({ name, vector }, c) => {
    const { columns, value } = stored[c] as (typeof stored)[number];
    const own = `${value(columns.map(() => `v.v${at++}`))} AS ${column(name)}`;
    return LOSES.has(vector.kind as never) ? [own, `NULL::VARCHAR AS ${column(name).replace("c", "f")}`] : [own];
  });
  const table = db.freshName("enriched");
  await db.run(`CREATE TEMP TABLE ${table} AS SELECT e.* EXCLUDE (i), ${selects.join(", ")} FROM ${numbered} AS e POSITIONAL JOIN ${values} AS v`);
  await db.run(`DROP TABLE ${numbered}`);
  return table;
}

/** The attributes of each event, one vector for each column of the enrichment. */
async function attributesAt(offline: Offline, enrichment: Enrichment, table: string, column: ColumnName, times: Float64Array): Promise<Vector[]> {
  const plan = planOf(enrichment);
  const parts = enrichment.key.map(({ name }) => column(name));
  const keys = await keysOf(offline.db, plan.keys, table, parts, false);
  const key = await numbersOf(offline.db, keys, table, parts, times.length);
  const { times: asked, point } = sortPoints(key, keys.count + 1, times, ascending(times));
  const into = plan.features.map(({ kind }): Scattered => scattered(kind, times.length));
  const take = (from: number, values: ViewValues): void => {
    const places = point.subarray(from, from + values.found.length);
    into.forEach((scatter, i) => scatter.put(values.features[i] as Vector, places));
  };
  const events = await offline.events(plan);
  await sweepSource(offline, {
    events,
    mode: "recorded",
    groups: [{ keys, keyColumns: plan.keys.map((part) => part.column), asked: [{ plan, times: asked, take }] }],
  });
  return into.map(({ vector }) => vector);
}

const PLANS = new WeakMap<Enrichment, ViewPlan>();

/** A view of the entity source's last row: what a label at the event's time would see. */
function planOf(enrichment: Enrichment): ViewPlan {
  const known = PLANS.get(enrichment);
  if (known !== undefined) return known;
  const { of, key, columns } = enrichment;
  const features = columns.map(({ name, column }): FeatureDefinition => ({
    name,
    call: {
      aggregate: "latest",
      value: (row: Readonly<Record<string, unknown>>) => row[column],
      declared: of.schema[column]?.kind ?? null,
      add: null,
      by: null,
      parameters: {},
    },
    window: { length: Infinity, offset: 0, gap: null },
    fallback: null,
  }));
  const plan = planView({
    name: of.name,
    entity: of.name,
    keys: key,
    source: of,
    refresh: { kind: "streaming", delay: 0 },
    maxAge: null,
    where: null,
    features,
  });
  PLANS.set(enrichment, plan);
  return plan;
}
