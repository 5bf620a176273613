// One process at a time takes events: a file in the log's folder says which.
import { link, mkdir, readFile, rename, rm, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { IngestError } from "../errors.ts";
import { isHeld, releaseLock, takeLock, type WriterLock } from "../online/writer-lock.ts";

const NAME = "lock.json";
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
  const holder = await holderOf(join(folder, NAME));
  return holder !== null && isHeld(holder) ? (holder.url ?? null) : null;
}

/** Whether a living process takes events, or is about to. */
export async function isTaken(folder: string): Promise<boolean> {
  const holder = await holderOf(join(folder, NAME));
  return holder !== null && isHeld(holder);
}

/** Takes the lock of a folder. Throws an `IngestError` where a living process has it. */
export async function lockFolder(folder: string): Promise<FolderLock> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, NAME);
  const lock = takeLock();
  try {
    while (!(await placed(path, lock))) await removeStale(path, folder);
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
async function removeStale(path: string, folder: string): Promise<void> {
  const turn = `${path}.removing`;
  refuseHeld(await holderOf(path), folder);
  for (let tried = 1; ; tried++) {
    try {
      await mkdir(turn);
      break;
    } catch (error) {
      if (!isCode(error, "EEXIST")) throw error;
      if (tried === TRIES) throw leftBehind(turn);
      await sleep(PAUSE);
    }
  }
  try {
    const text = await textOf(path);
    if (text === null) return; // the next one may come in any moment: it must not be removed
    refuseHeld(lockIn(text), folder);
    await rm(path);
  } finally {
    await rmdir(turn);
  }
}

function leftBehind(turn: string): IngestError {
  return new IngestError({
    code: "INGEST_LOCKED",
    what: "a process died while it removed the lock of another",
    where: turn,
    cure: "Remove this empty folder, if no process of asof runs here",
  });
}

function refuseHeld(holder: StoredLock | null, folder: string): void {
  if (holder === null || !isHeld(holder)) return;
  throw new IngestError({
    code: "INGEST_LOCKED",
    what: `process ${holder.pid} takes events already`,
    where: folder,
    cure: "Send them to that process, or end it",
  });
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
