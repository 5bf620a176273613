// The read path: from one row of a request to its features, each with status, event time, as-of and version.
import { Answer } from "./answer.ts";
import { StoreError } from "../errors.ts";
import { inputReader, type Input } from "./input.ts";
import { decodeCells, FIRST_CELL, fromCellOf } from "./row-codec.ts";
import { deriver } from "../plan/derive.ts";
import { missingAt, statusOf, valueWithout } from "../plan/answer.ts";
import type { Clock, Micros } from "../time.ts";
import type { FeaturePlan } from "../plan/view-plan.ts";
import type { Move } from "../plan/record.ts";
import type { OnlineStore, RowFound, RowRead, StoredView } from "./store.ts";
import type { ServicePlan, ServiceViewPlan } from "../plan/service-plan.ts";
import type { Status } from "../define/answer.ts";
import type { FeatureValue } from "../schema/value-type.ts";

/** The in-process client of one service. Answers at once where the store does, else by promise. */
export interface FeatureReader {
  readonly plan: ServicePlan;
  /** The features for one row. Throws a `RequestError`. */
  one(row: unknown): Answer | Promise<Answer>;
  /** The features for each row, in order, in one snapshot and at one T. Throws a `RequestError` that names the row, from 1. */
  many(rows: readonly unknown[]): readonly Answer[] | Promise<readonly Answer[]>;
}

/** Compiles the read path of a service. Throws a `StoreError` for a view that cannot be served. */
export function featureReader(plan: ServicePlan, store: OnlineStore, clock: Clock): FeatureReader {
  const readInput = inputReader(plan);
  const views = plan.views.map((use, position) => viewReader(use, plan, position));
  const nothing = { values: plan.features.map((): FeatureValue => null), eventTime: plan.features.map(() => null) };
  const derive = plan.derived.length === 0 ? null : deriver(plan, plan.name);
  const present = plan.features.map((): Status => "PRESENT");
  const addReads = ({ keys }: Input, reads: RowRead[]): void => {
    for (let i = 0; i < views.length; i++) reads.push({ view: (views[i] as ViewReader).stored, key: keys[i] as Buffer });
  };
  const answer = ({ values: input }: Input, found: readonly (RowFound | null)[], from: number, at: Micros): Answer => {
    const runs: (Move | null)[] = [];
    const row = { at, input, runs, values: nothing.values.slice(), status: present.slice(), eventTime: nothing.eventTime.slice() };
    for (let i = 0; i < views.length; i++) {
      const one = found[from + i] ?? null;
      runs.push(one === null ? null : one.move);
      (views[i] as ViewReader).fill(one, row);
    }
    if (derive !== null) {
      derive(row.values, row.status, input.slice(plan.keys.length), at);
      for (let i = row.eventTime.length; i < row.values.length; i++) row.eventTime.push(null);
    }
    return new Answer(plan, row);
  };
  const service = `service ${plan.name}`;
  return {
    plan,
    one: (given) => {
      const input = readInput(given, service);
      const reads: RowRead[] = [];
      addReads(input, reads);
      const at = clock.now();
      const found = store.read(reads, at);
      return found instanceof Promise ? found.then((all) => answer(input, all, 0, at)) : answer(input, found, 0, at);
    },
    many: (given) => {
      const inputs = given.map((row, i) => readInput(row, `${service}, row ${i + 1}`));
      const reads: RowRead[] = [];
      for (const input of inputs) addReads(input, reads);
      const at = clock.now();
      const found = store.read(reads, at);
      const answers = (all: readonly (RowFound | null)[]): Answer[] => inputs.map((input, i) => answer(input, all, i * views.length, at));
      return found instanceof Promise ? found.then(answers) : answers(found);
    },
  };
}

/** An answer while it is put together: a value is PRESENT unless `fill` says otherwise. */
interface OpenRow {
  readonly at: Micros;
  readonly values: FeatureValue[];
  readonly status: Status[];
  readonly eventTime: (Micros | null)[];
}

/** One use of a view: what to read, and how to put what was found into an answer. */
interface ViewReader {
  readonly stored: StoredView;
  fill(found: RowFound | null, row: OpenRow): void;
}

function viewReader({ view }: ServiceViewPlan, service: ServicePlan, use: number): ViewReader {
  if (view.refresh.kind === "streaming") {
    throw new StoreError({
      code: "STORE_NO_STREAMING",
      what: "it is refreshed by streaming(), which is not served online yet",
      where: `view ${view.name}`,
      cure: 'Refresh it on a schedule: every("15m")',
    });
  }
  const firstFailed = FIRST_CELL + view.features.length + view.frames.length;
  const cells = service.features.flatMap((output, position) => {
    if (output.view !== use) return [];
    const feature = output.feature;
    const plan = view.features[feature] as FeaturePlan;
    const frameCell = FIRST_CELL + view.features.length + plan.frame;
    return [{ position, feature, cell: FIRST_CELL + feature, frameCell, fromCell: fromCellOf(plan.kind), fallback: plan.fallback, plan }];
  });
  return {
    stored: { name: view.name, version: view.version },
    fill: (found, { at, values, status, eventTime }) => {
      const without = missingAt(view, at, found === null ? null : found.move.tick) ?? (found?.row === null ? "NOT_FOUND" : null);
      if (without !== null) {
        for (const { position, plan } of cells) {
          values[position] = valueWithout(plan, without);
          status[position] = without;
        }
        return;
      }
      const row = decodeCells(found?.row as Uint8Array);
      for (const { position, feature, cell, frameCell, fromCell, fallback } of cells) {
        const value = row[cell];
        values[position] = value === null ? fallback : fromCell(value);
        if (value === null) status[position] = statusOf(value, row.includes(feature, firstFailed));
        eventTime[position] = row[frameCell] as Micros | null;
      }
    },
  };
}
