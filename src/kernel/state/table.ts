// The rows that values and summaries are computed from, as columns: raw rows, and those that stand for closed ones.
import { FEW } from "../../aggregate/local-ranks.ts";
import { Input } from "../../aggregate/input.ts";
import { NO_TEXT, ORDER_AT, type Rows } from "./rows.ts";
import { textAt } from "./texts.ts";
import { doublesFor, intsFor } from "../../schema/slab.ts";
import type { Column } from "../../schema/column.ts";
import type { ColumnKind } from "../../schema/value-type.ts";
import type { Micros } from "../../time.ts";
import type { StateCall, StateLayout } from "./layout.ts";
import type { StoredSummary } from "./tree.ts";

/** One input of the rows of a table, null where nothing is put. */
interface Cells {
  readonly column: Column;
  /** Puts the cell that lies at `at` into a row, and returns where the next one lies. */
  readonly put: (rows: Rows, at: number, row: number) => number;
  /** Puts a cell of another column of the same kind. */
  readonly copy: (from: Column, index: number, row: number) => void;
}

/** A table with room for so many rows, which are put in one after the other. */
export class Table {
  readonly times: Float64Array;
  readonly #cells: readonly Cells[];
  readonly #inputs: (Input | undefined)[];
  #filled = 0;

  constructor({ kinds }: StateLayout, length: number) {
    this.times = doublesFor(length);
    this.#cells = kinds.map((kind) => CELLS[kind](length));
    this.#inputs = kinds.map(() => undefined);
  }

  /** How many rows there is room for. */
  get length(): number {
    return this.times.length;
  }

  /** All inputs of the rows; none may be put in any more. */
  get inputs(): readonly Input[] {
    return this.#cells.map(({ column }, i) => (this.#inputs[i] ??= new Input(column, Math.max(FEW, this.length))));
  }

  column(input: number): Column {
    return (this.#cells[input] as Cells).column;
  }

  /** Puts in raw rows, and returns the first. */
  putRows(rows: Rows): number {
    const first = this.#filled;
    const cells = this.#cells;
    for (let i = 0; i < rows.length; i++) {
      const row = first + i;
      const start = rows.starts[i] as number;
      this.times[row] = rows.eventTime(i);
      let at = start + ORDER_AT + rows.view.getUint32(start + 4, true);
      for (let c = 0; c < cells.length; c++) at = (cells[c] as Cells).put(rows, at, row);
    }
    this.#filled += rows.length;
    return first;
  }

  /** Puts in the rows of a summary, and returns the first. */
  putSummary({ inputs }: StateCall, { times, columns, from, to }: StoredSummary): number {
    const first = this.#filled;
    if (from === to) return first;
    for (let i = from; i < to; i++) this.times[first + i - from] = times[i] as Micros;
    for (let c = 0; c < inputs.length; c++) {
      const { copy } = this.#cells[inputs[c] as number] as Cells;
      for (let i = from; i < to; i++) copy(columns[c] as Column, i, first + i - from);
    }
    this.#filled += to - from;
    return first;
  }

  /** Some rows of a call's inputs, with its numbers, as a summary. */
  summary({ inputs }: StateCall, rows: readonly number[], numbers: readonly number[]): StoredSummary {
    const times = rows.map((row) => this.times[row] as Micros);
    const columns = inputs.map((input) => picked(this.column(input), rows));
    return { times, columns, from: 0, to: rows.length, numbers, first: 0, end: numbers.length };
  }
}

function picked(column: Column, rows: readonly number[]): Column {
  const { length } = rows;
  if (column.kind === "string") return { ...column, ids: pick(column.ids, rows, new Int32Array(length)) };
  if (column.kind !== "int64") return { kind: column.kind, numbers: pick(column.numbers, rows, new Float64Array(length)) };
  const { kind, words, valid } = column;
  return { kind, words: pick(words, rows, new BigInt64Array(length)), valid: pick(valid, rows, new Uint8Array(length)) };
}

function pick<A extends { [row: number]: unknown }>(all: A, rows: readonly number[], into: A): A {
  for (let i = 0; i < rows.length; i++) into[i] = all[rows[i] as number];
  return into;
}

function numbersOf(kind: "float64" | "int32" | "boolean" | "timestamp", length: number): Cells {
  const numbers = doublesFor(length).fill(Number.NaN);
  return {
    column: { kind, numbers },
    put: ({ view }, at, row) => {
      numbers[row] = view.getFloat64(at, true);
      return at + 8;
    },
    copy: (from, index, row) => {
      numbers[row] = (from as { readonly numbers: Float64Array }).numbers[index] as number;
    },
  };
}

function textsOf(length: number): Cells {
  const ids = intsFor(length).fill(-1);
  const dictionary: string[] = [];
  const known = new Map<string, number>();
  /** For each dictionary that was copied from, one more than the ids here; 0 where that is not known yet. */
  const copied = new Map<readonly string[], Int32Array>();
  const idOf = (text: string): number => {
    const id = known.get(text);
    if (id !== undefined) return id;
    known.set(text, dictionary.length);
    return dictionary.push(text) - 1;
  };
  return {
    column: { kind: "string", ids, dictionary },
    put: ({ view, bytes }, at, row) => {
      const size = view.getUint32(at, true);
      if (size === NO_TEXT) return at + 4;
      ids[row] = idOf(textAt(bytes, at + 4, size));
      return at + 4 + size;
    },
    copy: (from, index, row) => {
      const { ids: theirs, dictionary: texts } = from as Extract<Column, { kind: "string" }>;
      const id = theirs[index] as number;
      if (id < 0) return;
      let mine = copied.get(texts);
      if (mine === undefined) copied.set(texts, (mine = intsFor(texts.length)));
      ids[row] = (mine[id] ||= idOf(texts[id] as string) + 1) - 1;
    },
  };
}

function wholesOf(length: number): Cells {
  const words = new BigInt64Array(length);
  const valid = new Uint8Array(length);
  return {
    column: { kind: "int64", words, valid },
    put: ({ view, bytes }, at, row) => {
      valid[row] = bytes[at] as number;
      words[row] = view.getBigInt64(at + 1, true);
      return at + 9;
    },
    copy: (from, index, row) => {
      const theirs = from as Extract<Column, { kind: "int64" }>;
      valid[row] = theirs.valid[index] as number;
      words[row] = theirs.words[index] as bigint;
    },
  };
}

const CELLS: { readonly [K in ColumnKind]: (length: number) => Cells } = {
  float64: (length) => numbersOf("float64", length),
  int32: (length) => numbersOf("int32", length),
  boolean: (length) => numbersOf("boolean", length),
  timestamp: (length) => numbersOf("timestamp", length),
  string: textsOf,
  int64: wholesOf,
};
