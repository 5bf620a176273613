// The offline side, open: one DuckDB and the sources that it has read, kept from one question to the next.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { DuckDB } from "./duckdb.ts";
import { enrichTable } from "./enrich.ts";
import { EventTable, isInMemory, snapshotSource } from "./event-table.ts";
import { Slices } from "./slice.ts";
import type { OfflineConfig } from "../define/config.ts";
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

/** The rows of a source, as a view takes them: see `ViewPlan`. */
export type Reading = Pick<ViewPlan, "source" | "streamed">;

/** Readings, each once. */
export function readingsOf(views: readonly Reading[]): Reading[] {
  return views.filter((view, i) => views.findIndex((other) => isSameReading(view, other)) === i);
}

/** Whether two views take the same rows of one source. */
export function isSameReading(a: Reading, b: Reading): boolean {
  return a.source === b.source && a.streamed === b.streamed;
}

/** Reads sources and computes values from them. Asked for several things at once, it does one after the other. */
export class Offline {
  readonly db: DuckDB;
  /** The folder that paths of sources are relative to. */
  readonly root: string;
  readonly limits: OfflineLimits;
  readonly #ownTemp: string | null;
  readonly #tables = new Map<Source<unknown>, Map<boolean, EventTable>>();
  readonly #slices = new WeakMap<EventTable, Slices>();
  readonly #learnt = new WeakMap<ViewPlan, Set<string>>();

  private constructor(db: DuckDB, root: string, ownTemp: string | null, limits: OfflineLimits) {
    this.db = db;
    this.root = root;
    this.#ownTemp = ownTemp;
    this.limits = limits;
  }

  /** Opens the offline side for sources under `root`, an absolute path. */
  static async open(root: string, config: OfflineConfig = { memory: null, threads: null, temp: null }, limits: OfflineLimits = LIMITS): Promise<Offline> {
    const { memory, threads, temp } = config;
    const ownTemp = temp === null ? await mkdtemp(join(tmpdir(), "asof-")) : null;
    const folder = ownTemp ?? resolve(root, temp ?? "");
    return new Offline(await DuckDB.open({ memory, threads, temp: folder }), root, ownTemp, limits);
  }

  /** What a source's batch is made of now: files with sizes and times. Throws a `SourceError`. */
  snapshot(source: Source<unknown>): Promise<SourceSnapshot> {
    return this.db.exclusively(undefined, () => snapshotSource(this.db, this.root, source));
  }

  /** The rows of a source as a view sees them, opened once and again when its files change. For use inside `db.exclusively`. */
  async events({ source, streamed }: Reading): Promise<EventTable> {
    const tables = this.#tables.get(source) ?? new Map<boolean, EventTable>();
    this.#tables.set(source, tables);
    const known = tables.get(streamed);
    if (known !== undefined && (isInMemory(source) || same(known.snapshot, await snapshotSource(this.db, this.root, source)))) return known;
    tables.delete(streamed);
    await known?.close();
    const table = await EventTable.open(this.db, this.root, source, streamed, (relation, column) => enrichTable(this, source, relation, column));
    tables.set(streamed, table);
    return table;
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

function same(a: SourceSnapshot, b: SourceSnapshot): boolean {
  return JSON.stringify(a.files) === JSON.stringify(b.files);
}
