// Writes a folder whole or not at all: beside its place, flushed to disk, then moved there.
import { mkdir, mkdtemp, readdir, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { flush } from "./write-parquet.ts";
import { SourceError } from "../errors.ts";

/**
 * Lets `write` fill a new folder and moves it to `folder`. One that is there is replaced if it holds a file `mark`, and
 * refused with a `SourceError` otherwise. Nothing stays behind if `write` throws.
 */
export async function replaceFolder<T>(folder: string, mark: string, write: (folder: string) => Promise<T>): Promise<T> {
  const old = await readdir(folder).catch(() => null);
  if (old === null ? (await stat(folder).catch(() => null)) !== null : old.length > 0 && !old.includes(mark)) {
    throw new SourceError({ code: "TRAINING_FOLDER_TAKEN", what: `${folder} is there and holds something else`, cure: "Name another folder, or remove it" });
  }
  await mkdir(dirname(folder), { recursive: true });
  const fresh = await mkdtemp(join(dirname(folder), `.${basename(folder)}-`));
  try {
    const result = await write(fresh);
    for (const name of await readdir(fresh)) await flush(join(fresh, name));
    await flush(fresh);
    if (old !== null) await rename(folder, `${fresh}-old`);
    await rename(fresh, folder);
    await flush(dirname(folder));
    if (old !== null) await rm(`${fresh}-old`, { recursive: true, force: true });
    return result;
  } catch (error) {
    await rm(fresh, { recursive: true, force: true });
    throw error;
  }
}
