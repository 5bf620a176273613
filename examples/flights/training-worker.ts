// The training process: fits one model on one way's features, and scores it on June as evaluated and as served.
import { answering } from "../common/worker.ts";
import { score, type Score } from "../common/score.ts";
import { trainModel, type Model } from "./model.ts";
import type { Matrix } from "../common/matrix.ts";

/** Features and outcomes to train on, or June's to score with; `name` says which model. */
export type Task =
  | { readonly fit: string; readonly features: Matrix; readonly outcomes: Float64Array }
  | { readonly score: string; readonly outcomes: Float64Array; readonly evaluated: Matrix; readonly served: Matrix };

/** The scores of a model on June: with the features as its way of training computes them, and as serving had them. */
export interface Scores {
  readonly evaluated: Score;
  readonly served: Score;
}

/** Precision is that among the fifth ranked highest. */
const HIGHEST = 0.2;
const models = new Map<string, Model>();

answering<Task, Scores | null>(
  async (task) => {
    if ("fit" in task) {
      models.set(task.fit, await trainModel(task.features, task.outcomes));
      return null;
    }
    const model = models.get(task.score) as Model;
    return { evaluated: score(model.predict(task.evaluated), task.outcomes, HIGHEST), served: score(model.predict(task.served), task.outcomes, HIGHEST) };
  },
  () => Promise.resolve(),
);
