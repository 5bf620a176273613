// Rows that several views are swept over: what one sweep has found out about them, the next need not.
import { countUnscaled, noMishaps, sumOfMishaps, type Mishaps } from "./mishaps.ts";
import { evaluate, select, type Selected } from "./evaluate.ts";
import { Input } from "../aggregate/input.ts";
import type { InputPlan, RowFunction, ViewPlan } from "../plan/view-plan.ts";
import type { KeyedRows } from "./rows.ts";
import type { Prepared } from "./sweep.ts";

/** Something found with row functions, and what went wrong in them. */
interface Found<T> {
  readonly value: T;
  readonly mishaps: Readonly<Mishaps>;
}

/** The rows that a `where` selects, and inputs evaluated for each. */
class Selection {
  readonly rows: Found<Selected>;
  readonly #all: KeyedRows;
  readonly #inputs: { readonly input: InputPlan; readonly found: Found<Input> }[] = [];

  constructor(all: KeyedRows, { name, where, source }: ViewPlan) {
    this.#all = all;
    this.rows = observed((mishaps) => select(where, all, source.schema, mishaps, `view ${name}, where`));
  }

  input(input: InputPlan, plan: ViewPlan): Found<Input> {
    const known = this.#inputs.find(({ input: { value, kind } }) => value === input.value && kind === input.kind);
    if (known !== undefined) return known.found;
    const found = observed((mishaps) => new Input(evaluate(input, this.#all.columns, this.rows.value, plan, mishaps)));
    this.#inputs.push({ input, found });
    return found;
  }
}

/** Rows of one source by key. Views that share row functions share their results. */
export class SweptRows {
  readonly #rows: KeyedRows;
  readonly #selections: Map<RowFunction | null, Selection> = new Map();

  constructor(rows: KeyedRows) {
    this.#rows = rows;
  }

  /** A view's rows and inputs, and what went wrong in its row functions. Throws what `evaluate` throws. */
  prepare(plan: ViewPlan): Prepared {
    const selection = this.#selections.get(plan.where) ?? new Selection(this.#rows, plan);
    this.#selections.set(plan.where, selection);
    const found = plan.inputs.map((input) => selection.input(input, plan));
    const inputs = found.map(({ value }) => value);
    const mishaps = [selection.rows, ...found].map((one) => one.mishaps).reduce(sumOfMishaps);
    return { plan, selected: selection.rows.value, inputs, mishaps: { ...mishaps, unscaled: countUnscaled(plan, inputs) } };
  }
}

function observed<T>(find: (mishaps: Mishaps) => T): Found<T> {
  const mishaps = noMishaps();
  return { value: find(mishaps), mishaps };
}
