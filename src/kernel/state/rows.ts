// Raw rows of a state, as bytes one after the other: to take in newer rows is to append, and rows that stay are never decoded.
import { bytesFor } from "../../schema/slab.ts";
import type { Cell } from "../../schema/cells.ts";
import type { ColumnKind } from "../../schema/value-type.ts";
import type { Micros } from "../../time.ts";

/** A place in the source's total order: event time, then the canonical bytes of what decides ties, as Latin-1 text. */
export interface Place {
  readonly eventTime: Micros;
  readonly order: string;
}

/** A row of a state: its place, and what each input of the plan gave for it. */
export interface StateRow extends Place {
  readonly cells: readonly Cell[];
}

/** A row is its size in 4 bytes, the size of its order in 4, its event time in 8, its order, and its cells. */
const TIME_AT = 8;
export const ORDER_AT = 16;
/** A cell that is no text has so many bytes at most, and a text so many for each of its units. */
const CELL_BYTES = 9;
const UTF8_BYTES = 3;
const NO_BYTES: Buffer = Buffer.alloc(0);
/** The size of a text that is null. */
export const NO_TEXT = 0xffff_ffff;

/** Compares places in the total order. */
export function comparePlaces(a: Place, b: Place): number {
  return a.eventTime - b.eventTime || (a.order < b.order ? -1 : a.order > b.order ? 1 : 0);
}

/** How many rows there are, and where the last begins. */
export interface RowsEnd {
  readonly length: number;
  readonly last: number;
}

/** Rows in the total order. Where each begins is found out when it is asked for: to append to them, their end is enough. */
export class Rows {
  readonly bytes: Buffer;
  #view: DataView | null = null;
  #starts: number[] | null = null;
  #end: RowsEnd | null;

  /** Keeps the bytes. */
  constructor(bytes: Buffer, end: RowsEnd | null = null) {
    this.bytes = bytes;
    this.#end = end;
  }

  get view(): DataView {
    return (this.#view ??= new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.length));
  }

  /** Where each row begins, and where the last ends. */
  get starts(): readonly number[] {
    if (this.#starts !== null) return this.#starts;
    const { view, bytes } = this;
    const starts = [0];
    for (let at = 0; at < bytes.length; starts.push(at)) at += view.getUint32(at, true);
    return (this.#starts = starts);
  }

  get end(): RowsEnd {
    if (this.#end !== null) return this.#end;
    const { starts } = this;
    return (this.#end = { length: starts.length - 1, last: starts.at(-2) ?? 0 });
  }

  get length(): number {
    return this.end.length;
  }

  eventTime(row: number): Micros {
    return this.#timeAt(this.starts[row] as number);
  }

  eventTimes(): Micros[] {
    return Array.from({ length: this.length }, (_, row) => this.eventTime(row));
  }

  place(row: number): Place {
    return this.#placeAt(this.starts[row] as number);
  }

  /** Compares the place of a row with another. */
  compare(row: number, place: Place): number {
    return this.#compareAt(this.starts[row] as number, place);
  }

  /** The first row that is not before a place; their count where there is none. */
  firstFrom(place: Place): number {
    const { starts } = this;
    return firstWhere(this.length, (row) => this.#compareAt(starts[row] as number, place) >= 0);
  }

  /** Whether a place is not before any row. */
  endBy(place: Place): boolean {
    return this.bytes.length === 0 || this.#compareAt(this.end.last, place) <= 0;
  }

  #timeAt(start: number): Micros {
    return this.view.getFloat64(start + TIME_AT, true);
  }

  #placeAt(start: number): Place {
    const from = start + ORDER_AT;
    return { eventTime: this.#timeAt(start), order: this.bytes.toString("latin1", from, from + this.view.getUint32(start + 4, true)) };
  }

  #compareAt(start: number, place: Place): number {
    return this.#timeAt(start) - place.eventTime || comparePlaces(this.#placeAt(start), place);
  }

  /** The rows `[from, to)`. */
  slice(from: number, to: number = this.length): Rows {
    return new Rows(this.bytes.subarray(this.starts[from], this.starts[to]));
  }
}

/** No rows. */
export const NO_ROWS: Rows = new Rows(NO_BYTES);

/** Rows that rows come into and are taken out of. */
export class EditedRows {
  readonly #kinds: readonly ColumnKind[];
  readonly #before: Rows;
  /** What came in, in order. */
  readonly #inserted: StateRow[] = [];
  /** The numbers of rows from before that went. */
  readonly #removed: Set<number> = new Set();

  constructor(kinds: readonly ColumnKind[], before: Rows) {
    this.#kinds = kinds;
    this.#before = before;
  }

  get isChanged(): boolean {
    return this.#inserted.length > 0 || this.#removed.size > 0;
  }

  insert(row: StateRow): void {
    const inserted = this.#inserted;
    const newest = inserted.at(-1);
    if (newest === undefined || comparePlaces(newest, row) <= 0) inserted.push(row);
    else inserted.splice(this.#placeOf(row), 0, row);
  }

  /** False where the row is not there. */
  retract(row: StateRow): boolean {
    const at = this.#placeOf(row);
    const inserted = this.#inserted[at];
    if (inserted !== undefined && comparePlaces(inserted, row) === 0) {
      this.#inserted.splice(at, 1);
      return true;
    }
    let number = this.#before.firstFrom(row);
    while (this.#removed.has(number)) number++;
    if (number === this.#before.length || this.#before.compare(number, row) !== 0) return false;
    this.#removed.add(number);
    return true;
  }

  /** The rows as they are now. */
  rows(): Rows {
    if (!this.isChanged) return this.#before;
    const [oldest] = this.#inserted;
    ENCODER.begin();
    if (oldest !== undefined && this.#removed.size === 0 && this.#before.endBy(oldest)) {
      const { bytes, length } = this.#before;
      let last = 0;
      for (const row of this.#inserted) last = ENCODER.row(row, this.#kinds);
      return new Rows(ENCODER.end(bytes), { length: length + this.#inserted.length, last: bytes.length + last });
    }
    let taken = 0;
    for (const row of this.#inserted) {
      const until = this.#before.firstFrom(row);
      this.#copy(taken, until);
      ENCODER.row(row, this.#kinds);
      taken = until;
    }
    this.#copy(taken, this.#before.length);
    return new Rows(ENCODER.end(NO_BYTES));
  }

  /** Copies the rows `[from, to)` from before that are still there. */
  #copy(from: number, to: number): void {
    const { bytes, starts } = this.#before;
    let next = from;
    for (const removed of this.#removed.size === 0 ? [] : [...this.#removed].toSorted((a, b) => a - b)) {
      if (removed < next || removed >= to) continue;
      ENCODER.raw(bytes, starts[next] as number, starts[removed] as number);
      next = removed + 1;
    }
    if (next < to) ENCODER.raw(bytes, starts[next] as number, starts[to] as number);
  }

  /** Where a row stands, or would, among those that came in. */
  #placeOf(place: Place): number {
    return firstWhere(this.#inserted.length, (i) => comparePlaces(this.#inserted[i] as StateRow, place) >= 0);
  }
}

/** The first of so many numbers for which something holds that holds for all after it; their count where it holds for none. */
function firstWhere(count: number, holds: (i: number) => boolean): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Writes rows one after the other into bytes that it uses again and again. */
class RowEncoder {
  #bytes = Buffer.alloc(4096);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  begin(): void {
    this.#length = 0;
  }

  /** Bytes of rows as they are. */
  raw(bytes: Buffer, from: number, to: number): void {
    this.#makeRoom(to - from);
    this.#length += bytes.copy(this.#bytes, this.#length, from, to);
  }

  /** Gives where the row begins. */
  row({ eventTime, order, cells }: StateRow, kinds: readonly ColumnKind[]): number {
    this.#makeRoom(ORDER_AT + order.length + CELL_BYTES * kinds.length);
    const start = this.#length;
    this.#view.setUint32(start + 4, order.length, true);
    this.#view.setFloat64(start + TIME_AT, eventTime, true);
    this.#length += ORDER_AT;
    for (let i = 0; i < order.length; i++) this.#bytes[this.#length++] = order.charCodeAt(i);
    for (let i = 0; i < kinds.length; i++) this.#cell(kinds[i] as ColumnKind, cells[i] as Cell);
    this.#view.setUint32(start, this.#length - start, true);
    return start;
  }

  /** A copy of what was written, after the bytes of other rows. */
  end(before: Buffer): Buffer {
    const bytes = bytesFor(before.length + this.#length);
    bytes.set(before);
    this.#bytes.copy(bytes, before.length, 0, this.#length);
    return bytes;
  }

  /** Numbers are doubles, NaN for null; an int64 is a byte that says whether there is one, and 8 bytes; text its size and its UTF-8. */
  #cell(kind: ColumnKind, cell: Cell): void {
    if (kind === "string") this.#text(cell as string | null);
    else if (kind === "int64") {
      this.#view.setUint8(this.#length, Number(cell !== null));
      this.#view.setBigInt64(this.#length + 1, (cell ?? 0n) as bigint, true);
      this.#length += 9;
    } else {
      this.#view.setFloat64(this.#length, cell === null ? Number.NaN : Number(cell), true);
      this.#length += 8;
    }
  }

  #text(text: string | null): void {
    this.#makeRoom(4 + UTF8_BYTES * (text?.length ?? 0));
    const size = text === null ? NO_TEXT : this.#bytes.write(text, this.#length + 4);
    this.#view.setUint32(this.#length, size, true);
    this.#length += 4 + (text === null ? 0 : size);
  }

  #makeRoom(size: number): void {
    const needed = this.#length + size + CELL_BYTES;
    if (needed <= this.#bytes.length) return;
    const bytes = Buffer.alloc(2 * needed);
    this.#bytes.copy(bytes, 0, 0, this.#length);
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer);
  }
}

const ENCODER = new RowEncoder();
