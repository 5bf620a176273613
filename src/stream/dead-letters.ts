// Events that cannot count, with the reason: kept, listed, and sent again once what was wrong is mended.
import { appendFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import { LOG_FILES } from "../plan/event-log.ts";
import { openLogFile, type LogFile } from "./log-file.ts";
import type { Micros } from "../time.ts";

/** Why an event cannot count. */
export interface Reason {
  /** Such as `INGEST_TOO_LATE`. */
  readonly code: string;
  readonly what: string;
}

/** One event that was set aside. */
export interface DeadLetter extends Reason {
  /** From 1, in order of arrival. */
  readonly number: number;
  readonly at: Micros;
  /** The event as it was sent, as JSON holds it. */
  readonly event: unknown;
}

/** The dead letters of one source. */
export class DeadLetters {
  readonly #path: string;
  #file: LogFile | null = null;
  #bytes: number;
  #count: number;

  private constructor(path: string, bytes: number, count: number) {
    this.#path = path;
    this.#bytes = bytes;
    this.#count = count;
  }

  static async open(path: string): Promise<DeadLetters> {
    const text = await textOf(path);
    const whole = text.slice(0, text.lastIndexOf("\n") + 1);
    return new DeadLetters(path, Buffer.byteLength(whole), lettersIn(whole).at(-1)?.number ?? 0);
  }

  /** How many there ever were. */
  get count(): number {
    return this.#count;
  }

  /** Keeps events; resolves when they are on disk. */
  async add(letters: readonly Omit<DeadLetter, "number">[]): Promise<void> {
    if (letters.length === 0) return;
    const lines = Buffer.from(letters.map((letter, i) => `${JSON.stringify({ number: this.#count + i + 1, ...letter }, bigintAsText)}\n`).join(""));
    this.#file ??= await openLogFile(this.#path, this.#bytes);
    await this.#file.append(lines);
    this.#bytes += lines.length;
    this.#count += letters.length;
  }

  async close(): Promise<void> {
    await this.#file?.close();
  }
}

/** The dead letters in a log's folder that were not sent again, oldest first. */
export async function readDeadLetters(folder: string): Promise<DeadLetter[]> {
  const sent = new Set((await textOf(join(folder, LOG_FILES.replayed))).split("\n"));
  return lettersIn(await textOf(join(folder, LOG_FILES.dead))).filter(({ number }) => !sent.has(String(number)));
}

/** Notes that dead letters were sent again: what is dead still is another letter now. */
export async function noteReplayed(folder: string, letters: readonly DeadLetter[]): Promise<void> {
  await appendFile(join(folder, LOG_FILES.replayed), letters.map(({ number }) => `${number}\n`).join(""), { flush: true });
}

function textOf(path: string): Promise<string> {
  return readFile(path, "utf8").catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw error;
  });
}

function lettersIn(text: string): DeadLetter[] {
  return text.split("\n").flatMap((line) => {
    try {
      return line === "" ? [] : [JSON.parse(line) as DeadLetter];
    } catch {
      return []; // the end of a write that was never acknowledged
    }
  });
}

function bigintAsText(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}
