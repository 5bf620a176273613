// The segments of a log on disk: which there are, that they follow each other without a gap, and their bytes by address.
import { closeSync, existsSync, openSync, readSync } from "node:fs";
import { mkdir, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { IngestError } from "../errors.ts";
import { segmentName } from "../plan/event-log.ts";

/** A segment: its bytes are those of the log from `from` to `end`. */
export interface Segment {
  readonly from: number;
  end: number;
}

const NEWLINE = 10;
const LINE_BYTES = 1024;
/** Segments that are kept open for single lines. */
const MOST_OPEN = 32;

/** How often the folder is listed again because a segment was compacted meanwhile. */
const TRIES = 10;

/** The segments of a log. Another process may compact the first of them at any time: then their files are gone. */
export class Segments {
  readonly folder: string;
  /** In order of address. */
  readonly list: Segment[];
  readonly #open: Map<number, number> = new Map();

  private constructor(folder: string, list: Segment[]) {
    this.folder = folder;
    this.list = list;
  }

  /** Finds the segments in a folder, which is made if it is missing. Throws an `IngestError` where one is missing in between. */
  static async open(folder: string): Promise<Segments> {
    await mkdir(folder, { recursive: true });
    for (let tries = 1; ; tries++) {
      try {
        return new Segments(folder, await found(folder));
      } catch (error) {
        if (!isGone(error) || tries === TRIES) throw error;
      }
    }
  }

  /** The file of a segment. */
  path({ from }: Segment): string {
    return join(this.folder, segmentName(from));
  }

  /** The segment that holds an address; null where there is none, or none any more. */
  at(address: number): Segment | null {
    let low = 0;
    let high = this.list.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.list[middle] as Segment).end <= address) low = middle + 1;
      else high = middle;
    }
    const segment = this.list[low];
    return segment === undefined || address < segment.from ? null : segment;
  }

  /** The line that begins at an address; null where none can, or its segment is gone. */
  lineAt(address: number): string | null {
    const segment = this.at(address);
    const descriptor = segment === null ? null : this.#descriptorOf(segment);
    if (segment === null || descriptor === null) return null;
    for (let size = LINE_BYTES; ; size *= 4) {
      const want = Math.min(size, segment.end - address);
      const bytes = Buffer.alloc(want);
      const read = readSync(descriptor, bytes, 0, want, address - segment.from);
      const end = bytes.subarray(0, read).indexOf(NEWLINE);
      if (end >= 0) return bytes.toString("utf8", 0, end);
      if (want < size) return null;
    }
  }

  /** The last whole line of a segment, which another process may be writing; null where it has none. */
  lastLine(segment: Segment): string | null {
    const last = this.lastLineIn(segment);
    if (last === null) return null;
    const line = this.lineAt(last);
    if (line !== null) return line;
    const before = this.lastLineIn({ from: segment.from, end: last });
    return before === null ? null : this.lineAt(before);
  }

  /** Where the last line of a segment begins; null where it has none. */
  lastLineIn(segment: Segment): number | null {
    const length = segment.end - segment.from;
    if (length === 0) return null;
    for (let size = LINE_BYTES; ; size *= 4) {
      const want = Math.min(size, length);
      const bytes = Buffer.alloc(want);
      readSync(this.#descriptor(segment), bytes, 0, want, length - want);
      const before = bytes.lastIndexOf(NEWLINE, -2); // the last byte ends the line itself
      if (before >= 0) return segment.end - want + before + 1;
      if (want === length) return segment.from;
    }
  }

  /** Forgets the first segments, as far as their files are gone; the last one stays. */
  forgetCompacted(): void {
    for (let first = this.list[0]; first !== undefined && this.list.length > 1 && !existsSync(this.path(first)); first = this.list[0]) {
      this.list.shift();
      const descriptor = this.#open.get(first.from);
      if (descriptor !== undefined) closeSync(descriptor);
      this.#open.delete(first.from);
    }
  }

  close(): void {
    for (const descriptor of this.#open.values()) closeSync(descriptor);
    this.#open.clear();
  }

  /** Null where the segment was compacted. */
  #descriptorOf(segment: Segment): number | null {
    try {
      return this.#descriptor(segment);
    } catch (error) {
      if (!isGone(error)) throw error;
      this.forgetCompacted();
      if (this.list.includes(segment)) throw error;
      return null;
    }
  }

  #descriptor(segment: Segment): number {
    const known = this.#open.get(segment.from);
    if (known !== undefined) return known;
    if (this.#open.size >= MOST_OPEN) {
      const [oldest, used] = this.#open.entries().next().value as [number, number];
      closeSync(used);
      this.#open.delete(oldest);
    }
    const descriptor = openSync(this.path(segment), "r");
    this.#open.set(segment.from, descriptor);
    return descriptor;
  }
}

/** Whether a file is not there. */
export function isGone(error: unknown): boolean {
  return (error as NodeJS.ErrnoException | null)?.code === "ENOENT";
}

/** The segments in a folder, as they are now. */
async function found(folder: string): Promise<Segment[]> {
  const names = (await readdir(folder)).filter((name) => /^\d{16}\.ndjson$/.test(name)).toSorted();
  const list: Segment[] = [];
  for (const name of names) {
    const from = Number(name.slice(0, 16));
    const before = list.at(-1);
    if (before !== undefined && before.end !== from) throw gap(folder, before, from);
    list.push({ from, end: from + (await stat(join(folder, name))).size });
  }
  return list;
}

function gap(folder: string, before: Segment, from: number): IngestError {
  return new IngestError({
    code: "INGEST_LOG_GAP",
    what: `the log's segments end at ${before.end} and go on at ${from}: bytes between them are missing`,
    where: folder,
    cure: "Restore the missing file. Nothing was changed",
  });
}
