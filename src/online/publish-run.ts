// Publishing one run: what every store does in the same order, over the few steps that it writes in its own way.
import { lateness, untilHolds } from "./publish-guard.ts";
import { currentRun, type Pointer } from "./pointer.ts";
import { runChanges, type KeyChange, type RunCounts, type StoredAbove } from "./run-changes.ts";
import type { Clock } from "../time.ts";
import type { KeptKeys } from "./kept-keys.ts";
import type { Move, Run } from "../plan/record.ts";
import type { NewRun, Published, PublishedRow } from "./store.ts";

/** How a store writes one run of one view. Each step is written whole or not at all, and is refused where another publisher came between. */
export interface RunWriter {
  /** The pointer that the changes are worked out for. */
  readonly before: Pointer;
  readonly stored: StoredAbove;
  /** Takes the run's number: until it is finished or abandoned no other publish of the view begins. */
  begin(): Promise<void>;
  /** Writes changes; the first take the place of the rows of every run but the current one. */
  write(batch: readonly KeyChange[]): Promise<void>;
  /** Records the run and moves the pointer to it. The clock is asked in this step, for the `from` of the move. Resolves when readers see it. */
  finish(run: Run): Promise<Move>;
  /** All four in one step, for a run with few changes; null where the store cannot. */
  readonly atOnce: ((batch: readonly KeyChange[], run: Run) => Promise<Move>) | null;
  /** Lets others publish. What was written is harmless. */
  abandon(): Promise<void>;
  /** Resolves when what was written outlives the store's process. */
  flushed(): Promise<unknown>;
}

/** Publishes a run. `kept` is given all keys as they are then. Throws what the writer or the rows throw; readers stay where they were. */
export async function publishRun(
  writer: RunWriter,
  run: NewRun,
  rows: AsyncIterable<PublishedRow> | Iterable<PublishedRow>,
  clock: Clock,
  kept: KeptKeys | null,
): Promise<Published> {
  const { nextRun } = writer.before;
  const counts: RunCounts = { entities: 0, written: 0, removed: 0 };
  const changes = runChanges(writer.stored, rows, nextRun, currentRun(writer.before), counts, kept);
  const finished = (): Run => ({ ...run, run: nextRun, ...counts, finishedAt: clock.now() });
  const { run: done, move } = await written(writer, changes, finished);
  const late = lateness(move, clock.now());
  await writer.flushed();
  await untilHolds(clock, move);
  return { run: done, move, late };
}

/** Writes changes and moves the pointer: in one step where they are few, else batch after batch. */
async function written(writer: RunWriter, changes: AsyncGenerator<readonly KeyChange[], void>, finished: () => Run): Promise<Omit<Published, "late">> {
  const ahead = [await changes.next(), await changes.next()].flatMap(({ value }) => (value === undefined ? [] : [value]));
  if (ahead.length < 2 && writer.atOnce !== null) {
    const run = finished();
    return { run, move: await writer.atOnce(ahead[0] ?? [], run) };
  }
  try {
    await writer.begin();
    for (const batch of ahead) await writer.write(batch);
    for await (const batch of changes) await writer.write(batch);
    const run = finished();
    return { run, move: await writer.finish(run) };
  } catch (error) {
    await writer.abandon();
    throw error;
  }
}
