// Slices: rows of all keys in a span of time, kept in memory from one refresh to the next while the source's files stay.
import { clamp } from "./sources/batch.ts";
import { canonical } from "../schema/canonical.ts";
import { keysOf, valuesOfKeys } from "./wanted-keys.ts";
import { readRows, spanOf, within, type RowsRequest, type Span } from "./read-rows.ts";
import { ColumnNotRead } from "../schema/column.ts";
import { prepare, type Prepared } from "../kernel/sweep.ts";
import type { Availability, EventTable } from "./event-table.ts";
import type { Micros } from "../time.ts";
import type { Offline } from "./offline.ts";
import type { Value } from "../schema/value-type.ts";
import type { ViewPlan } from "../plan/view-plan.ts";

/** The rows of every key in a span, ready to be swept, and the keys in ascending order of their encoded bytes. */
export interface Slice {
  readonly span: Span;
  /** By how much it was read further than was asked for, in microseconds. */
  readonly ahead: Micros;
  readonly mode: Availability;
  readonly keys: readonly (readonly Value[])[];
  readonly encoded: readonly Uint8Array[];
  readonly prepared: Prepared;
  readonly cells: number;
}

/**
 * The slices of one opened source, one for a view, the least recently used first. A view that is asked for later and later
 * ticks is read ahead, twice as far each time, so that on a source that does not change (a backfill, a replay) few ticks
 * read anything; on one that grows there is nothing ahead, and its next files make a new source of it.
 */
export class Slices {
  readonly #offline: Offline;
  readonly #events: EventTable;
  readonly #kept = new Map<ViewPlan, Slice>();

  constructor(offline: Offline, events: EventTable) {
    this.#offline = offline;
    this.#events = events;
  }

  /** The slice for a view's moments from `earliest` to `latest`; null where it would hold too much. */
  async get(plan: ViewPlan, earliest: Micros, latest: Micros, mode: Availability): Promise<Slice | null> {
    const span = spanOf([plan], earliest, latest);
    const known = this.#kept.get(plan);
    this.#kept.delete(plan);
    const slice = known !== undefined && known.mode === mode && covers(known.span, span) ? known : await this.#readAhead(plan, span, known, mode);
    if (slice === null) return null;
    this.#kept.set(plan, slice);
    this.#evict();
    return slice;
  }

  async #readAhead(plan: ViewPlan, span: Span, known: Slice | undefined, mode: Availability): Promise<Slice | null> {
    const goesOn = known !== undefined && span.from >= known.span.from;
    const ahead = goesOn ? Math.max(span.before - span.from, 2 * known.ahead) : 0;
    return (await this.#read(plan, span, ahead, mode)) ?? (ahead === 0 ? null : this.#read(plan, span, 0, mode));
  }

  async #read(plan: ViewPlan, asked: Span, ahead: Micros, mode: Availability): Promise<Slice | null> {
    const { db } = this.#offline;
    const span = { ...asked, before: clamp(asked.before + ahead), availableBefore: clamp(asked.availableBefore + ahead) };
    const columns = this.#offline.columnsOf(plan);
    const rows = `(SELECT * FROM ${this.#events.relation} WHERE ${within(this.#events, span, mode)})`;
    const [counted] = await db.query(`SELECT count(*)::DOUBLE AS rows FROM ${rows}`).catch((error: unknown) => {
      throw this.#events.batch.mend(error);
    });
    const cells = (counted?.["rows"] as number) * (columns.size + 3);
    if (cells > this.#offline.limits.sliceCells) return null;
    const keyColumns = plan.keys.map((key) => key.column);
    const wanted = await keysOf(
      db,
      plan.keys,
      rows,
      keyColumns.map((column) => this.#events.column(column).value),
      true,
    );
    const prepared = await this.#prepare(plan, { span, columns, ordered: plan.ordered, mode, keys: wanted, keyColumns, first: 0, end: wanted.count });
    const keys = await valuesOfKeys(db, plan.keys, wanted);
    await db.run(`DROP TABLE ${wanted.table}`);
    const kinds = plan.keys.map((key) => key.kind);
    return { span, ahead, mode, keys, encoded: keys.map((key) => canonical(key, kinds)), prepared, cells };
  }

  /** Reads rows and applies the view's functions to them; a column that they turn out to need is read from then on. */
  async #prepare(plan: ViewPlan, request: RowsRequest): Promise<Prepared> {
    const rows = await readRows(this.#offline.db, this.#events, request);
    try {
      return prepare(plan, rows);
    } catch (error) {
      if (!(error instanceof ColumnNotRead)) throw error;
      this.#offline.columnsOf(plan).add(error.column);
      return this.#prepare(plan, request);
    }
  }

  #evict(): void {
    let cells = 0;
    for (const slice of this.#kept.values()) cells += slice.cells;
    for (const [plan, slice] of this.#kept) {
      if (cells <= this.#offline.limits.sliceCells || this.#kept.size === 1) return;
      this.#kept.delete(plan);
      cells -= slice.cells;
    }
  }
}

function covers(have: Span, want: Span): boolean {
  return have.from <= want.from && have.before >= want.before && have.availableBefore >= want.availableBefore;
}
