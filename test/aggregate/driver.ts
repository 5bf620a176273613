// Drives one aggregate through what its contract allows, by chance from a seed, beside a naive function of the rows that are in.
import fc from "fast-check";
import { expect } from "vitest";
import { byKey } from "../../src/aggregate/by.ts";
import { Input } from "../../src/aggregate/input.ts";
import { vectorReader } from "../../src/schema/vector.ts";
import { chance } from "../property/runs.ts";
import type { Accumulator, Aggregation, Material, Running } from "../../src/aggregate/aggregate.ts";
import type { Column } from "../../src/schema/column.ts";
import type { FeatureValue } from "../../src/schema/value-type.ts";
import type { Parameters } from "../../src/define/aggregate-call.ts";

/** What one row gives an aggregate: a value (of one kind in a table), whether it adds, what it is grouped by, and when it happened. */
export interface Given {
  readonly value: string | number | bigint | boolean | null;
  readonly add: boolean | null;
  readonly key?: string | null;
  readonly eventTime: number;
}

/** Stands for a value that cannot be represented. */
export const FAILED: unique symbol = Symbol("failed");

/** The aggregate under test, its parameters, and its value over rows, oldest first. */
export interface Subject {
  readonly aggregation: Aggregation;
  readonly parameters: Parameters;
  /** Whether the aggregate is given `value`. */
  readonly takesValue: boolean;
  /** How many different keys there may be, where it is by key. */
  readonly byLimit?: number;
  readonly naive: (rows: readonly Given[], at: number) => FeatureValue | typeof FAILED;
  /** The rows that a summary of rows holds; null where there are more different values than the limit, absent by key. */
  readonly telling?: (rows: readonly Given[]) => readonly Given[] | null;
}

/** Rows in order, which tie now and then. `values` are what they can hold. */
export function tables(values: readonly Given["value"][], maxLength = 24): fc.Arbitrary<readonly Given[]> {
  const row = fc.record({
    value: fc.constantFrom(...values),
    add: fc.constantFrom(true, true, false, null),
    key: fc.constantFrom("x", "y", "z", "w", null),
    step: fc.nat(3),
  });
  return fc.array(row, { maxLength, size: "max" }).map((rows) => {
    let eventTime = 0;
    return rows.map(({ value, add, key, step }) => ({ value, add, key, eventTime: (eventTime += step) }));
  });
}

/** Rows leave in order, late ones come in unless a newer one has left, and all is begun anew now and then. */
export function slidesInOrder(subject: Subject, table: readonly Given[], seed: number): void {
  const run = new Run(subject, table, { retracts: false, live: false });
  const below = chance(seed);
  const waiting = shuffled(table.length, 1 + below(6), below);
  const arrived = new Set<number>();
  let gone = 0;
  while (waiting.length > 0 || gone < table.length) {
    const what = below(8);
    if (what < 4 && waiting.length > 0) {
      const row = waiting.shift() as number;
      arrived.add(row);
      if (row >= gone) run.add(row);
    } else if (what < 7 && gone < table.length) run.remove(gone++);
    else if (below(12) === 0) {
      gone = below(gone + 1);
      run.start();
      for (const row of [...arrived].sort((a, b) => a - b)) if (row >= gone) run.add(row);
    }
    if (below(2) === 0) run.finish();
  }
  expect(run.written().map(inOrder)).toEqual(run.expected.map(inOrder));
}

/** Rows come in and leave in any order. */
export function slidesFreely(subject: Subject, table: readonly Given[], seed: number): void {
  const run = new Run(subject, table, { retracts: true, live: false });
  const below = chance(seed);
  let waiting = shuffled(table.length, table.length, below);
  const patience = 1 + below(4);
  for (let step = 0; step < 4 * table.length + 8; step++) {
    if (waiting.length > 0 && below(patience + 1) > 0) run.add(waiting.shift() as number);
    else if (run.inside.size > 0) run.remove([...run.inside][below(run.inside.size)] as number);
    if (below(30) === 0) {
      run.start();
      waiting = shuffled(table.length, 2, below);
    }
    if (below(2) === 0) run.finish();
  }
  expect(run.written().map(inOrder)).toEqual(run.expected.map(inOrder));
}

/**
 * Rows are summed up, and so are the summaries, and what is left over is added, as a live state does: the value is the same, in any order
 * unless the aggregate is `ordered`. Where it `trails`, the rows of a summary from any moment on give the value from that moment on.
 */
export function summariesAddUp(subject: Subject, table: readonly Given[], seed: number): void {
  const below = chance(seed);
  const inside = table.filter(() => below(6) > 0);
  let parts: readonly Part[] = inside.map((row) => ({ rows: [row], numbers: null }));
  for (let level = 0; level < 3; level++) parts = runsOf(parts, below).flatMap((group) => (below(4) === 0 ? group : [summed(subject, group)]));
  const at = 7 + (inside.at(-1)?.eventTime ?? 0);
  const { aggregation } = subject;
  const order = aggregation.ordered ? undefined : shuffled(parts.length, parts.length, below);
  const { running, accumulator } = loaded(subject, parts, order);
  accumulator.finish(at);
  expect(read(running).map(inOrder)).toEqual([inOrder(subject.naive(inside, at))]);
  if (aggregation.trails !== true || subject.byLimit !== undefined) return;
  const moment = below(at);
  const since = ({ eventTime }: Given): boolean => eventTime >= moment;
  const trail = summed(subject, parts).rows.filter(since);
  const alone = loaded(subject, [{ rows: trail, numbers: null }]);
  alone.accumulator.finish(at);
  expect(read(alone.running)).toEqual([subject.naive(inside.filter(since), at)]);
}

/** The rows that a summary of all rows holds. */
export function summaryOf(subject: Subject, table: readonly Given[]): readonly Given[] {
  return summed(subject, [{ rows: table, numbers: null }]).rows;
}

/** The value over all rows. */
export function valueOver(subject: Subject, table: readonly Given[]): FeatureValue | typeof FAILED {
  const run = new Run(subject, table, { retracts: false, live: false });
  for (const row of table.keys()) run.add(row);
  run.finish();
  return run.written()[0] as FeatureValue;
}

/** Rows as they are, where there are no numbers; or those of a summary. */
interface Part {
  readonly rows: readonly Given[];
  readonly numbers: readonly number[] | null;
}

function loaded(
  subject: Subject,
  parts: readonly Part[],
  order: readonly number[] = [...parts.keys()],
): { readonly running: Running; readonly accumulator: Accumulator; readonly table: readonly Given[] } {
  const table = parts.flatMap(({ rows }) => rows);
  const running = accumulate(subject, table, { retracts: false, live: true });
  const accumulator = running.make();
  accumulator.start(0, table.length);
  for (const part of order) {
    const { rows, numbers } = parts[part] as Part;
    const from = parts.slice(0, part).reduce((sum, before) => sum + before.rows.length, 0);
    const to = from + rows.length;
    if (numbers !== null) accumulator.merge(from, to, numbers);
    else for (let row = from; row < to; row++) accumulator.add(row);
  }
  return { running, accumulator, table };
}

function summed(subject: Subject, parts: readonly Part[]): Part {
  const { accumulator, table } = loaded(subject, parts);
  const { rows, numbers } = accumulator.summary();
  if (subject.byLimit === undefined) expect(rows).toEqual([...new Set(rows)].sort((a, b) => a - b));
  const held = rows.map((row) => table[row] as Given);
  const telling = subject.telling?.(table) ?? null;
  if (telling !== null) expect(held).toEqual(telling);
  return { rows: held, numbers };
}

function runsOf(parts: readonly Part[], below: (limit: number) => number): readonly (readonly Part[])[] {
  const groups: Part[][] = [];
  for (const part of parts) {
    if (groups.length === 0 || below(4) === 0) groups.push([]);
    (groups.at(-1) as Part[]).push(part);
  }
  return groups;
}

/** An accumulator, the rows that are in, and the values that it should have written. */
class Run {
  readonly inside = new Set<number>();
  readonly #subject: Subject;
  readonly #table: readonly Given[];
  readonly #running: Running;
  readonly #accumulator: Accumulator;
  readonly expected: (FeatureValue | typeof FAILED)[] = [];

  constructor(subject: Subject, table: readonly Given[], mode: Pick<Material, "retracts" | "live">) {
    this.#subject = subject;
    this.#table = table;
    this.#running = accumulate(subject, table, mode);
    this.#accumulator = this.#running.make();
    this.start();
  }

  start(): void {
    this.inside.clear();
    this.#accumulator.start(0, this.#table.length);
  }

  add(row: number): void {
    this.inside.add(row);
    this.#accumulator.add(row);
  }

  /** Does nothing where the row is not in. */
  remove(row: number): void {
    if (this.inside.delete(row)) this.#accumulator.remove(row);
  }

  finish(): void {
    const rows = [...this.inside].sort((a, b) => a - b).map((row) => this.#table[row] as Given);
    const at = 7 + this.#table.length * 3;
    this.expected.push(this.#subject.naive(rows, at));
    this.#accumulator.finish(at);
  }

  written(): readonly (FeatureValue | typeof FAILED)[] {
    return read(this.#running);
  }
}

function read(running: Running): (FeatureValue | typeof FAILED)[] {
  const { vector, failed } = running.output();
  const value = vectorReader(vector);
  return Array.from(failed, (isFailed, i) => {
    if (isFailed === 1) expect(value(i)).toBeNull();
    return isFailed === 1 ? FAILED : value(i);
  });
}

/** A map as its entries: their order counts. */
function inOrder(value: FeatureValue | typeof FAILED): unknown {
  return value instanceof Map ? [...(value as ReadonlyMap<unknown, FeatureValue>)].map(([key, of]) => [key, inOrder(of)]) : value;
}

function accumulate(subject: Subject, table: readonly Given[], mode: Pick<Material, "retracts" | "live">): Running {
  const given = material(subject, table, mode);
  const running = subject.aggregation.accumulate(given);
  return subject.byLimit === undefined ? running : byKey(running, given.by as Input, subject.byLimit, 1);
}

function material({ parameters, takesValue, byLimit }: Subject, table: readonly Given[], mode: Pick<Material, "retracts" | "live">): Material {
  return {
    ...mode,
    value: takesValue ? new Input(column(table.map(({ value }) => value))) : null,
    add: new Input(column(table.map(({ add }) => add))),
    by: byLimit === undefined ? null : new Input(column(table.map(({ key = null }) => key))),
    eventTime: Float64Array.from(table, ({ eventTime }) => eventTime),
    parameters,
    offset: 0,
    length: 1,
  };
}

/** A dictionary is in no order. */
function column(values: readonly Given["value"][]): Column {
  const sample = values.find((value) => value !== null);
  if (typeof sample === "bigint")
    return {
      kind: "int64",
      words: BigInt64Array.from(values, (value) => (value ?? 0n) as bigint),
      valid: Uint8Array.from(values, (value) => Number(value !== null)),
    };
  if (typeof sample === "string") {
    const dictionary = [...new Set(values.filter((value) => typeof value === "string"))].reverse();
    return { kind: "string", ids: Int32Array.from(values, (value) => (value === null ? -1 : dictionary.indexOf(value as string))), dictionary };
  }
  const numbers = Float64Array.from(values, (value) => (value === null ? Number.NaN : Number(value)));
  return { kind: typeof sample === "number" ? "float64" : "boolean", numbers };
}

/** The numbers below `count`, each at most `reach` places from its own, or anywhere. */
function shuffled(count: number, reach: number, below: (limit: number) => number): number[] {
  const places = Array.from({ length: count }, (_, row) => row + below(reach));
  return Array.from(places.keys()).sort((a, b) => (places[a] as number) - (places[b] as number) || b - a);
}
