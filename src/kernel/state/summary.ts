// Summaries of closed rows: the aggregates' own accumulators over a table.
import { run } from "../../aggregate/run.ts";
import { Table } from "./table.ts";
import type { Accumulator, Running } from "../../aggregate/aggregate.ts";
import type { Entry, StoredSummary, Summaries } from "./tree.ts";
import type { Micros } from "../../time.ts";
import type { Rows } from "./rows.ts";
import type { StateCall, StateLayout } from "./layout.ts";

/** Part of what is summed up: raw rows, of which a window may take some, or summaries, one for each call, which it takes whole. */
export type Piece = { readonly rows: Rows } | Summarised;

/** Rows that are summed up. */
export interface Summarised {
  readonly first: Micros;
  readonly last: Micros;
  readonly summaries: Summaries;
}

/** An entry as a piece. */
export function pieceOf({ first, last, summaries }: Entry): Summarised {
  return { first, last: last.eventTime, summaries };
}

/** A piece in a table: raw rows, or for each call the first of its summary's rows. */
export interface Placed {
  readonly first: Micros;
  readonly last: Micros;
  /** The rows `[from, to)` where they are raw; a place of its own where they are not. */
  readonly from: number;
  readonly to: number;
  readonly starts: readonly number[];
  readonly summaries: Summaries | null;
}

/** The summaries of some pieces in order, one for each of the calls that the pieces' own summaries are of; null for calls that are. */
export function summarise(layout: StateLayout, pieces: readonly Piece[], calls: readonly (StateCall | null)[]): Summaries {
  const table = new Table(layout, sizeOf(pieces, calls));
  const placed = place(table, pieces, calls);
  return calls.map((call, c) => {
    if (call === null) return null;
    const accumulator = running(call, table, 0, 0).make();
    accumulator.start(0, table.length);
    for (const piece of placed) takeAscending(accumulator, piece, piece.from, piece.to, c);
    const { rows, numbers } = accumulator.summary();
    return table.summary(call, rows, numbers);
  });
}

/** How many rows pieces come to in a table; those of calls that are null are left out. */
export function sizeOf(pieces: readonly Piece[], calls: readonly (StateCall | null)[]): number {
  let size = 0;
  for (const piece of pieces) {
    if ("rows" in piece) size += piece.rows.length;
    else for (let c = 0; c < calls.length; c++) if (calls[c] !== null) size += sizeOfSummary(piece.summaries[c] as StoredSummary);
  }
  return size;
}

function sizeOfSummary({ from, to }: StoredSummary): number {
  return to - from;
}

/** Puts pieces in order into a table; summaries of calls that are null are left out. */
export function place(table: Table, pieces: readonly Piece[], calls: readonly (StateCall | null)[]): Placed[] {
  return pieces.map((piece) => {
    if ("rows" in piece) return placeRows(table, piece.rows);
    const { first, last, summaries } = piece;
    const starts: number[] = [];
    for (let c = 0; c < calls.length; c++) {
      const call = calls[c] as StateCall | null;
      starts.push(call === null ? -1 : table.putSummary(call, summaries[c] as StoredSummary));
    }
    return { first, last, from: 0, to: 1, starts, summaries };
  });
}

function placeRows(table: Table, rows: Rows): Placed {
  const from = table.putRows(rows);
  return { first: rows.eventTime(0), last: rows.eventTime(rows.length - 1), from, to: from + rows.length, starts: [], summaries: null };
}

/** Puts the rows of a summary into a table, where they count as they are. */
export function placeTrail(table: Table, call: StateCall, summary: StoredSummary): Placed {
  const from = table.putSummary(call, summary);
  return { first: -Infinity, last: Infinity, from, to: from + sizeOfSummary(summary), starts: [], summaries: null };
}

/** Makes accumulators of a call over the rows of a table, which give so many values together. */
export function running({ plan }: StateCall, table: Table, offset: Micros, length: number): Running {
  return run(plan, table.inputs, { eventTime: table.times, offset, retracts: false, live: true, length });
}

/** Adds raw rows of a piece in order, or merges its summary of the call with the number `c`. */
export function takeAscending(accumulator: Accumulator, piece: Placed, from: number, to: number, c: number): void {
  if (piece.summaries === null) for (let row = from; row < to; row++) accumulator.add(row);
  else mergeSummary(accumulator, piece.summaries[c] as StoredSummary, piece.starts[c] as number);
}

/** The same from the newest row down. */
export function takeDescending(accumulator: Accumulator, piece: Placed, from: number, to: number, c: number): void {
  if (piece.summaries === null) for (let row = to - 1; row >= from; row--) accumulator.add(row);
  else mergeSummary(accumulator, piece.summaries[c] as StoredSummary, piece.starts[c] as number);
}

function mergeSummary(accumulator: Accumulator, { from, to, numbers, first, end }: StoredSummary, start: number): void {
  accumulator.merge(start, start + to - from, numbers, first, end);
}
