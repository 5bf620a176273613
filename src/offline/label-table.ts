// Labels as a table in their own order, with their moments and the numbers of their keys.
import { didYouMean, SourceError } from "../errors.ts";
import { keysOf, numbersOf, type WantedKeys } from "./wanted-keys.ts";
import { openBatch } from "./sources/open-batch.ts";
import type { Batch } from "./sources/batch.ts";
import type { ColumnKind } from "../schema/value-type.ts";
import type { DuckDB } from "./duckdb.ts";
import type { LabelData } from "../define/labels.ts";
import type { ServicePlan, ServiceViewPlan } from "../plan/service-plan.ts";
import type { SourceSnapshot } from "../plan/record.ts";

/** A column of the labels, in column `column` of the table. */
export interface LabelColumn {
  readonly name: string;
  readonly kind: ColumnKind;
  readonly column: string;
}

/** Opened labels. */
export interface LabelTable {
  /** Has the columns and `i`, the label's place from 0; it is stored in this order. */
  readonly table: string;
  readonly columns: readonly LabelColumn[];
  /** T of each label, in microseconds. */
  readonly at: Float64Array;
  /** The places of the labels in ascending order of T. */
  readonly byTime: Int32Array;
  /** The files that they lie in. */
  readonly files: SourceSnapshot["files"];
}

/** Opens labels for a service. Throws a `SourceError` for a missing column, a wrong type, or a label without a time. */
export async function openLabels(db: DuckDB, root: string, labels: LabelData<unknown>, service: ServicePlan): Promise<LabelTable> {
  const where = `labels ${labels.name}`;
  checkColumns(kindsOf(labels), service, where);
  const batch = await openBatch(db, root, { batch: labels.from, schema: labels.schema, times: new Set([labels.at]), where });
  const table = db.scratchName("labels");
  try {
    const columns = batch.columns.map(({ name, kind, value }): LabelColumn => ({ name, kind, column: value }));
    const time = (columns.find(({ name }) => name === labels.at) as LabelColumn).column;
    const order = batch.ordered ? "" : `ORDER BY ${orderOf(columns, [labels.at, ...service.keys.map(({ name }) => name)])}`;
    await db.run(
      `CREATE TEMP TABLE ${table} AS SELECT ${columns.map(({ column }) => column).join(", ")}, (row_number() OVER (${order}) - 1)::INTEGER AS i FROM ${batch.relation}${order === "" ? "" : " ORDER BY i"}`,
    );
    await refuseTimeless(db, batch, labels.at, where);
    const { columns: times } = await db.read(`SELECT epoch_us(${time})::DOUBLE FROM ${table} ORDER BY i`, ["float64"]);
    const { columns: places } = await db.read(`SELECT i FROM ${table} ORDER BY ${time}, i`, ["int32"]);
    return { table, columns, at: times[0], byTime: places[0], files: batch.files };
  } catch (error) {
    throw batch.mend(error);
  } finally {
    await batch.drop();
  }
}

/** Labels that have no order of their own are put in order of these columns, then of all others, so that the set is the same each time. */
function orderOf(columns: readonly LabelColumn[], first: readonly string[]): string {
  const place = ({ name }: LabelColumn): number => (first.includes(name) ? first.indexOf(name) : first.length);
  return columns
    .toSorted((a, b) => place(a) - place(b))
    .map(({ column }) => `${column} NULLS FIRST`)
    .join(", ");
}

/** The kinds of the labels' columns. */
export function kindsOf({ schema }: LabelData<unknown>): Readonly<Record<string, ColumnKind>> {
  return Object.fromEntries(Object.entries(schema).map(([name, { kind }]) => [name, kind]));
}

/** Holds the columns of labels against what a service needs and what it gives. Throws a `SourceError`. */
export function checkColumns(kinds: Readonly<Record<string, ColumnKind>>, service: ServicePlan, where: string): void {
  for (const { name, kind } of [...service.keys, ...service.request]) {
    const found = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
    if (found === kind) continue;
    if (found !== undefined)
      throw new SourceError({
        code: "LABELS_WRONG_TYPE",
        what: `column '${name}' is t.${found}(), but service ${service.name} needs t.${kind}()`,
        where,
        cure: "Give both the same type",
      });
    throw new SourceError({
      code: "LABELS_MISSING_COLUMN",
      what: `service ${service.name} needs a column '${name}'`,
      where,
      cure: didYouMean(name, Object.keys(kinds)),
    });
  }
  for (const name of Object.keys(kinds)) refuseFeature(name, service, where);
}

/** Refuses a column of labels that has the name of a feature. Throws a `SourceError`. */
export function refuseFeature(name: string, service: ServicePlan, where: string): void {
  if (!service.outputs.some((output) => output.name === name)) return;
  throw new SourceError({
    code: "LABELS_NAME_TWICE",
    what: `column '${name}' has the name of a feature of service ${service.name}`,
    where,
    cure: 'Rename the column, or the feature with view.as("prefix")',
  });
}

async function refuseTimeless(db: DuckDB, batch: Batch, at: string, where: string): Promise<void> {
  const time = batch.columns.find(({ name }) => name === at) as Batch["columns"][number];
  const [bad] = await db.query(
    `SELECT file, row::DOUBLE AS row, ${time.lost} AS lost FROM ${batch.relation} WHERE ${time.value} IS NULL ORDER BY file, row LIMIT 1`,
  );
  if (bad === undefined) return;
  const lost = bad["lost"] as string | null;
  throw new SourceError({
    code: "LABELS_NO_TIME",
    what:
      lost === null
        ? `the label has no time: '${at}' is null`
        : `the label's time '${at}' is ${JSON.stringify(lost)}, which is no time between the years 1684 and 2255`,
    where: `${where}, ${batch.place(bad["file"] as string, bad["row"] as number)}`,
    cure: "Give every label the time at which its features are to be known",
  });
}

/** Numbers the labels' keys for one use of a view; labels that name no entity get `keys.count`. */
export async function labelKeys(db: DuckDB, labels: LabelTable, use: ServiceViewPlan): Promise<{ readonly keys: WantedKeys; readonly key: Int32Array }> {
  const parts = use.keyNames.map((name) => (labels.columns.find((column) => column.name === name) as LabelColumn).column);
  const keys = await keysOf(db, use.view.keys, labels.table, parts, false);
  return { keys, key: await numbersOf(db, keys, labels.table, parts, labels.at.length) };
}
