// A view's pointer in Redis, and what each partition says of the runs that are whole in it.
import { NO_POINTER, type Pointer } from "../pointer.ts";

/** Which runs are whole in a partition. */
export interface WholeRuns {
  readonly readable: readonly number[];
  /** An id for each of them: a server that lost its last writes gives the number of a run that it has forgotten to another. */
  readonly ids: Readonly<Record<number, string>>;
}

/** The pointer, which says the same of partition 0. */
export type RedisPointer = Pointer & WholeRuns;

/** A pointer, and the text that it is stored as. */
export interface StoredPointer {
  readonly pointer: RedisPointer;
  /** Empty where nothing is stored. */
  readonly text: string;
}

/** Of a view that never had a run. */
export const NO_REDIS_POINTER: RedisPointer = { ...NO_POINTER, ids: {} };

/** Whether the run that a pointer shows is whole in a partition. */
export function isWhole(part: WholeRuns, pointer: WholeRuns, run: number): boolean {
  return part.readable.includes(run) && part.ids[run] === pointer.ids[run];
}

/** The pointer with the ids of the runs that are readable, one of which may be new. */
export function withIds(pointer: Pointer, before: WholeRuns, added: Readonly<Record<number, string>> = {}): RedisPointer {
  return { ...pointer, ids: idsOf(pointer.readable, { ...before.ids, ...added }) };
}

/** The ids of runs. */
export function idsOf(runs: readonly number[], ids: Readonly<Record<number, string>>): Readonly<Record<number, string>> {
  return Object.fromEntries(runs.map((run) => [run, ids[run] ?? ""]));
}
