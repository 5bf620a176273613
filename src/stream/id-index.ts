// The index of ids: where the newest version of each row lies that can still be corrected. It is made of the log, and can be made of it again.
import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { hashId } from "./id-hash.ts";
import { IdRun, merged, writeRun } from "./id-run.ts";
import { IdTable, type FoundId, type IdEntry } from "./id-table.ts";
import type { Micros } from "../time.ts";

/** How an index is opened. */
export interface IdIndexOptions {
  readonly folder: string;
  /** Rows that happened so long before the present are forgotten. */
  readonly late: Micros;
  /** How many ids are in memory before they are written to disk. */
  readonly memory?: number;
}

const MEMORY = 32_768;
/** So many runs of about one size become one of the next. */
const FANOUT = 8;

/** A run covers the records of the log in `[from, to)`, and its file is named by them. */
interface Covered {
  readonly from: number;
  readonly to: number;
  readonly run: IdRun;
}

/** A table on its way to disk. */
interface Leaving extends Pick<Covered, "from" | "to"> {
  readonly table: IdTable;
}

/**
 * An index by id. Runs are never changed: the newest ids are in memory, and become a run where they are many; runs of one size
 * become one run. After a crash, what was in memory is read from the log again, from `covered` on.
 */
export class IdIndex {
  readonly #options: IdIndexOptions;
  /** Newest first. */
  #runs: Covered[];
  #table: IdTable;
  /** Tables that are to be written to disk, oldest first. */
  readonly #leaving: Leaving[] = [];
  #merging: Promise<void> = Promise.resolve();
  #isMerging = false;
  /** Where the table's records begin. */
  #from: number;

  private constructor(options: IdIndexOptions, runs: Covered[]) {
    this.#options = options;
    this.#runs = runs;
    this.#table = new IdTable(options.memory ?? MEMORY);
    this.#from = runs[0]?.to ?? 0;
  }

  /** Opens an index. Runs that others cover, or that lie behind `end`, the end of the log, are removed. */
  static async open(options: IdIndexOptions, end: number): Promise<IdIndex> {
    await mkdir(options.folder, { recursive: true });
    const names = await readdir(options.folder);
    const found = names.flatMap((name) => {
      const parts = /^(-?\d+)-(\d+)\.ids$/.exec(name);
      return parts === null ? [] : [{ name, from: Number(parts[1]), to: Number(parts[2]) }];
    });
    const isCovered = (one: (typeof found)[number]): boolean => found.some((other) => other !== one && other.from <= one.from && other.to >= one.to);
    const kept = found.filter((one) => one.to <= end && !isCovered(one)).toSorted((a, b) => b.to - a.to);
    for (const name of names) if (!kept.some((one) => one.name === name)) await rm(join(options.folder, name), { force: true });
    const runs: Covered[] = [];
    for (const { name, from, to } of kept) runs.push({ from, to, run: await IdRun.open(join(options.folder, name)) });
    return new IdIndex(options, runs);
  }

  /** Up to which position of the log the runs on disk hold its ids. */
  get covered(): number {
    return this.#from;
  }

  /** Where the newest version of a row may lie, newest first. */
  find(id: string): readonly FoundId[] {
    const hash = hashId(id);
    const found: FoundId[] = [];
    this.#table.find(hash, found);
    for (const { table } of this.#leaving) table.find(hash, found);
    for (const { run } of this.#runs) run.find(hash, found);
    return found.length > 1 ? found.sort((a, b) => b.position - a.position) : found;
  }

  /**
   * Notes the newest version of a row; `replaces` is the position of the one before, where there is one. `eventTime` is that of the
   * version that happened last of them all: so what it replaced is not found again once this one is forgotten.
   */
  put(id: string, position: number, eventTime: Micros, replaces: number | null): void {
    this.#table.put({ hash: hashId(id), position, eventTime }, replaces);
  }

  /** Whether `flush` is due. */
  get isFull(): boolean {
    return this.#table.isFull;
  }

  /**
   * Writes what is in memory to disk: the ids of all records below `end`. `now` says what is too old to be kept. Where the disk
   * does not take it, it stays in memory, and is written the next time. Runs are merged behind its back.
   */
  async flush(end: number, now: Micros): Promise<void> {
    this.#leaving.push({ from: this.#from, to: end, table: this.#table });
    this.#table = new IdTable(this.#options.memory ?? MEMORY);
    this.#from = end;
    for (let next = this.#leaving[0]; next !== undefined; next = this.#leaving[0]) {
      const run = await this.#write(next.from, next.to, next.table.sorted()).catch(() => null);
      if (run === null) return;
      this.#runs.unshift(run);
      this.#leaving.shift();
    }
    if (!this.#isMerging) this.#merging = this.#mergeAll(now);
  }

  /** Waits for merges, and closes the runs. */
  async close(): Promise<void> {
    await this.#merging;
    for (const { run } of this.#runs) run.close();
  }

  async #write(from: number, to: number, entries: Iterable<IdEntry>): Promise<Covered> {
    const path = join(this.#options.folder, `${from}-${to}.ids`);
    await writeRun(path, entries);
    return { from, to, run: await IdRun.open(path) };
  }

  async #mergeAll(now: Micros): Promise<void> {
    this.#isMerging = true;
    try {
      for (let group = this.#mergeable(); group !== null; group = this.#mergeable()) await this.#merge(group, now);
    } catch {
      // the disk did not take it: the runs stay as they are, and are merged after the next flush
    } finally {
      this.#isMerging = false;
    }
  }

  /** The newest runs of about one size, where they are enough to become one. */
  #mergeable(): Covered[] | null {
    const sizeOf = ({ run }: Covered): number => Math.floor(Math.log(Math.max(1, run.size / (this.#options.memory ?? MEMORY))) / Math.log(FANOUT));
    const [newest] = this.#runs;
    if (newest === undefined) return null;
    const group = this.#runs.slice(0, this.#runs.findIndex((one) => sizeOf(one) > sizeOf(newest)) >>> 0);
    return group.length < FANOUT ? null : group;
  }

  /** Runs that come meanwhile are newer. */
  async #merge(group: readonly Covered[], now: Micros): Promise<void> {
    const [first, last] = [group[0] as Covered, group.at(-1) as Covered];
    const run = await this.#write(last.from, first.to, young(merged(group.map((one) => one.run)), now - this.#options.late));
    this.#runs.splice(this.#runs.indexOf(first), group.length, run);
    for (const one of group) {
      one.run.close();
      await rm(one.run.path, { force: true });
    }
  }
}

function* young(entries: Iterable<IdEntry>, oldest: Micros): Generator<IdEntry> {
  for (const entry of entries) if (entry.eventTime >= oldest) yield entry;
}
