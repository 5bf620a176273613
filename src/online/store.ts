// The contract of an online store: rows of feature views by key, runs published atomically behind a pointer.
import type { Clock, Micros } from "../time.ts";
import type { Move, RefreshRecord, Run } from "../plan/record.ts";
import type { Registry } from "./registry.ts";
import type { StateStore } from "./state-store.ts";

/** A view in a store: its name and version. Versions live beside each other. */
export interface StoredView {
  readonly name: string;
  readonly version: string;
}

/** One row to read: of which view, under which canonically encoded key. */
export interface RowRead {
  readonly view: StoredView;
  readonly key: Uint8Array;
}

/** What a read finds: the run that held at T, and the row that it published for the key. */
export interface RowFound {
  /** The move of the pointer that holds at T. */
  readonly move: Move;
  /** The encoded row; null where the run has none for the key. */
  readonly row: Uint8Array | null;
}

/** In the place of what a read finds: the store, or the part of it that has the key, did not answer in time. */
export const UNREACHED = "unreached";
export type Unreached = typeof UNREACHED;

/** An entity of a run: its encoded key and its encoded row. */
export interface PublishedRow {
  readonly key: Uint8Array;
  readonly row: Uint8Array;
}

/** What a publish did. */
export interface Published {
  readonly run: Run;
  readonly move: Move;
  /**
   * How much later than `move.from` the move may have become visible, in microseconds: 0 proves that no request with
   * T >= `move.from` was answered with the run before; above it, requests of this span may have been.
   */
  readonly late: Micros;
}

/** A run as its publisher describes it before the store counts its rows. */
export type NewRun = Omit<Run, "run" | "entities" | "written" | "removed" | "finishedAt">;

/**
 * An online store. Implementations keep these invariants, and `test/contract/online-store.ts` holds each to them:
 * 1. A reader sees run n or run n + 1 of a view, never a mixture, whatever the writer does and wherever it dies.
 * 2. `publish` resolves when the run and the move of the pointer are durable.
 * 3. An older tick never replaces a newer; moves never go back in `from`.
 * 4. The run before the current one stays readable until the next publish begins to write, so that a rollback and a reader
 *    at an older T find it. A T whose run is no longer stored finds no run; never rows of another.
 * 5. Rows equal to what is stored are not rewritten.
 */
export interface OnlineStore {
  /** The live states of streaming views. */
  readonly states: StateStore;
  /** What is applied. */
  readonly registry: Registry;
  /**
   * Reads rows of one request in one snapshot, as of T. Ask the clock first: the snapshot is taken by this call, so that it is never older than
   * that. T may be told later, raised above it by what was read meanwhile. `null` in place of a row: no run of the view holds at T. The answer is in the order of
   * `reads`.
   */
  read(reads: readonly RowRead[], at: Micros | Promise<Micros>): readonly (RowFound | Unreached | null)[] | Promise<readonly (RowFound | Unreached | null)[]>;
  /**
   * Publishes a run: writes the rows, removes those of keys that the run does not have, then moves the pointer. `rows`
   * come in ascending order of key bytes. The clock is asked once all is written, for the `from` of the move. Of two
   * publishers of a view at one time, one is refused. A publish that fails leaves readers where they were.
   */
  publish(view: StoredView, run: NewRun, rows: AsyncIterable<PublishedRow> | Iterable<PublishedRow>, clock: Clock): Promise<Published>;
  /** Records backfilled runs without rows: ticks of the past are known, and nothing online changes. */
  recordBackfill(view: StoredView, runs: readonly Omit<Run, "run">[]): Promise<void>;
  /** Points back to the run before the current one; refused where its rows are gone (once back, or after a failed publish). */
  rollback(view: StoredView, clock: Clock): Promise<Move>;
  /** The pointer's newest move; null before the first. */
  newestMove(view: StoredView): Promise<Move | null>;
  /** The pointer's moves, oldest first. */
  record(view: StoredView): Promise<RefreshRecord>;
  /** The runs, oldest first. */
  runs(view: StoredView): Promise<readonly Run[]>;
  /** All stored rows of the run that holds at T, in order of key; none where no run does. */
  scan(view: StoredView, at: Micros): AsyncIterable<PublishedRow>;
  close(): Promise<void>;
}
