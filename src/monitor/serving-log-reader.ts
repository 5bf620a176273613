// Reads a serving log back: every line of every segment, and what is missing between them.
import { createReadStream } from "node:fs";
import { readdir } from "node:fs/promises";
import { createInterface } from "node:readline";
import { join } from "node:path";
import { decodeHeader, decodeLine, type ReadRequest } from "./serving-log-format.ts";
import { SourceError } from "../errors.ts";

/** What a log does not hold, as far as it shows. */
export interface Gaps {
  /** Lines that the writer says it could not write. */
  lost: number;
  /** Numbers that no line has, between lines that are there. */
  missing: number;
  /** Segments whose last line was cut off by the end of its process. */
  torn: number;
}

/** Calls `take` for each request of the log, in order of segments. Throws a `SourceError` for what cannot be read. */
export async function readServingLog(folder: string, take: (request: ReadRequest) => void | Promise<void>): Promise<Gaps> {
  const gaps: Gaps = { lost: 0, missing: 0, torn: 0 };
  /** The next number of each writer. */
  const next = new Map<string, number>();
  for (const file of await segments(folder)) await readSegment(file, next, gaps, take);
  gaps.missing = Math.max(0, gaps.missing - gaps.lost);
  return gaps;
}

async function segments(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch(() => {
    throw new SourceError({
      code: "LOG_NOT_FOUND",
      what: "there is no serving log",
      where: folder,
      cure: "Serve with servingLog set in the config, or name its folder with --log",
    });
  });
  return names
    .filter((name) => name.endsWith(".ndjson"))
    .toSorted()
    .map((name) => join(folder, name));
}

async function readSegment(file: string, next: Map<string, number>, gaps: Gaps, take: (request: ReadRequest) => void | Promise<void>): Promise<void> {
  const lines = createInterface({ input: createReadStream(file, { highWaterMark: 2 ** 20 }), crlfDelay: Infinity })[Symbol.asyncIterator]();
  const first = await lines.next();
  if (first.done === true) return void gaps.torn++;
  const header = decodeHeader(first.value, `${file}, line 1`);
  let expected = next.get(header.writer) ?? 1;
  let number = 1;
  for (let line = await lines.next(); line.done !== true;) {
    const following = await lines.next();
    number++;
    if (following.done === true && !line.value.endsWith("}")) {
      gaps.torn++;
      break;
    }
    const read = decodeLine(line.value, header, `${file}, line ${number}`);
    if ("lost" in read) gaps.lost += read.lost;
    else {
      if (read.number > expected) gaps.missing += read.number - expected;
      expected = read.number + 1;
      const taken = take(read);
      if (taken !== undefined) await taken;
    }
    line = following;
  }
  next.set(header.writer, expected);
}
