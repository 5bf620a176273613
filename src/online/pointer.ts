// A view's pointer: which run holds at which T, and which runs can still be read. Pure; a store keeps it in one record.
import { MaterializeError, StoreError } from "../errors.ts";
import { MAX_RUN } from "./row-versions.ts";
import { moveAt, type Move } from "../plan/record.ts";
import { formatTime, type Micros } from "../time.ts";

/** The state of a view's pointer. */
export interface Pointer {
  /** The number of the next run to begin. */
  readonly nextRun: number;
  /** How many moves there ever were. */
  readonly moved: number;
  /** The newest moves, oldest first: more than the readable runs can need. */
  readonly moves: readonly Move[];
  /** The runs whose rows are stored whole, ascending: at most two. */
  readonly readable: readonly number[];
}

/** Of a view that never had a run. */
export const NO_POINTER: Pointer = { nextRun: 1, moved: 0, moves: [], readable: [] };

/** The newest moves are kept beside the pointer; the whole record lies elsewhere. */
const NEWEST_MOVES = 8;

/** The newest move; null before the first. */
export function newestMove(pointer: Pointer): Move | null {
  return pointer.moves.at(-1) ?? null;
}

/** The run that readers are at; 0 before the first publish. */
export function currentRun(pointer: Pointer): number {
  return newestMove(pointer)?.run ?? 0;
}

/** The move that holds at T, if the rows of its run are still stored whole; else null. */
export function readableAt(pointer: Pointer, at: Micros): Move | null {
  const move = moveAt(pointer.moves, at);
  return move !== null && pointer.readable.includes(move.run) ? move : null;
}

/** With one run more begun. Throws where its tick is older than what is online. */
export function begun(pointer: Pointer, tick: Micros, where: string): Pointer {
  const newest = newestMove(pointer);
  if (newest !== null && tick < newest.tick) {
    throw new MaterializeError({
      code: "MATERIALIZE_OLDER_TICK",
      what: `tick ${formatTime(tick)} is older than ${formatTime(newest.tick)}, which is online`,
      where,
      cure: "An older tick never replaces a newer: roll back, or backfill it",
    });
  }
  if (pointer.nextRun > MAX_RUN) throw new StoreError({ code: "STORE_TOO_MANY_RUNS", what: `it had ${MAX_RUN} runs`, where, cure: "Begin a new store" });
  return { ...pointer, nextRun: pointer.nextRun + 1 };
}

/** As a pass begins to write: it takes the place of the rows of every run but the current one. */
export function narrowed(pointer: Pointer): Pointer {
  return { ...pointer, readable: pointer.moves.length === 0 ? [] : [currentRun(pointer)] };
}

/** With the move to a run whose rows are all written. `from` is raised to the newest move's. */
export function published(pointer: Pointer, move: Move): Pointer {
  return { ...moved(pointer, move), readable: [...narrowed(pointer).readable, move.run] };
}

/** With the move back to the run before the current one. Throws where its rows are gone, or there is none. */
export function rolledBack(pointer: Pointer, tickOf: (run: number) => Micros, from: Micros, where: string): Pointer {
  const current = currentRun(pointer);
  const before = pointer.readable.find((run) => run < current);
  if (before === undefined) {
    throw new MaterializeError({
      code: "MATERIALIZE_NO_RUN_BEFORE",
      what: current === 0 ? "nothing was published yet" : `there is no run before run ${current}, or it is no longer stored`,
      where,
      cure: "Materialize it from the source",
    });
  }
  return moved(pointer, { from, run: before, tick: tickOf(before), kind: "rollback" });
}

/** Appends a move, `from` never below that of the move before. */
function moved(pointer: Pointer, move: Move): Pointer {
  const from = Math.max(move.from, newestMove(pointer)?.from ?? -Infinity);
  return { ...pointer, moved: pointer.moved + 1, moves: [...pointer.moves, { ...move, from }].slice(-NEWEST_MOVES) };
}
