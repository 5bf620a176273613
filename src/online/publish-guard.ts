// What stands between a publish and a mixture: who else publishes, what has moved, and whether the clock is right.
import { setTimeout as sleep } from "node:timers/promises";
import { MaterializeError, StoreError } from "../errors.ts";
import { formatTime, systemClock, MILLISECOND, SECOND, type Clock, type Micros } from "../time.ts";
import { isHeld, type WriterLock } from "./writer-lock.ts";
import type { Move } from "../plan/record.ts";
import type { Pointer } from "./pointer.ts";
import type { StoredView } from "./store.ts";

/** A publish waits at most this long for the move before it to hold. */
const LONGEST_WAIT: Micros = SECOND;

/** Throws where a living process publishes the view. */
export function refuseLocked(lock: WriterLock | null, where: string): void {
  if (lock === null || !isHeld(lock)) return;
  throw new StoreError({
    code: "STORE_LOCKED",
    what: `process ${lock.pid} is publishing it`,
    where,
    cure: "Wait until that has ended, or end it: what it has written is harmless",
  });
}

/** Throws where the lock is no longer mine. */
export function refuseLost(lock: WriterLock | null, mine: WriterLock, where: string): void {
  if (lock?.token === mine.token) return;
  throw new StoreError({
    code: "STORE_LOCK_LOST",
    what: "another process took over its publishing",
    where,
    cure: "Nothing online has changed: materialize again",
  });
}

/** Throws where a run began or the pointer moved since `before` was read: the changes that were worked out are for that. */
export function refuseMoved(before: Pointer, now: Pointer, where: string): void {
  if (before.nextRun === now.nextRun && before.moved === now.moved) return;
  throw new StoreError({
    code: "STORE_MOVED",
    what: "another process published it, or rolled it back, at the same time",
    where,
    cure: "Nothing was written: materialize again",
  });
}

/** A run that is written over the one before the current would be missed by requests at a T before the newest move. */
export function refuseBehind(clock: Clock, newest: Move | null, where: string): void {
  const now = clock.now();
  if (newest === null || newest.from <= now) return;
  throw new MaterializeError({
    code: "MATERIALIZE_CLOCK_BEHIND",
    what: `the clock shows ${formatTime(now)}, but its newest run holds from ${formatTime(newest.from)} on`,
    where,
    cure: "Set the clock right, or wait",
  });
}

/** By how much a move may have been seen too late, by a clock that was asked after it was seen: what a clock shows, it shows for a millisecond. */
export function lateness(move: Move, now: Micros): Micros {
  return now < move.from ? 0 : now - move.from + MILLISECOND;
}

/** Waits, on the machine's clock, until a move holds; on any other clock waiting does not help. */
export async function untilHolds(clock: Clock, move: Move | null): Promise<void> {
  if (move === null || clock !== systemClock) return;
  const wait = move.from - clock.now();
  if (wait >= 0 && wait <= LONGEST_WAIT) await sleep(wait / MILLISECOND + 1);
}

/** What to throw where the states of a view are no longer as they were read. */
export function statesMoved(view: StoredView): StoreError {
  return new StoreError({
    code: "STORE_STATES_MOVED",
    what: "another process absorbs its log",
    where: `view ${view.name}`,
    cure: "One process at a time takes events: end the other, and what it has not absorbed is absorbed again",
  });
}
