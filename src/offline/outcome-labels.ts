// Labels that are computed: the points of an outcome that are mature, and what came of each.
import { ascending, sortPoints } from "./points.ts";
import { checkColumns, kindsOf, openLabels, refuseFeature, type LabelColumn, type LabelTable } from "./label-table.ts";
import { Collected } from "./collected.ts";
import { columnsOf } from "./values-at.ts";
import { isKey, keysOf, numbersOf } from "./wanted-keys.ts";
import { LABEL_TIME, type Outcome } from "../define/outcome.ts";
import { matureBefore, type OutcomePlan } from "../plan/outcome-plan.ts";
import { refuseUnretained } from "./retained.ts";
import { SourceError } from "../errors.ts";
import { sweepSource } from "./sweep-source.ts";
import type { ColumnKind } from "../schema/value-type.ts";
import type { DuckDB } from "./duckdb.ts";
import type { EventTable } from "./event-table.ts";
import type { Micros } from "../time.ts";
import type { Offline } from "./offline.ts";
import type { ServicePlan } from "../plan/service-plan.ts";
import type { ViewValues } from "../kernel/rows.ts";

/** An outcome's mature points, and their labels. */
export interface Judged {
  readonly points: LabelTable;
  readonly values: ViewValues;
  /** Points that are not mature yet, and therefore none. */
  readonly immature: number;
}

/** Judges the points of an outcome by what is known at the cut. Throws a `SourceError`. */
export async function judge(offline: Offline, outcome: Outcome<unknown>, plan: OutcomePlan, service: ServicePlan, cut: Micros): Promise<Judged> {
  const where = `outcome ${plan.name}`;
  refuseFeature(plan.name, service, where);
  const events = await offline.events(plan.view);
  const all = await allPoints(offline, events, outcome, plan, service, cut);
  const points = await earlier(offline.db, all, matureBefore(plan.maturity, cut));
  const { view } = plan;
  const parts = view.keys.map(({ name }) => (points.columns.find((column) => column.name === name) as LabelColumn).column);
  const keys = await keysOf(offline.db, view.keys, points.table, parts, false);
  const key = await numbersOf(offline.db, keys, points.table, parts, points.at.length);
  const ends = points.at.map((at) => at + plan.horizon);
  refuseUnretained(events, view, ends);
  const sorted = sortPoints(key, keys.count + 1, ends, points.byTime);
  const collected = new Collected(view, ends.length);
  const take = (from: number, values: ViewValues): void => collected.take(sorted, from, values);
  const groups = [{ keys, keyColumns: columnsOf(view), asked: [{ plan: view, times: sorted.times, take }] }];
  await sweepSource(offline, { events, mode: "recorded", groups, cut });
  return { points, values: collected.values(), immature: all.at.length - points.at.length };
}

/** Every point of an outcome: the rows of its labels, or of its source. */
async function allPoints(
  { db, root }: Offline,
  events: EventTable,
  { points }: Outcome<unknown>,
  { name, view: { keys } }: OutcomePlan,
  service: ServicePlan,
  cut: Micros,
): Promise<LabelTable> {
  const where = `outcome ${name}`;
  if (points === null) {
    checkColumns({ ...Object.fromEntries(keys.map((key) => [key.name, key.kind])), [LABEL_TIME]: "timestamp" }, service, where);
    return sourcePoints(db, events, keys, cut);
  }
  const kinds = kindsOf(points);
  for (const key of keys) refuseOtherKey(key.name, key.kind, Object.hasOwn(kinds, key.name) ? kinds[key.name] : undefined, `${where}, at ${points.name}`);
  return openLabels(db, root, points, service);
}

function refuseOtherKey(name: string, kind: ColumnKind, found: ColumnKind | undefined, where: string): void {
  if (found === kind) return;
  const what =
    found === undefined ? `there is no column '${name}', the key of the outcome's entity` : `column '${name}' is t.${found}(), but the key is t.${kind}()`;
  throw new SourceError({
    code: found === undefined ? "LABELS_MISSING_COLUMN" : "LABELS_WRONG_TYPE",
    what,
    where,
    cure: `Give the points a column ${name}: t.${kind}()`,
  });
}

/** The keys and event times of a source's rows that are known at the cut, each pair once, in order of time, then key. */
async function sourcePoints(db: DuckDB, events: EventTable, keys: OutcomePlan["view"]["keys"], cut: Micros): Promise<LabelTable> {
  const table = db.scratchName("points");
  const parts = keys.map(({ column }) => events.column(column).value);
  const until = events.until("recorded");
  const known = [
    isKey(keys, parts),
    `${events.eventTime.value} IS NOT NULL`,
    `${events.availableMicros("recorded")} < ${cut}`,
    ...(until === null ? [] : [`${until} >= ${cut}`]),
  ];
  const names = parts.map((_, i) => `p${i}`);
  const distinct = `SELECT DISTINCT ${parts.map((part, i) => `${part} AS p${i}`).join(", ")}, ${events.eventTime.value} AS t FROM ${events.relation} WHERE ${known.join(" AND ")}`;
  const order = ["t", ...names].join(", ");
  await db
    .run(`CREATE TEMP TABLE ${table} AS SELECT *, (row_number() OVER (ORDER BY ${order}) - 1)::INTEGER AS i FROM (${distinct}) ORDER BY i`)
    .catch((error: unknown) => {
      throw events.batch.mend(error);
    });
  const { columns: times } = await db.read(`SELECT epoch_us(t)::DOUBLE FROM ${table} ORDER BY i`, ["float64"]);
  const columns = keys.map(({ name, kind }, i): LabelColumn => ({ name, kind, column: `p${i}` }));
  return { table, columns: [...columns, { name: LABEL_TIME, kind: "timestamp", column: "t" }], at: times[0], byTime: ascending(times[0]), files: [] };
}

/** The labels before a moment, in their order. */
async function earlier(db: DuckDB, labels: LabelTable, before: Micros): Promise<LabelTable> {
  const kept: number[] = [];
  labels.at.forEach((at, i) => void (at < before && kept.push(i)));
  if (kept.length === labels.at.length) return labels;
  const [places, table] = [db.scratchName("kept"), db.scratchName("mature")];
  await db.createTable(places, [{ transfer: "int32", values: Int32Array.from(kept) }], kept.length);
  const columns = labels.columns.map(({ column }) => column).join(", ");
  await db.run(
    `CREATE TEMP TABLE ${table} AS SELECT ${columns}, (row_number() OVER (ORDER BY i) - 1)::INTEGER AS i FROM ${labels.table} JOIN ${places} ON i = v0 ORDER BY i`,
  );
  const at = Float64Array.from(kept, (i) => labels.at[i] as number);
  return { ...labels, table, at, byTime: ascending(at) };
}
