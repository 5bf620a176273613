// What the kernel makes of seeded rows: swept values as canonical bytes, as rows of an online store and as JSON, and the bytes of states.
import { absorb, EMPTY, type Change } from "../../src/kernel/state/absorb.ts";
import { AGGREGATE_NAMES, OF_ENTITIES, WINDOW_KINDS, type Asked } from "../property/features.ts";
import { belowOf, drawCase, type Below } from "./seeds.ts";
import { canonical } from "../../src/schema/canonical.ts";
import { cellOf } from "../../src/schema/cells.ts";
import { encodeHead } from "../../src/kernel/state/format.ts";
import { kernelInput } from "../property/keyed-rows.ts";
import { planOf } from "../property/plan.ts";
import { prepare, sweep } from "../../src/kernel/sweep.ts";
import { reader } from "../../src/schema/column.ts";
import { rowEncoder } from "../../src/online/row-codec.ts";
import { settle, valuesAt, type Chunks } from "../../src/kernel/state/read.ts";
import { stateLayout } from "../../src/kernel/state/layout.ts";
import { toJsonText } from "../../src/schema/json-value.ts";
import { vectorReader } from "../../src/schema/vector.ts";
import type { Add, Part } from "./part.ts";
import type { Case } from "../property/cases.ts";
import type { KeyedRows } from "../../src/kernel/rows.ts";
import type { ViewPlan } from "../../src/plan/view-plan.ts";

/** Cases of each aggregate, window and grouping that hold values: others count too, but not here. */
const CASES = 3;

const EVERY: readonly Asked[] = [
  ...AGGREGATE_NAMES.flatMap((aggregate) => WINDOW_KINDS.flatMap((window) => [false, true].map((by) => ({ aggregate, window, by })))),
  { aggregate: OF_ENTITIES },
];

const nameOf = ({ aggregate, window, by }: Asked): string => [aggregate, window ?? "", by === true ? "by" : ""].filter((word) => word !== "").join(" ");

/** One part for each aggregate, window and grouping. */
export const SWEEPS: readonly Part[] = EVERY.map((asked) => ({
  name: `sweep: ${nameOf(asked)}`,
  make: (add) => {
    const below = belowOf(nameOf(asked));
    for (let i = 0, telling = 0; i < 4 * CASES && telling < CASES; i++) if (addSwept(drawCase(below, asked), add) > 3) telling++;
  },
}));

/** Says at how many moments there were rows with a value. */
function addSwept({ definition, rows, wanted }: Case, add: Add): number {
  const plan = planOf(definition);
  const { rows: keyed, times, positions } = kernelInput(definition, [rows], wanted);
  const swept = sweep(prepare(plan, keyed), times);
  const kinds = plan.features.map(({ kind }) => kind);
  const readers = swept.features.map(vectorReader);
  const encode = rowEncoder(kinds);
  let telling = 0;
  for (const position of positions) {
    const values = readers.map((read) => read(position));
    const newest = swept.newest.map((of) => (Number.isNaN(of[position]) ? null : (of[position] as number)));
    const failed = swept.failed.flatMap((of, i) => (of[position] === 1 ? [i] : []));
    if (swept.found[position] === 1 && values[0] !== null) telling++;
    add(canonical(values, kinds));
    add(encode({ values, newest, failed }));
    add(`${values.map(toJsonText).join()} ${swept.found[position]}`);
  }
  add(JSON.stringify(swept.mishaps));
  return telling;
}

/** One part for each aggregate: its rows absorbed in batches by chance, some taken back. */
export const STATES: readonly Part[] = AGGREGATE_NAMES.map((aggregate) => ({
  name: `state: ${aggregate}`,
  make: (add) => {
    const below = belowOf(`state ${aggregate}`);
    for (let i = 0; i < CASES; i++) {
      const { definition, rows } = drawCase(below, { aggregate }, { versions: 0 });
      const plan = planOf(definition);
      addStates(plan, kernelInput(definition, [rows], []).rows, below, add);
    }
  },
}));

function addStates(plan: ViewPlan, rows: KeyedRows, below: Below, add: Add): void {
  const layout = stateLayout(plan, { chunk: 1 + below(4), fanout: 2 + below(3), young: below(6) });
  const stored = new Map<string, Uint8Array>();
  const load = (names: readonly string[]): Chunks => new Map(names.flatMap((name) => (stored.has(name) ? [[name, stored.get(name) as Uint8Array]] : [])));
  const kinds = plan.features.map(({ kind }) => kind);
  for (const key of changesByKey(plan, rows)) {
    const waiting = key.map((change) => ({ change, place: below(1 + key.length) })).toSorted((a, b) => a.place - b.place);
    let head = EMPTY;
    let newest = -Infinity;
    while (waiting.length > 0) {
      const batch = waiting.splice(0, 1 + below(9)).map(({ change }) => change);
      const taken = batch.filter(() => below(6) === 0).map((change): Change => ({ ...change, kind: "retract" }));
      const absorbed = settle(absorb(layout, head, [...batch, ...taken], { p: String(waiting.length) }), load);
      for (const [name, bytes] of absorbed.written) stored.set(name, bytes);
      head = absorbed.head;
      newest = Math.max(newest, ...batch.map(({ availableTime }) => availableTime));
      for (const bytes of [encodeHead(head), ...absorbed.written.values()]) add(bytes);
      const values = settle(valuesAt(layout, head, newest + 1 + below(40)), load);
      add(values === null ? "nothing" : canonical(values.values, kinds));
    }
  }
}

function changesByKey(plan: ViewPlan, rows: KeyedRows): Change[][] {
  const { selected, inputs } = prepare(plan, rows);
  const cells = inputs.map(({ column }) => reader(column));
  return Array.from({ length: selected.offsets.length - 1 }, (_, key) => {
    const from = selected.offsets[key] as number;
    return Array.from({ length: (selected.offsets[key + 1] as number) - from }, (__, i): Change => {
      const at = from + i;
      const row = {
        eventTime: selected.eventTime[at] as number,
        order: canonical([i], ["int32"]).toString("latin1"),
        cells: cells.map((of) => cellOf(of(at))),
      };
      return { kind: "insert", row, availableTime: selected.availableTime[at] as number };
    });
  });
}
