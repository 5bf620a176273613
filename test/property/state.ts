// What live states say of a case: rows come and are taken back as they became known, in batches, and states are saved and loaded.
import { absorb, EMPTY, type Change } from "../../src/kernel/state/absorb.ts";
import { cellOf } from "../../src/schema/cells.ts";
import { chance } from "./runs.ts";
import { decodeHead, encodeHead } from "../../src/kernel/state/format.ts";
import { kernelInput } from "./keyed-rows.ts";
import { planOf } from "./plan.ts";
import { prepare, type Prepared } from "../../src/kernel/sweep.ts";
import { reader } from "../../src/schema/column.ts";
import { settle, valuesAt, type Chunks } from "../../src/kernel/state/read.ts";
import { stateLayout, type StateLayout } from "../../src/kernel/state/layout.ts";
import type { Case } from "./cases.ts";
import type { EntityValues } from "../../src/plan/answer.ts";
import type { Head } from "../../src/kernel/state/tree.ts";

/** What states say, moment by moment as wanted; null where no window holds a row. Batches, chunks and reloads are drawn from `seed`. */
export function statesSay({ definition, rows, wanted }: Case, seed: number): (EntityValues | null)[] {
  const plan = planOf(definition);
  const below = chance(seed);
  const layout = stateLayout(plan, { chunk: 2 + below(4), fanout: 2 + below(3), young: below(6) });
  const { rows: keyed, times, positions } = kernelInput(definition, [rows], wanted);
  const prepared = prepare(plan, keyed);
  const delay = plan.refresh.kind === "streaming" ? plan.refresh.delay : 0;
  const said: (EntityValues | null)[] = [];
  for (let key = 0; key + 1 < times.offsets.length; key++) {
    const state = new KeptState(layout, below);
    const changes = changesOf(prepared, key);
    let taken = 0;
    for (let moment = times.offsets[key] as number; moment < (times.offsets[key + 1] as number); moment++) {
      const at = times.at[moment] as number;
      let known = taken;
      while (known < changes.length && (changes[known] as Change).availableTime + delay < at) known++;
      for (; taken < known;) {
        const end = taken + 1 + below(known - taken);
        state.take(changes.slice(taken, end));
        taken = end;
      }
      said[moment] = state.at(at);
    }
  }
  return positions.map((position) => said[position] ?? null);
}

/** A state as a host keeps it: the bytes of a head, and chunks by name. */
class KeptState {
  readonly #layout: StateLayout;
  readonly #below: (limit: number) => number;
  readonly #chunks = new Map<string, Uint8Array>();
  #head: Head = EMPTY;

  constructor(layout: StateLayout, below: (limit: number) => number) {
    this.#layout = layout;
    this.#below = below;
  }

  take(changes: readonly Change[]): void {
    const { head, written, unnamed, missed } = settle(absorb(this.#layout, this.#head, changes), this.#load);
    for (const [name, bytes] of written) this.#chunks.set(name, bytes);
    for (const name of unnamed) this.#chunks.delete(name);
    if (missed > changes.length) throw new Error("more retractions were missed than there are changes");
    this.#head = this.#below(3) === 0 ? decodeHead(encodeHead(head)) : head;
  }

  at(at: number): EntityValues | null {
    return settle(valuesAt(this.#layout, this.#head, at), this.#load);
  }

  readonly #load = (names: readonly string[]): Chunks => {
    const found = names.map((name) => [name, this.#chunks.get(name)] as const).filter(([, bytes]) => bytes !== undefined);
    return new Map(found as (readonly [string, Uint8Array])[]);
  };
}

/** What becomes known of one key's rows, in order of time: each comes in once, and is taken back when another version takes its place. */
function changesOf({ selected, inputs }: Prepared, key: number): Change[] {
  const { offsets, eventTime, availableTime, until } = selected;
  const readers = inputs.map(({ column }) => reader(column));
  const changes: Change[] = [];
  for (let i = offsets[key] as number; i < (offsets[key + 1] as number); i++) {
    const [known, end] = [availableTime[i] as number, until?.[i] ?? Infinity];
    if (end <= known) continue; // a later version was there first: no log would have let this one in
    const row = { eventTime: eventTime[i] as number, order: String(i).padStart(6, "0"), cells: readers.map((read) => cellOf(read(i))) };
    changes.push({ kind: "insert", row, availableTime: known });
    if (end !== Infinity) changes.push({ kind: "retract", row, availableTime: end });
  }
  return changes
    .map((change, i) => ({ change, i }))
    .toSorted((a, b) => a.change.availableTime - b.change.availableTime || a.i - b.i)
    .map(({ change }) => change);
}
