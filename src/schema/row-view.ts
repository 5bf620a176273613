// Rows as row functions see them: one object over columns, compiled for the one function that reads it.
import { compile } from "./own-copy.ts";
import { ColumnNotRead, type Column, type Columns } from "./column.ts";
import { timestampOf } from "../time.ts";
import type { ColumnKind, Schema, Value } from "./value-type.ts";

/** A row: getters by name over columns, so that a function touches only what it reads. It cannot be written. */
export type RowObject = Readonly<Record<string, Value>>;

/** One row object, and the index of the row that it shows. */
export interface RowView {
  readonly row: RowObject;
  /** Moves to a row. False where one of its numbers is null that this view takes for a number: that row needs another view. */
  readonly seek: (index: number) => boolean;
}

/** A view and what sets its columns, two arrays for each (null where there is none). */
interface BoundView extends RowView {
  readonly bind: (arrays: readonly unknown[]) => void;
}

/** How a column is read, in terms of its arrays `a` and `b` and the index `at`. */
const READS: { readonly [K in ColumnKind]: (a: string, b: string) => string } = {
  float64: (a) => `const x = ${a}[at]; return x === x ? x : null;`,
  int32: (a) => `const x = ${a}[at]; return x === x ? x : null;`,
  boolean: (a) => `const x = ${a}[at]; return x === 1 ? true : x === 0 ? false : null;`,
  timestamp: (a) => `const x = ${a}[at]; return x === x ? timestampOf(x) : null;`,
  string: (a, b) => `const id = ${a}[at]; return id < 0 ? null : ${b}[id];`,
  int64: (a, b) => `return ${b}[at] === 0 ? null : ${a}[at];`,
};

const isNumber = (kind: ColumnKind): boolean => kind === "float64" || kind === "int32";

/**
 * The views through which one function sees rows of one schema. V8 makes a function that is fast for the few shapes of
 * objects it has met, so these are made once and only their columns change: a new row object for each reading would
 * cost 20 to 80 ns a row. Two shapes are enough.
 *
 * 1. The *watched* view notes which columns are touched, and knows nulls.
 * 2. The *plain* view is for rows in which no touched number is null, which is tested once a row: a number that may be
 *    null is an object on the heap, one that cannot be is a register.
 */
export class FunctionRows {
  /** Sees every row, and notes what is read. */
  readonly watched: RowView;
  /** The first column that was asked for without having been read: a row function may catch what is thrown. */
  notRead: string | null = null;
  /** Names that were read and are no columns. */
  readonly unknown: Set<string> = new Set();
  /** The columns that were ever touched, by number, in order of first touch. */
  readonly touched: Set<number> = new Set();
  /** Whether a loop is going over these rows: a second one at the same time would move them. */
  busy = false;
  readonly #names: readonly string[];
  readonly #kinds: readonly ColumnKind[];
  #arrays: readonly unknown[] = [];
  #plain: { readonly view: BoundView; readonly touched: number } | null = null;

  constructor(schema: Schema) {
    this.#names = Object.keys(schema);
    this.#kinds = this.#names.map((name) => (schema[name] as Schema[string]).kind);
    this.watched = this.#compile(null);
  }

  /** Shows columns from now on; null to let go of them. What was noted as not read is forgotten, what was touched is not. */
  bind(columns: Columns | null): void {
    this.notRead = null;
    this.#arrays = this.#names.flatMap((name) => (columns !== null && Object.hasOwn(columns, name) ? arraysOf(columns[name] as Column) : [null, null]));
    (this.watched as BoundView).bind(this.#arrays);
    this.#plain?.view.bind(this.#arrays);
  }

  /** The view of rows whose touched numbers are all there; null if a touched column has not been read. */
  plain(): RowView | null {
    for (const column of this.touched) if (this.#arrays[2 * column] === null) return null;
    if (this.#plain === null || this.#plain.touched < this.touched.size) {
      this.#plain = { view: this.#compile(new Set(this.touched)), touched: this.touched.size };
      this.#plain.view.bind(this.#arrays);
    }
    return this.#plain.view;
  }

  /** The one column that was ever touched, by name; null if there are none or several. */
  only(): string | null {
    const [only] = this.touched;
    return only !== undefined && this.touched.size === 1 ? (this.#names[only] as string) : null;
  }

  /** A view. `plain`: the columns whose numbers are tested once a row; null for the view that watches. */
  #compile(plain: ReadonlySet<number> | null): BoundView {
    const tested = this.#kinds.flatMap((kind, i) => (plain?.has(i) === true && isNumber(kind) ? [i] : []));
    const getters = this.#names.map((name, i) => {
      const watch = plain === null ? `if (touched[${i}] === 0) touch(${i});` : "";
      const read = tested.includes(i) ? `return a${i}[at];` : READS[this.#kinds[i] as ColumnKind](`a${i}`, `b${i}`);
      return `get [${JSON.stringify(name)}]() { ${watch} if (a${i} === null) return lack(${i}); ${read} }`;
    });
    const body = `
      let at = 0;
      ${this.#names.map((_, i) => `let a${i} = null, b${i} = null;`).join(" ")}
      class Row extends null { ${getters.join("\n")} }
      for (const name of names) Object.defineProperty(Row.prototype, name, { enumerable: true });
      Object.setPrototypeOf(Row.prototype, beyond);
      const row = Object.freeze(Object.create(Row.prototype));
      const seek = (index) => { at = index; return ${tested.map((i) => `a${i}[index] === a${i}[index]`).join(" && ") || "true"}; };
      const bind = (arrays) => { ${this.#names.map((_, i) => `a${i} = arrays[${2 * i}]; b${i} = arrays[${2 * i + 1}];`).join(" ")} };
      return { row, seek, bind };`;
    const touched = new Uint8Array(this.#names.length);
    const touch = (column: number): void => void ((touched[column] = 1), this.touched.add(column));
    const lack = (column: number): never => {
      const name = this.#names[column] as string;
      this.notRead ??= name;
      throw new ColumnNotRead(name);
    };
    const beyond = plain === null ? noting(this.unknown) : null;
    return compile(["names", "touched", "touch", "lack", "beyond", "timestampOf"], body, [this.#names, touched, touch, lack, beyond, timestampOf]) as BoundView;
  }
}

function arraysOf(column: Column): [unknown, unknown] {
  if (column.kind === "string") return [column.ids, column.dictionary];
  return column.kind === "int64" ? [column.words, column.valid] : [column.numbers, null];
}

/** What lies beyond a row's columns: nothing, but names that are asked for are noted. */
function noting(unknown: Set<string>): object {
  return new Proxy(Object.freeze(Object.create(null) as object), {
    get: (_, name) => {
      if (typeof name === "string" && name !== "toJSON" && !(name in Object.prototype)) unknown.add(name);
      return undefined;
    },
  });
}

const KNOWN = new WeakMap<object, WeakMap<Schema, FunctionRows>>();

/** The views through which a function sees rows of a schema: always the same, but where the function is at work on them. */
export function rowsOf(value: (row: never) => unknown, schema: Schema): FunctionRows {
  const bySchema = KNOWN.get(value) ?? new WeakMap<Schema, FunctionRows>();
  KNOWN.set(value, bySchema);
  const known = bySchema.get(schema);
  if (known !== undefined && !known.busy) return known;
  const made = new FunctionRows(schema);
  if (known === undefined) bySchema.set(schema, made);
  return made;
}
