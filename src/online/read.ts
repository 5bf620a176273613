// The read path: from one row of a request to its features, each with status, event time, as-of and version.
import { StoreError } from "../errors.ts";
import { inputReader, type Input } from "./input.ts";
import { decodeCells, FIRST_CELL, FROM_CELL } from "./row-codec.ts";
import { missingAt, statusOf, valueWithout } from "../plan/answer.ts";
import type { Clock, Micros } from "../time.ts";
import type { FeaturePlan } from "../plan/view-plan.ts";
import type { Move } from "../plan/record.ts";
import type { OnlineStore, RowFound, RowRead, StoredView } from "./store.ts";
import type { OutputPlan, ServicePlan, ServiceViewPlan } from "../plan/service-plan.ts";
import type { Status } from "../define/answer.ts";
import type { Value } from "../schema/value-type.ts";

type ByFeature<V> = Readonly<Record<string, V>>;
/** The run and tick that each view of the service was read at, by its name in the service; null: none held at T. */
export type ViewsRead = Readonly<Record<string, Pick<Move, "run" | "tick"> | null>>;

/** The features of one entity at T. Records are by feature name, in the service's order; times are in microseconds. */
export interface Answer {
  /** T: what the clock showed before anything was read. */
  readonly at: Micros;
  /** The request's fields beside the keys, as they were read. */
  readonly request: Readonly<Record<string, Value>>;
  /** With defaults. */
  readonly values: ByFeature<Value>;
  readonly status: ByFeature<Status>;
  /** The newest event in the feature's window; null if it is empty, or if no value could be given. */
  readonly eventTime: ByFeature<Micros | null>;
  /** The tick of the run; null where there is none. */
  readonly asOf: ByFeature<Micros | null>;
  /** The version of the feature's view. */
  readonly version: ByFeature<string>;
  readonly views: ViewsRead;
}

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
  const views = plan.views.map((use, position) =>
    viewReader(
      use,
      plan.features.filter((output) => output.view === position),
    ),
  );
  const templates = templatesOf(plan);
  const asOf = asOfReader(plan);
  const readsOf = ({ keys }: Input): RowRead[] => views.map(({ stored }, i) => ({ view: stored, key: keys[i] as Buffer }));
  const answer = (input: Input, found: readonly (RowFound | null)[], from: number, at: Micros): Answer => {
    const values = { ...templates.values };
    const status = { ...templates.status };
    const eventTime = { ...templates.eventTime };
    for (let i = 0; i < views.length; i++) (views[i] as ViewReader).fill(found[from + i] ?? null, at, values, status, eventTime);
    return { at, request: input.request, values, status, eventTime, ...asOf(found, from), version: templates.version };
  };
  const service = `service ${plan.name}`;
  return {
    plan,
    one: (row) => {
      const input = readInput(row, service);
      const at = clock.now();
      const found = store.read(readsOf(input), at);
      return found instanceof Promise ? found.then((rows) => answer(input, rows, 0, at)) : answer(input, found, 0, at);
    },
    many: (rows) => {
      const inputs = rows.map((row, i) => readInput(row, `${service}, row ${i + 1}`));
      const at = clock.now();
      const found = store.read(inputs.flatMap(readsOf), at);
      const answers = (all: readonly (RowFound | null)[]): Answer[] => inputs.map((input, i) => answer(input, all, i * views.length, at));
      return found instanceof Promise ? found.then(answers) : answers(found);
    },
  };
}

/** One use of a view: what to read, and how to put what was found into an answer's records. */
interface ViewReader {
  readonly stored: StoredView;
  fill(found: RowFound | null, at: Micros, values: Record<string, Value>, status: Record<string, Status>, eventTime: Record<string, Micros | null>): void;
}

function viewReader({ view }: ServiceViewPlan, outputs: readonly OutputPlan[]): ViewReader {
  if (view.refresh.kind === "streaming") {
    throw new StoreError({
      code: "STORE_NO_STREAMING",
      what: "it is refreshed by streaming(), which is not served online yet",
      where: `view ${view.name}`,
      cure: 'Refresh it on a schedule: every("15m")',
    });
  }
  const firstFailed = FIRST_CELL + view.features.length + view.frames.length;
  const cells = outputs.map(({ name, feature }) => {
    const plan = view.features[feature] as FeaturePlan;
    const frameCell = FIRST_CELL + view.features.length + plan.frame;
    return { name, feature, cell: FIRST_CELL + feature, frameCell, fromCell: FROM_CELL[plan.kind], fallback: plan.fallback, plan };
  });
  return {
    stored: { name: view.name, version: view.version },
    fill: (found, at, values, status, eventTime) => {
      const without = missingAt(view, at, found === null ? null : found.move.tick) ?? (found?.row === null ? "NOT_FOUND" : null);
      if (without !== null) {
        for (const { name, plan } of cells) {
          values[name] = valueWithout(plan, without);
          status[name] = without;
        }
        return;
      }
      const row = decodeCells(found?.row as Uint8Array);
      for (const { name, feature, cell, frameCell, fromCell, fallback } of cells) {
        const value = row[cell];
        values[name] = value === null ? fallback : fromCell(value);
        if (value === null) status[name] = statusOf(value, row.includes(feature, firstFailed));
        eventTime[name] = row[frameCell] as Micros | null;
      }
    },
  };
}

/** Records that answers are copied from, so that all have one shape: a value is PRESENT unless `fill` says otherwise. */
function templatesOf(plan: ServicePlan): {
  readonly values: ByFeature<Value>;
  readonly status: ByFeature<Status>;
  readonly eventTime: ByFeature<null>;
  readonly version: ByFeature<string>;
} {
  const each = <V>(value: (output: OutputPlan) => V): ByFeature<V> =>
    Object.freeze(Object.fromEntries(plan.features.map((output) => [output.name, value(output)])));
  const version = each((output) => (plan.views[output.view] as ServiceViewPlan).view.version);
  return { values: each((): Value => null), status: each((): Status => "PRESENT"), eventTime: each(() => null), version };
}

function readOf(move: Move | null): Pick<Move, "run" | "tick"> | null {
  return move === null ? null : { run: move.run, tick: move.tick };
}

/** As-of by feature and runs by view: the same objects for answer after answer, made anew when a run has changed. */
function asOfReader(plan: ServicePlan): (found: readonly (RowFound | null)[], from: number) => Pick<Answer, "asOf" | "views"> {
  let runs: (number | null)[] = [];
  let last: Pick<Answer, "asOf" | "views"> | null = null;
  return (found, from) => {
    let same = last !== null;
    for (let i = 0; same && i < plan.views.length; i++) same = (found[from + i]?.move.run ?? null) === runs[i];
    if (same) return last as Pick<Answer, "asOf" | "views">;
    const moves = plan.views.map((_, i) => found[from + i]?.move ?? null);
    runs = moves.map((move) => move?.run ?? null);
    last = {
      asOf: Object.freeze(Object.fromEntries(plan.features.map(({ name, view }) => [name, moves[view]?.tick ?? null]))),
      views: Object.freeze(Object.fromEntries(plan.views.map(({ name }, i) => [name, readOf(moves[i] ?? null)]))),
    };
    return last;
  };
}
