// Summaries of closed rows, and values from summaries and rows: the aggregates' own accumulators over a small table.
import { columnOfCells, type Cell } from "../../schema/cells.ts";
import { Input } from "../../aggregate/input.ts";
import { run } from "../../aggregate/run.ts";
import { vectorReader } from "../../schema/vector.ts";
import type { Accumulator, Running } from "../../aggregate/aggregate.ts";
import type { CallPlan } from "../../plan/view-plan.ts";
import type { FeatureValue } from "../../schema/value-type.ts";
import type { Micros } from "../../time.ts";
import type { Piece, StateRow, StoredSummary } from "./tree.ts";
import type { StateLayout } from "./layout.ts";

/** The rows that a call is computed from: raw ones, and those that stand for closed ones. */
interface Table {
  readonly times: Micros[];
  /** For each input of the call, its cells. */
  readonly cells: readonly Cell[][];
  /** Which rows belong together; with numbers they are a summary. */
  readonly parts: { readonly from: number; readonly to: number; readonly numbers: readonly number[] | null }[];
}

/** The summaries of some pieces in order, one for each call. */
export function summarise(layout: StateLayout, pieces: readonly Piece[]): StoredSummary[] {
  return layout.calls.map((call, c): StoredSummary => {
    const table = tableOf(layout, c, pieces);
    const { rows, numbers } = accumulate(layout, call, table, 0).accumulator.summary();
    return { times: rows.map((row) => table.times[row] as Micros), cells: table.cells.map((cells) => rows.map((row) => cells[row] as Cell)), numbers };
  });
}

/** The value of a feature over some pieces in order. */
export function valueOver(
  layout: StateLayout,
  feature: number,
  pieces: readonly Piece[],
  at: Micros,
): { readonly value: FeatureValue; readonly failed: boolean } {
  const call = layout.callOf[feature] as number;
  const { offset } = layout.plan.frames[layout.plan.features[feature]?.frame as number] as { readonly offset: Micros };
  const { accumulator, running } = accumulate(layout, layout.calls[call] as CallPlan, tableOf(layout, call, pieces), offset);
  accumulator.finish(at);
  const { vector, failed } = running.output();
  return { value: vectorReader(vector)(0), failed: failed[0] === 1 };
}

/** The indices of a call's inputs in the plan, each once. */
export function inputsOf({ value, add, by }: CallPlan): number[] {
  return [...new Set([value, add, by])].filter((input) => input !== null);
}

function tableOf(layout: StateLayout, c: number, pieces: readonly Piece[]): Table {
  const inputs = inputsOf(layout.calls[c] as CallPlan);
  const table: Table = { times: [], cells: inputs.map(() => []), parts: [] };
  for (const piece of pieces) {
    const from = table.times.length;
    const numbers = "rows" in piece ? null : takeSummary(table, piece.entry.summaries[c] as StoredSummary);
    if ("rows" in piece) takeRows(table, piece.rows, inputs);
    table.parts.push({ from, to: table.times.length, numbers });
  }
  return table;
}

function takeRows({ times, cells }: Table, rows: readonly StateRow[], inputs: readonly number[]): void {
  for (const row of rows) {
    times.push(row.eventTime);
    inputs.forEach((input, i) => cells[i]?.push(row.cells[input] as Cell));
  }
}

function takeSummary({ times, cells }: Table, summary: StoredSummary): readonly number[] {
  for (const time of summary.times) times.push(time);
  summary.cells.forEach((column, i) => {
    for (const cell of column) cells[i]?.push(cell);
  });
  return summary.numbers;
}

function accumulate(
  layout: StateLayout,
  call: CallPlan,
  { times, cells, parts }: Table,
  offset: Micros,
): { readonly accumulator: Accumulator; readonly running: Running } {
  const of = inputsOf(call);
  const inputs = of.map((input, i) => new Input(columnOfCells(layout.kinds[input] as never, cells[i] as Cell[])));
  const local = (input: number | null): number | null => (input === null ? null : of.indexOf(input));
  const running = run({ ...call, value: local(call.value), add: local(call.add), by: local(call.by) }, inputs, {
    eventTime: Float64Array.from(times),
    offset,
    retracts: false,
    live: true,
    length: 1,
  });
  const accumulator = running.make();
  accumulator.start(0, times.length);
  for (const { from, to, numbers } of parts) {
    if (numbers === null) for (let row = from; row < to; row++) accumulator.add(row);
    else accumulator.merge(from, to, numbers);
  }
  return { accumulator, running };
}
