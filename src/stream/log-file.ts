// One file of a log that is written at its end: every byte that was flushed stays, and what a failed write left behind is cut off.
import { open, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";

/** A file open for writing at its end. */
export interface LogFile {
  /** Writes bytes at the end and flushes them to the disk. Where that fails, the file is as long as it was before. */
  append(bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

/** Opens a file for writing behind its first `length` bytes, making it if it is not there; what lies beyond them is cut off. */
export type OpenLogFile = (path: string, length: number) => Promise<LogFile>;

/** The file of this machine's disk. */
export const openLogFile: OpenLogFile = async (path, length) => {
  const file = await open(path, length === 0 ? "w" : "r+");
  await file.truncate(length);
  await file.datasync();
  await flushFolder(dirname(path));
  return new DiskFile(file, length);
};

/** Flushes a folder, so that files made or renamed in it are there after a loss of power. */
export async function flushFolder(path: string): Promise<void> {
  await using folder = await open(path, "r");
  await folder.sync();
}

class DiskFile implements LogFile {
  readonly #file: FileHandle;
  #length: number;
  /** Set where it is not known what the disk holds: then nothing may be written behind it. */
  #broken: Error | null = null;

  constructor(file: FileHandle, length: number) {
    this.#file = file;
    this.#length = length;
  }

  async append(bytes: Uint8Array): Promise<void> {
    if (this.#broken !== null) throw this.#broken;
    try {
      for (let done = 0; done < bytes.length;) done += (await this.#file.write(bytes, done, bytes.length - done, this.#length + done)).bytesWritten;
      await this.#file.datasync();
      this.#length += bytes.length;
    } catch (error) {
      await this.#undo(error as Error);
      throw error;
    }
  }

  async #undo(error: Error): Promise<void> {
    try {
      await this.#file.truncate(this.#length);
      await this.#file.datasync();
    } catch {
      this.#broken = error;
    }
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}
