// Slices: rows of all keys in a span of time, kept in memory from one refresh to the next while the source's files stay.
import { clamp } from "./sources/batch.ts";
import { canonical } from "../schema/canonical.ts";
import { keysOf, valuesOfKeys } from "./wanted-keys.ts";
import { readRows, spanOf, within, type Span } from "./read-rows.ts";
import type { Availability, EventTable } from "./event-table.ts";
import type { KeyedRows } from "../kernel/rows.ts";
import type { Micros } from "../time.ts";
import type { Offline } from "./offline.ts";
import type { Value } from "../schema/value-type.ts";
import type { ViewPlan } from "../plan/view-plan.ts";

/** The rows of every key in a span, and the keys in ascending order of their encoded bytes. */
export interface Slice {
  readonly span: Span;
  /** Names of the columns that the rows have. */
  readonly columns: ReadonlySet<string>;
  readonly keys: readonly (readonly Value[])[];
  readonly encoded: readonly Uint8Array[];
  readonly rows: KeyedRows;
  readonly cells: number;
}

/**
 * The slices of one opened source, one for a view, the least recently used first. A slice reaches as far ahead as its
 * windows reach back, so that on a source that does not change (a backfill, a replay) most ticks read nothing; on one that
 * grows there is nothing ahead, and its next files make a new source of it.
 */
export class Slices {
  readonly #offline: Offline;
  readonly #events: EventTable;
  readonly #kept = new Map<string, Slice>();

  constructor(offline: Offline, events: EventTable) {
    this.#offline = offline;
    this.#events = events;
  }

  /** The slice for a view's moments from `earliest` to `latest`; null where it would hold too much. */
  async get(plan: ViewPlan, earliest: Micros, latest: Micros, mode: Availability): Promise<Slice | null> {
    const name = `${plan.version} ${mode}`;
    const columns = this.#offline.columnsOf(plan);
    const span = spanOf([plan], earliest, latest);
    const known = this.#kept.get(name);
    this.#kept.delete(name);
    const fits = known !== undefined && covers(known.span, span) && columns.size === known.columns.size;
    const slice = fits ? known : ((await this.#read(plan, ahead(span), mode)) ?? (await this.#read(plan, span, mode)));
    if (slice === null) return null;
    this.#kept.set(name, slice);
    this.#evict();
    return slice;
  }

  async #read(plan: ViewPlan, span: Span, mode: Availability): Promise<Slice | null> {
    const { db } = this.#offline;
    const columns = new Set(this.#offline.columnsOf(plan));
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
    const request = { span, columns, ordered: plan.ordered, mode, keys: wanted, keyColumns, first: 0, end: wanted.count };
    const keyed = await readRows(db, this.#events, request);
    const keys = await valuesOfKeys(db, plan.keys, wanted);
    await db.run(`DROP TABLE ${wanted.table}`);
    const kinds = plan.keys.map((key) => key.kind);
    return { span, columns, keys, encoded: keys.map((key) => canonical(key, kinds)), rows: keyed, cells };
  }

  #evict(): void {
    let cells = 0;
    for (const slice of this.#kept.values()) cells += slice.cells;
    for (const [name, slice] of this.#kept) {
      if (cells <= this.#offline.limits.sliceCells || this.#kept.size === 1) return;
      this.#kept.delete(name);
      cells -= slice.cells;
    }
  }
}

function covers(have: Span, want: Span): boolean {
  return have.from <= want.from && have.before >= want.before && have.availableBefore >= want.availableBefore;
}

/** A span that ends later, by as much as it is long. */
function ahead({ from, before, availableBefore }: Span): Span {
  const length = before - from;
  return { from, before: clamp(before + length), availableBefore: clamp(availableBefore + length) };
}
