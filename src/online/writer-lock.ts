// Who publishes a view: a lock as plain data, and whether the process that took it still lives.
import { readFileSync } from "node:fs";
import { randomUUID } from "node:crypto";

/** The process that holds a lock, told apart from a later one with its number. */
export interface WriterLock {
  readonly pid: number;
  /** When the process started, as Linux counts it; null where that cannot be read. */
  readonly started: string | null;
  readonly token: string;
}

/** The locks that this process holds, so that one left by an earlier process with its number is known to be stale. */
const HELD: Set<string> = new Set();

/** A new lock of this process; `release` it when done. */
export function takeLock(): WriterLock {
  const token = randomUUID();
  HELD.add(token);
  return { pid: process.pid, started: startOf(process.pid), token };
}

/** Forgets a lock of this process. */
export function releaseLock(lock: WriterLock): void {
  HELD.delete(lock.token);
}

/** Whether the holder of a lock still lives. */
export function isHeld(lock: WriterLock): boolean {
  if (lock.pid === process.pid) return HELD.has(lock.token);
  return isRunning(lock.pid) && startOf(lock.pid) === lock.started;
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM"; // it runs, as another user
  }
}

/** Field 22 of /proc/pid/stat, counted behind the command's closing parenthesis; a zombie (Z) has no start: it is dead. */
function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" ? "dead" : (fields[19] ?? null);
  } catch {
    return null;
  }
}
