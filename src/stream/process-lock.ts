// One process at a time takes events: a file in the log's folder says which.
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { IngestError } from "../errors.ts";
import { isHeld, releaseLock, takeLock, type WriterLock } from "../online/writer-lock.ts";

const NAME = "lock.json";

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

/** Takes the lock of a folder. Throws an `IngestError` where a living process has it. */
export async function lockFolder(folder: string): Promise<FolderLock> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, NAME);
  const lock = takeLock();
  for (;;) {
    try {
      await writeFile(path, JSON.stringify(lock), { flag: "wx" });
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") {
        releaseLock(lock);
        throw error;
      }
    }
    const holder = await holderOf(path);
    if (holder !== null && isHeld(holder)) {
      releaseLock(lock);
      throw new IngestError({
        code: "INGEST_LOCKED",
        what: `process ${holder.pid} takes events already`,
        where: folder,
        cure: "Send them to that process, or end it",
      });
    }
    await rm(path, { force: true });
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

async function holderOf(path: string): Promise<StoredLock | null> {
  try {
    return JSON.parse(await readFile(path, "utf8")) as StoredLock;
  } catch {
    return null; // gone by now, or its writer died before it was written whole
  }
}
