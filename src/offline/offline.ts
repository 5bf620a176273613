// The offline side, open: one DuckDB and the sources that it has read, kept from one question to the next.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { DuckDB } from "./duckdb.ts";
import { enrichTable } from "./enrich.ts";
import { EventTable } from "./event-table.ts";
import { Openings } from "./opened.ts";
import { Slices } from "./slice.ts";
import { takesStream, type Reading } from "./reading.ts";
import type { Config } from "../define/config.ts";
import type { Source } from "../define/source.ts";
import type { SourceSnapshot } from "../plan/record.ts";
import type { ViewPlan } from "../plan/view-plan.ts";

/** How much is in memory at a time; beyond it, work is cut into parts. */
export interface OfflineLimits {
  /** Cells (rows x columns) of a range of keys, roughly: 64 bytes each with what the kernel adds. */
  readonly rangeCells: number;
  /** Moments that are swept without letting anything else run. */
  readonly rangeMoments: number;
  /** Cells that the slices of a source hold together, 8 bytes each and some more for their keys. */
  readonly sliceCells: number;
}

const LIMITS: OfflineLimits = { rangeCells: 48_000_000, rangeMoments: 1_000_000, sliceCells: 32_000_000 };

/** What of a project's configuration the offline side needs. */
export interface OfflinePlaces extends Pick<Config, "offline"> {
  readonly ingest: Pick<Config["ingest"], "folder">;
}

const PLACES: OfflinePlaces = { offline: { memory: null, threads: null, temp: null }, ingest: { folder: ".asof/log" } };

/** Reads sources and computes values from them. Asked for several things at once, it does one after the other. */
export class Offline {
  readonly db: DuckDB;
  /** The folder that paths of sources are relative to. */
  readonly root: string;
  readonly limits: OfflineLimits;
  /** What sources are read from. For use inside `db.exclusively`. */
  readonly openings: Openings;
  readonly #ownTemp: string | null;
  readonly #tables = new Map<Source<unknown>, Map<boolean, EventTable>>();
  readonly #slices = new WeakMap<EventTable, Slices>();
  readonly #learnt = new WeakMap<ViewPlan, Set<string>>();

  private constructor(db: DuckDB, root: string, openings: Openings, ownTemp: string | null, limits: OfflineLimits) {
    this.db = db;
    this.root = root;
    this.openings = openings;
    this.#ownTemp = ownTemp;
    this.limits = limits;
  }

  /** Opens the offline side for sources under `root`, an absolute path. */
  static async open(root: string, { offline, ingest }: OfflinePlaces = PLACES, limits: OfflineLimits = LIMITS): Promise<Offline> {
    const { memory, threads, temp } = offline;
    const ownTemp = temp === null ? await mkdtemp(join(tmpdir(), "asof-")) : null;
    const folder = ownTemp ?? resolve(root, temp ?? "");
    const db = await DuckDB.open({ memory, threads, temp: folder });
    return new Offline(db, root, new Openings(db, { root, ingest: ingest.folder, temp: folder }), ownTemp, limits);
  }

  /** What a reading is made of now: files with sizes and times. Throws a `SourceError`. */
  snapshot(reading: Reading): Promise<SourceSnapshot> {
    return this.db.exclusively(undefined, () => this.#snapshot(reading));
  }

  /**
   * Whether a source is no longer what it was. What came into its log since is no change: it was not available at any moment
   * before it came.
   */
  hasChanged(reading: Reading, { files }: SourceSnapshot): Promise<boolean> {
    return this.db.exclusively(undefined, async () => {
      const fixed = (list: SourceSnapshot["files"]): SourceSnapshot["files"] => this.openings.withoutRecords(reading, list);
      return !same(fixed(files), fixed(await this.openings.files(reading)));
    });
  }

  async #snapshot(reading: Reading): Promise<SourceSnapshot> {
    return { source: reading.source.name, files: await this.openings.files(reading) };
  }

  /** The rows of a source as a view sees them, opened once and again when its files change. For use inside `db.exclusively`. */
  async events(reading: Reading): Promise<EventTable> {
    const { source } = reading;
    const tables = this.#tables.get(source) ?? new Map<boolean, EventTable>();
    this.#tables.set(source, tables);
    const known = tables.get(takesStream(reading));
    if (known !== undefined && (await this.#isCurrent(known, reading))) return known;
    tables.delete(takesStream(reading));
    await known?.close();
    const opened = await this.openings.open(reading);
    const table = await EventTable.open(this.db, reading, opened, (relation, column) => enrichTable(this, source, relation, column));
    tables.set(takesStream(reading), table);
    return table;
  }

  async #isCurrent(known: EventTable, reading: Reading): Promise<boolean> {
    if (!known.isLog && (await this.openings.isInMemory(reading))) return true;
    return same(known.snapshot.files, await this.openings.files(reading));
  }

  /** The slices of an opened source. */
  slices(events: EventTable): Slices {
    let slices = this.#slices.get(events);
    if (slices === undefined) this.#slices.set(events, (slices = new Slices(this, events)));
    return slices;
  }

  /** The columns that a view's functions read, as far as is known by now; add to it what is found out. */
  columnsOf(plan: ViewPlan): Set<string> {
    let columns = this.#learnt.get(plan);
    if (columns === undefined) this.#learnt.set(plan, (columns = new Set(plan.columns)));
    return columns;
  }

  async close(): Promise<void> {
    await this.db.exclusively(undefined, () => Promise.resolve(this.db.close()));
    if (this.#ownTemp !== null) await rm(this.#ownTemp, { recursive: true, force: true });
  }
}

function same(a: SourceSnapshot["files"], b: SourceSnapshot["files"]): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
