// The demo: from three million real flights to a model in service, and the proof that it is served what it was trained on.
import { join } from "node:path";
import { rm } from "node:fs/promises";
import { countDifferent, type Matrix } from "../common/matrix.ts";
import { loadDays } from "./notebook.ts";
import { notebookExample, storeExample, STORE_FEATURES, type Example } from "./ways.ts";
import { openWarehouse, quoted, type Warehouse } from "../common/warehouse.ts";
import { prepare, type Prepared, type Sizes } from "./prepare.ts";
import { progressOn, type Progress } from "../common/progress.ts";
import { replay } from "./replay.ts";
import { percentile } from "../common/score.ts";
import { readFlags } from "../common/flags.ts";
import { withStore } from "../common/servers.ts";
import { startWorker, type Worker } from "../common/worker.ts";
import { summaryText, type Findings, type Way } from "./summary.ts";
import { training, verify, type Trained } from "./cli.ts";
import type { Scores, Task } from "./training-worker.ts";

const CACHE: string = join(import.meta.dirname, "../../.cache/flights");

/** Features and outcomes of one way of training: to train on, and of June. */
interface Examples {
  readonly train: Example;
  readonly june: Example;
}

async function demo(sizes: Sizes, progress: Progress): Promise<Findings> {
  const began = performance.now();
  for (const left of ["online", "log"]) await rm(join(CACHE, left), { recursive: true, force: true });
  const files = await progress.phase("three million flights to UTC, with landing times", () => prepare(CACHE, sizes));
  const warehouse = await openWarehouse();
  const trainer = await startWorker<Task, Scores | null>(new URL("./training-worker.ts", import.meta.url));
  try {
    const { rows_per_s, examples } = await trainingSets(files, warehouse, progress);
    const fits = Promise.all(Object.entries(examples).map(([way, { train }]) => trainer.ask({ fit: way, ...train })));
    const june = await warehouse.columns(`select * replace (epoch_us(label_time) as label_time) from ${quoted(files.june)} order by flight`);
    const { served, latencies, runs, briefing } = await progress.phase(
      "June 2001 in order of time, over HTTP",
      () => replay(june, STORE_FEATURES, (done) => progress.part(done)),
      (result, s) => `${result.latencies.length} requests, ${result.runs} refresh runs, ${Math.round(result.latencies.length / s)} requests/s`,
    );
    const [proof, training_different] = await progress.phase(
      "asof verify, and June's training set by the recorded refreshes",
      () => Promise.all([verify(), recomputed(warehouse, files, served)]),
      ([{ compared, different }, differ]) =>
        `${compared} values compared, ${different} different; ${differ} values of the training set differ from those served`,
    );
    await progress.phase("models", () => fits);
    const soFar = (await notebookExample(warehouse, files, "june", "so_far")).features;
    const models = await scores(trainer, examples, { notebook: soFar, store: withRequest(served, examples.point_in_time.june.features) });
    return {
      training_rows: sizes.train,
      features: STORE_FEATURES.length,
      rows_per_s,
      models,
      refresh_runs: runs,
      requests: latencies.length,
      p50_ms: percentile(latencies, 0.5),
      p99_ms: percentile(latencies, 0.99),
      compared: proof.compared,
      not_null: proof.notNull,
      different: proof.different,
      rows_behind: proof.views.reduce((sum, { lag }) => sum + lag.rowsBehind, 0),
      training_different,
      briefing,
      seconds: (performance.now() - began) / 1000,
    };
  } finally {
    await trainer.end();
    warehouse.close();
  }
}

/** Training sets with asof by both clocks and by event time alone, of the training flights and of June's; the notebook's beside them. */
async function trainingSets(files: Prepared, warehouse: Warehouse, progress: Progress): Promise<{ rows_per_s: number; examples: Record<Way, Examples> }> {
  const speed = ({ rows, durationMicros }: Trained): number => Math.round((rows * 1e6) / durationMicros);
  const build = (labels: string, kind: string, availability: "recorded" | "instant"): Promise<Trained> =>
    training(labels, join(CACHE, `${kind}-${availability}`), availability);
  const notebooks = notebookExamples(warehouse, files); // in this process, while asof works in others
  const trained = await progress.phase(
    "training set, both clocks",
    () => build("departures", "train", "recorded"),
    (set) => `${set.rows} rows x ${STORE_FEATURES.length} features, ${speed(set)} rows/s`,
  );
  const ofStore = async (availability: string): Promise<Examples> => ({
    train: await storeExample(warehouse, files, join(CACHE, `train-${availability}`), "train"),
    june: await storeExample(warehouse, files, join(CACHE, `june-${availability}`), "june"),
  });
  await progress.phase("training set, event time only, and June's of both", () =>
    Promise.all([build("june_departures", "june", "recorded"), build("drawn_departures", "train", "instant"), build("june_departures", "june", "instant")]),
  );
  const examples = await progress.phase("the notebook, and reading all four", async () => ({
    ...(await notebooks),
    event_time: await ofStore("instant"),
    point_in_time: await ofStore("recorded"),
  }));
  return { rows_per_s: speed(trained), examples };
}

/** The notebook's features of the same flights, with the label's own row in its group and without. */
async function notebookExamples(warehouse: Warehouse, files: Prepared): Promise<Pick<Record<Way, Examples>, "notebook" | "notebook_without_own_row">> {
  await loadDays(warehouse, files.days);
  const of = async (sameDay: "whole_day" | "others"): Promise<Examples> => ({
    train: await notebookExample(warehouse, files, "train", sameDay),
    june: await notebookExample(warehouse, files, "june", sameDay),
  });
  return { notebook: await of("whole_day"), notebook_without_own_row: await of("others") };
}

/** June's training set again, now that the refreshes are on record: how many values differ from what was served. */
async function recomputed(warehouse: Warehouse, files: Prepared, served: Matrix): Promise<number> {
  const out = join(CACHE, "june-served");
  await training("june_departures", out, "recorded");
  return countDifferent(served, (await storeExample(warehouse, files, out, "june")).features);
}

/** What was served, with the columns that come from the request itself. */
function withRequest(served: Matrix, evaluated: Matrix): Matrix {
  return { rows: served.rows, columns: [...served.columns, ...evaluated.columns.slice(served.columns.length)] };
}

async function scores(
  trainer: Worker<Task, Scores | null>,
  examples: Record<Way, Examples>,
  served: { readonly notebook: Matrix; readonly store: Matrix },
): Promise<Record<Way, Scores>> {
  const of = async (way: Way): Promise<Scores> => {
    const { june } = examples[way];
    return (await trainer.ask({
      score: way,
      outcomes: june.outcomes,
      evaluated: june.features,
      served: way.startsWith("notebook") ? served.notebook : served.store,
    })) as Scores;
  };
  return {
    notebook: await of("notebook"),
    notebook_without_own_row: await of("notebook_without_own_row"),
    event_time: await of("event_time"),
    point_in_time: await of("point_in_time"),
  };
}

const options = readFlags({ train: 1_000_000, requests: 50_000, days: 30, store: "embedded", json: false });
const found = await withStore(options.store, () => demo(options, progressOn(process.stderr)));
process.stderr.write(summaryText(found));
if (options.json) process.stdout.write(`${JSON.stringify(found)}\n`);
process.exitCode = found.different > 0 || found.training_different > 0 ? 1 : 0;
