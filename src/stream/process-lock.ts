// One process at a time takes events, and one compacts: a file in the folder of the logs says which.
import { link, mkdir, readFile, rename, rm, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { IngestError } from "../errors.ts";
import { isHeld, releaseLock, takeLock, type WriterLock } from "../online/writer-lock.ts";

/** What one process at a time does in a folder. */
export interface LockedWork {
  /** The name of the lock's file. */
  readonly file: string;
  readonly code: string;
  /** What a process is told that it does: `takes events`. */
  readonly does: string;
  readonly cure: string;
}

const TAKING: LockedWork = { file: "lock.json", code: "INGEST_LOCKED", does: "takes events", cure: "Send them to that process, or end it" };
/** Compaction, beside which events may be taken. */
export const COMPACTING: LockedWork = { file: "compacting.json", code: "INGEST_COMPACTING", does: "compacts", cure: "Wait until it has ended" };
/** To remove a stale lock takes a millisecond: so often, and so many milliseconds apart, one waits for one's turn. */
const TRIES = 500;
const PAUSE = 10;

/** The lock of a folder, held by this process. */
export interface FolderLock {
  /** Says where the process can be sent events. */
  announce(url: string): Promise<void>;
  release(): Promise<void>;
}

interface StoredLock extends WriterLock {
  readonly url?: string;
}

/** Where the living process that takes events can be sent them; null where there is none, or it does not listen. */
export async function ingestUrl(folder: string): Promise<string | null> {
  const holder = await holderOf(join(folder, TAKING.file));
  return holder !== null && isHeld(holder) ? (holder.url ?? null) : null;
}

/** Whether a living process takes events, or is about to. */
export async function isTaken(folder: string): Promise<boolean> {
  const holder = await holderOf(join(folder, TAKING.file));
  return holder !== null && isHeld(holder);
}

/** Takes the lock of a folder, by default to take events. Throws an `IngestError` with the work's code where a living process has it. */
export async function lockFolder(folder: string, work: LockedWork = TAKING): Promise<FolderLock> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, work.file);
  const lock = takeLock();
  try {
    while (!(await placed(path, lock))) await removeStale(path, folder, work);
  } catch (error) {
    releaseLock(lock);
    throw error;
  }
  return {
    announce: async (url) => {
      await writeFile(`${path}.new`, JSON.stringify({ ...lock, url } satisfies StoredLock));
      await rename(`${path}.new`, path);
    },
    release: async () => {
      if ((await holderOf(path))?.token === lock.token) await rm(path, { force: true });
      releaseLock(lock);
    },
  };
}

/** Puts a lock in its place, whole from the first moment on; false where one is there. */
async function placed(path: string, lock: WriterLock): Promise<boolean> {
  const own = `${path}.${lock.token}`;
  await writeFile(own, JSON.stringify(lock));
  try {
    await link(own, path);
    return true;
  } catch (error) {
    if (isCode(error, "EEXIST")) return false;
    throw error;
  } finally {
    await rm(own);
  }
}

/**
 * Removes a lock whose process died. One at a time, and only what it has read: nobody else removes anything meanwhile, and a new lock is
 * placed only where there is none.
 */
async function removeStale(path: string, folder: string, work: LockedWork): Promise<void> {
  const turn = `${path}.removing`;
  refuseHeld(await holderOf(path), folder, work);
  for (let tried = 1; ; tried++) {
    try {
      await mkdir(turn);
      break;
    } catch (error) {
      if (!isCode(error, "EEXIST")) throw error;
      if (tried === TRIES) throw leftBehind(turn, work);
      await sleep(PAUSE);
    }
  }
  try {
    const text = await textOf(path);
    if (text === null) return; // the next one may come in any moment: it must not be removed
    refuseHeld(lockIn(text), folder, work);
    await rm(path);
  } finally {
    await rmdir(turn);
  }
}

function leftBehind(turn: string, { code }: LockedWork): IngestError {
  return new IngestError({
    code,
    what: "a process died while it removed the lock of another",
    where: turn,
    cure: "Remove this empty folder, if no process of asof runs here",
  });
}

function refuseHeld(holder: StoredLock | null, folder: string, { code, does, cure }: LockedWork): void {
  if (holder === null || !isHeld(holder)) return;
  throw new IngestError({ code, what: `process ${holder.pid} ${does} already`, where: folder, cure });
}

function isCode(error: unknown, code: string): boolean {
  return (error as NodeJS.ErrnoException).code === code;
}

async function holderOf(path: string): Promise<StoredLock | null> {
  const text = await textOf(path);
  return text === null ? null : lockIn(text);
}

/** Null where there is no file. */
function textOf(path: string): Promise<string | null> {
  return readFile(path, "utf8").catch((error: unknown) => {
    if (isCode(error, "ENOENT")) return null;
    throw error;
  });
}

/** Null where it is nothing of ours. */
function lockIn(text: string): StoredLock | null {
  try {
    return JSON.parse(text) as StoredLock;
  } catch {
    return null;
  }
}
