// The loop over rows of one row function: generated for it alone, and for text once per distinct value.
import { ColumnNotRead, type Columns } from "../schema/column.ts";
import { ownCopy } from "../schema/own-copy.ts";
import { rowsOf, type FunctionRows, type RowView } from "../schema/row-view.ts";
import { isBroken, whilePure } from "../plan/pure.ts";
import type { RowFunction } from "../plan/view-plan.ts";
import type { Schema } from "../schema/value-type.ts";

/**
 * Takes what a function returns, into `out`: all values are null, or false, until they are put. Its functions are the same
 * for all sinks of one kind and refer to no `out` of their own: a loop that met another function would be compiled again.
 */
export interface Sink<Out> {
  readonly out: Out;
  /** Takes the value of row `to`; false for what it cannot hold. */
  readonly put: (out: Out, to: number, value: unknown) => boolean;
  /** Gives row `to` the value of row `from`. */
  readonly copy: (out: Out, to: number, from: number) => void;
}

/** The rows that a function is called for: those of `index`, or the first `length` where it is null. */
export interface Chosen {
  readonly index: Int32Array | null;
  readonly length: number;
}

/** What a function is, beside the function: the columns there are, and its place for errors. */
export interface Setting {
  readonly schema: Schema;
  readonly columns: Columns;
  readonly where: string;
}

/** What went wrong, in numbers of rows, and the first value that the sink refused. */
export interface Outcome {
  threw: number;
  infinite: number;
  wrong: unknown;
}

/** Goes over the rows `[from, to)`, and returns `to`, or the row at which it had to stop. */
type Loop = <Out>(index: Int32Array | null, from: number, to: number, sink: Sink<Out>, outcome: Outcome) => number;

/** So many rows are called for first, to see which columns the function reads. */
const FIRST = 128;
/** Values that text repeats fewer times than this are not worth to be remembered. */
const REPEATS = 2;

/**
 * Calls a row function for rows. 1. The first rows are watched: which columns does it touch? 2. Where that is one column of
 * text that repeats, the function is called once per distinct text, as long as it touches no other. 3. Otherwise it is
 * called for each row.
 * Throws `ColumnNotRead`, and a `DefinitionError` where the function reads more than its row.
 */
export function callForRows<Out>(value: RowFunction, setting: Setting, chosen: Chosen, sink: Sink<Out>): Outcome {
  const rows = rowsOf(value, setting.schema);
  const outcome: Outcome = { threw: 0, infinite: 0, wrong: undefined };
  rows.busy = true;
  rows.bind(setting.columns);
  try {
    whilePure({ value, where: setting.where, madeUp: false }, () => goOver(value, rows, setting.columns, chosen, sink, outcome));
    if (rows.notRead !== null) throw new ColumnNotRead(rows.notRead);
  } finally {
    rows.busy = false;
    rows.bind(null);
  }
  return outcome;
}

function goOver<Out>(value: RowFunction, rows: FunctionRows, columns: Columns, { index, length }: Chosen, sink: Sink<Out>, outcome: Outcome): void {
  const first = Math.min(length, FIRST);
  let at = loopFor(value, rows, rows.watched)(index, 0, first, sink, outcome);
  const stopped = (): boolean => outcome.wrong !== undefined || hasToStop(rows);
  if (stopped()) return;
  const text = repeatedText(rows, columns, length);
  if (text !== null) at = onePerText(value, rows, text, { index, length }, at, sink, outcome);
  if (at < length && !stopped()) loopFor(value, rows, rows.plain() ?? rows.watched)(index, at, length, sink, outcome);
}

function hasToStop(rows: FunctionRows): boolean {
  return rows.notRead !== null || isBroken();
}

type LoopMaker = (value: RowFunction, plain: RowView, watched: RowView, stop: () => boolean) => Loop;

/** Makes the loop. What it makes refers to nothing but the arguments, so that a copy of it can be compiled apart. */
const makeLoop: LoopMaker = (value, plain, watched, stop) => {
  const { row, seek } = plain;
  const { row: watchedRow, seek: seekWatched } = watched;
  return (index, from, to, { out, put }, outcome) => {
    for (let i = from; i < to; i++) {
      const at = index === null ? i : (index[i] as number);
      let result: unknown;
      try {
        result = seek(at) ? value(row) : (seekWatched(at), value(watchedRow));
      } catch {
        if (stop()) return i;
        outcome.threw++;
        continue;
      }
      if (result === null || result === undefined) continue;
      if (result === Infinity || result === -Infinity) outcome.infinite++;
      else if (!put(out, i, result)) {
        outcome.wrong = result;
        return i;
      }
    }
    return to;
  };
};

const LOOPS = new WeakMap<RowView, Loop>();

/** The loop of a function over one of its views, made once. */
function loopFor(value: RowFunction, rows: FunctionRows, view: RowView): Loop {
  const known = LOOPS.get(view);
  if (known !== undefined) return known;
  const made = ownCopy(makeLoop)(value, view, rows.watched, () => hasToStop(rows));
  LOOPS.set(view, made);
  return made;
}

/** A column of text whose values repeat. */
interface Text {
  readonly ids: Int32Array;
  readonly dictionary: readonly string[];
}

function repeatedText(rows: FunctionRows, columns: Columns, length: number): Text | null {
  const only = rows.only();
  const column = only === null ? undefined : columns[only];
  return column?.kind === "string" && (column.dictionary.length + 1) * REPEATS <= length ? column : null;
}

/** What is known of a text: 0 is nothing, from 1 on the row that has its value, and these. */
const THREW = -1;
const INFINITE = -2;

/**
 * Calls the function once per distinct text, and null. What a function returns for a row follows from what it has read of
 * it: where that was the text alone, every row of this text has this value. Returns the row at which the function touched
 * another column, for which nothing has been put or counted yet.
 */
function onePerText<Out>(value: RowFunction, rows: FunctionRows, text: Text, chosen: Chosen, from: number, sink: Sink<Out>, outcome: Outcome): number {
  const { row, seek } = rows.watched;
  const meet: Meet = (i, at) => {
    const once: Outcome = { threw: 0, infinite: 0, wrong: undefined };
    const done = call(i, at, once);
    if (rows.touched.size > 1 || hasToStop(rows)) return 0;
    outcome.wrong = once.wrong;
    return once.threw > 0 ? THREW : once.infinite > 0 ? INFINITE : done ? i + 1 : 0;
  };
  const call = (i: number, at: number, once: Outcome): boolean => {
    let result: unknown;
    seek(at);
    try {
      result = value(row);
    } catch {
      once.threw++;
      return true;
    }
    if (result === null || result === undefined) return true;
    if (result === Infinity || result === -Infinity) once.infinite++;
    else if (!sink.put(sink.out, i, result)) once.wrong = result;
    return once.wrong === undefined;
  };
  const known = new Int32Array(text.dictionary.length + 1);
  return textLoopFor(rows)(text.ids, chosen, known, meet, from, sink, outcome);
}

const TEXT_LOOPS = new WeakMap<FunctionRows, TextLoop>();

/** The loop over texts of a function, made once. */
function textLoopFor(rows: FunctionRows): TextLoop {
  const made = TEXT_LOOPS.get(rows) ?? (ownCopy(copyKnown as (...args: never[]) => unknown) as TextLoop);
  TEXT_LOOPS.set(rows, made);
  return made;
}

/** Calls the function for the first row of a text; 0 if it cannot go on from there. */
type Meet = (i: number, at: number) => number;

type TextLoop = typeof copyKnown;

const copyKnown = <Out>(
  ids: Int32Array,
  { index, length }: Chosen,
  known: Int32Array,
  meet: Meet,
  from: number,
  { out, copy }: Sink<Out>,
  outcome: Outcome,
): number => {
  for (let i = from; i < length; i++) {
    const at = index === null ? i : (index[i] as number);
    const id = (ids[at] as number) + 1;
    let first = known[id] as number;
    if (first === 0) {
      first = meet(i, at);
      if (first === 0) return i;
      known[id] = first;
    }
    if (first > 0) copy(out, i, first - 1);
    else if (first === -1) outcome.threw++;
    else outcome.infinite++;
  }
  return length;
};
