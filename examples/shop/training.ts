// From past checkouts to a model: the training set as asof builds it, a model of its first weeks, and its score on the last ones.
import { join } from "node:path";
import { writeFileSync } from "node:fs";
import { checkout } from "./definitions.ts";
import { chanceBy, fitLogistic, type Logistic } from "./logistic.ts";
import { matrixOf } from "../common/matrix.ts";
import { openWarehouse, quoted, type Table } from "../common/warehouse.ts";
import { score, type Score } from "../common/score.ts";
import { FOLDER, HIGHEST, MODEL } from "./settings.ts";
import type { Asof } from "../common/asof.ts";

/** What became of the training set, and the model. */
export interface Trained {
  readonly rows: number;
  readonly features: number;
  readonly train: number;
  readonly test: number;
  /** Checkouts that are too young to be judged, and those left out because their outcome was not known when the test begins. */
  readonly immature: number;
  readonly embargo: number;
  /** Of the checkouts to test with. */
  readonly charged_back: number;
  /** On the last weeks. */
  readonly evaluated: Score;
}

/** What `asof training --json` tells. */
interface Built {
  readonly rows: number;
  readonly labels: { readonly outcome: { readonly immature: number } };
  readonly split: { readonly rows: { readonly train: number; readonly test: number; readonly embargo: number } };
}

const DAY = 86_400_000;
/** Checkouts of the last 16 days are not judged yet: the two weeks of the outcome, and two days until all is heard. The test is the two weeks before. */
const TEST_DAYS = 16 + 14;

/** What the service gives that is no number. */
const NO_NUMBERS: ReadonlySet<string> = new Set(["items_in_session", "began"]);
const FEATURES: readonly string[] = [...checkout.views.flatMap((view) => view.exposed), ...checkout.derived].map(({ name }) => name);
/** What the model takes: the service's numbers, and the amount, which is in the request. */
const INPUTS: readonly string[] = [...FEATURES.filter((name) => !NO_NUMBERS.has(name)), "amount"];

/** Builds the training set as of each past checkout, trains, and leaves the model in a file for the till. */
export async function train(asof: Asof, now: number): Promise<Trained> {
  const folder = join(FOLDER, "training");
  const testFrom = new Date(now - TEST_DAYS * DAY).toISOString();
  const built = await asof.run<Built>(["training", "checkout", "--labels", "charged_back", "--out", folder, "--split-test", testFrom]);
  const warehouse = await openWarehouse();
  try {
    const part = (name: string): Promise<Table> =>
      warehouse.columns(`select ${[...INPUTS, "charged_back"].join(", ")} from ${quoted(join(folder, "data.parquet"))} where split = ${quoted(name)}`);
    const past = await part("train");
    const model = fitLogistic(INPUTS, matrixOf(past, INPUTS), past.numbers("charged_back"));
    writeFileSync(MODEL, JSON.stringify(model));
    const { outcome } = built.labels;
    const { train: trained, test: tested, embargo } = built.split.rows;
    const sizes = { rows: built.rows, features: FEATURES.length, train: trained, test: tested, embargo, immature: outcome.immature };
    return { ...sizes, ...evaluate(model, await part("test")) };
  } finally {
    warehouse.close();
  }
}

function evaluate(model: Logistic, test: Table): Pick<Trained, "charged_back" | "evaluated"> {
  const { columns } = matrixOf(test, model.features);
  const scores = Float64Array.from({ length: test.rows }, (_, row) =>
    chanceBy(
      model,
      columns.map((column) => column[row] as number),
    ),
  );
  const outcomes = test.numbers("charged_back");
  return { charged_back: outcomes.reduce((sum, one) => sum + one, 0), evaluated: score(scores, outcomes, HIGHEST) };
}
