// The three ways of training on the same flights: the notebook, event time only, both clocks.
import { join } from "node:path";
import { lateness } from "./definitions.ts";
import { matrixOf, type Matrix } from "../common/matrix.ts";
import { notebookFeatures, NOTEBOOK_FEATURES, type SameDay } from "./notebook.ts";
import { quoted, type Warehouse } from "../common/warehouse.ts";
import { SHUFFLED, type Prepared } from "./prepare.ts";

/** The features that the store computes, in the service's order. */
export const STORE_FEATURES: readonly string[] = [...lateness.views.flatMap((view) => view.exposed), ...lateness.derived].map((feature) => feature.name);

/** What each model takes from the request besides. */
const REQUEST_FEATURES = ["distance", "minute_of_day", "weekday"] as const;

/** Features and outcomes of the same flights in the same order, whatever the features were made by. */
export interface Example {
  readonly features: Matrix;
  readonly outcomes: Float64Array;
}

/** The flights that models are trained on, in an order that has nothing to do with time. */
const drawn = (file: string, files: Prepared, columns = "*"): string =>
  `select ${columns} from ${quoted(file)} where flight in (select flight from ${quoted(files.drawn)}) order by ${SHUFFLED}`;
const whole = (file: string, columns = "*"): string => `select ${columns} from ${quoted(file)} order by flight`;

/** The flights of a training set that asof wrote. */
export async function storeExample(warehouse: Warehouse, files: Prepared, folder: string, period: "train" | "june"): Promise<Example> {
  const data = join(folder, "data.parquet");
  const features = [...STORE_FEATURES, ...REQUEST_FEATURES];
  const columns = [...features, "late"].join(", ");
  const table = await warehouse.columns(period === "train" ? drawn(data, files, columns) : whole(data, columns));
  return { features: matrixOf(table, features), outcomes: table.numbers("late") };
}

/** The same flights with the notebook's features. */
export async function notebookExample(warehouse: Warehouse, files: Prepared, period: "train" | "june", sameDay: SameDay): Promise<Example> {
  const labels = period === "train" ? drawn(files.train, files) : whole(files.june);
  const table = await notebookFeatures(warehouse, labels, sameDay);
  return { features: matrixOf(table, [...NOTEBOOK_FEATURES, ...REQUEST_FEATURES]), outcomes: table.numbers("late") };
}
