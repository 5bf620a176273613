// The values of a refreshed view from the row that its run published.
import { decodeCells, FIRST_CELL, fromCellOf } from "./row-codec.ts";
import { missingAt, statusOf, valueWithout } from "../plan/answer.ts";
import type { FeaturePlan, ViewPlan } from "../plan/view-plan.ts";
import type { Micros } from "../time.ts";
import type { RowFound } from "./store.ts";
import type { ServicePlan } from "../plan/service-plan.ts";
import type { Status } from "../define/answer.ts";
import type { FeatureValue } from "../schema/value-type.ts";

/** An answer while it is put together: a value is PRESENT unless it is said otherwise. */
export interface OpenRow {
  readonly at: Micros;
  readonly values: FeatureValue[];
  readonly status: Status[];
  readonly eventTime: (Micros | null)[];
}

/** Puts a row that was found into an answer. */
export type FillRow = (found: RowFound | null, row: OpenRow) => void;

/** What puts rows of one use of a refreshed view into answers of a service. */
export function rowFiller(view: ViewPlan, service: ServicePlan, use: number): FillRow {
  const firstFailed = FIRST_CELL + view.features.length + view.frames.length;
  const cells = service.features.flatMap((output, position) => {
    if (output.view !== use) return [];
    const feature = output.feature;
    const plan = view.features[feature] as FeaturePlan;
    const frameCell = FIRST_CELL + view.features.length + plan.frame;
    return [{ position, feature, cell: FIRST_CELL + feature, frameCell, fromCell: fromCellOf(plan.kind), fallback: plan.fallback, plan }];
  });
  return (found, { at, values, status, eventTime }) => {
    const without = missingAt(view, at, found === null ? null : found.move.tick) ?? (found?.row === null ? "NOT_FOUND" : null);
    if (without !== null) {
      for (const { position, plan } of cells) {
        values[position] = valueWithout(plan, without);
        status[position] = without;
      }
      return;
    }
    const row = decodeCells(found?.row as Uint8Array);
    for (const { position, feature, cell, frameCell, fromCell, fallback } of cells) {
      const value = row[cell];
      values[position] = value === null ? fallback : fromCell(value);
      if (value === null) status[position] = statusOf(value, row.includes(feature, firstFailed));
      eventTime[position] = row[frameCell] as Micros | null;
    }
  };
}
