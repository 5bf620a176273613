// Readings: which rows of a source a view takes, those of its batch or those of its stream.
import type { ViewPlan } from "../plan/view-plan.ts";

/** The rows of a source, as a view takes them: see `ViewPlan`. */
export type Reading = Pick<ViewPlan, "source" | "streamed">;

/** Whether rows count as the stream brings them: in streamed views, and in all views of a source that has only a stream. */
export function takesStream({ source, streamed }: Reading): boolean {
  return streamed || source.batch === null;
}

/** Whether two views take the same rows of one source. */
export function isSameReading(a: Reading, b: Reading): boolean {
  return a.source === b.source && takesStream(a) === takesStream(b);
}

/** Readings, each once. */
export function readingsOf(views: readonly Reading[]): Reading[] {
  return views.filter((view, i) => views.findIndex((other) => isSameReading(view, other)) === i);
}
