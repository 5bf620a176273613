// The derived features of labels: made row by row from the features, the request's columns and each label's T.
import { cellOf, columnOfCells, type Cell } from "../schema/cells.ts";
import { maker, placeOf, type DerivedPlan } from "../plan/derive.ts";
import { readColumns } from "./read-columns.ts";
import { vectorReader, type Vector } from "../schema/vector.ts";
import { whilePure } from "../plan/pure.ts";
import type { DuckDB } from "./duckdb.ts";
import type { LabelColumn, LabelTable } from "./label-table.ts";
import type { FeatureValue, Value } from "../schema/value-type.ts";
import type { ServicePlan } from "../plan/service-plan.ts";

/** Derived features, one vector each in the service's order, and how often each function threw or gave an infinity. */
export interface DerivedFeatures {
  readonly vectors: readonly Vector[];
  readonly failures: Readonly<Record<string, number>>;
}

/** Makes the derived features of all labels from their features, which have their defaults. Throws a `DefinitionError`. */
export async function derivedFeatures(db: DuckDB, service: ServicePlan, labels: LabelTable, features: readonly Vector[]): Promise<DerivedFeatures> {
  if (service.derived.length === 0) return { vectors: [], failures: {} };
  const requested = service.request.map(({ name, kind }) => ({ kind, value: (labels.columns.find((column) => column.name === name) as LabelColumn).column }));
  const { vectors: request } = requested.length === 0 ? { vectors: [] } : await readColumns(db, requested, `${labels.table} ORDER BY i`);
  const fields = request.map(vectorReader);
  const readers = features.map(vectorReader);
  const vectors: Vector[] = [];
  const failures: Record<string, number> = {};
  service.derived.forEach(({ name, kind, value }: DerivedPlan, k) => {
    let row = 0;
    const make = maker(service, k, service.name, {
      feature: (i) => (readers[i] as (row: number) => FeatureValue)(row),
      field: (i) => (fields[i] as (row: number) => Value)(row),
    });
    const cells: Cell[] = [];
    let failed = 0;
    whilePure({ value: value as never, where: placeOf(service.name, name), madeUp: false }, () => {
      for (; row < labels.at.length; row++) {
        const made = make(labels.at[row] as number);
        cells.push(cellOf(made.value));
        if (made.failed) failed++;
      }
    });
    const vector = columnOfCells(kind, cells);
    vectors.push(vector);
    readers.push(vectorReader(vector));
    failures[name] = failed;
  });
  return { vectors, failures };
}
