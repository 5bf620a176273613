// The read path: from one row of a request to its features, each with status, event time, as-of and version.
import { Answer, type ViewRead } from "./answer.ts";
import { inputReader, type Input } from "./input.ts";
import { deriver } from "../plan/derive.ts";
import { headOf, readState, stateFiller, type StateHead } from "./read-state.ts";
import { rowFiller, type OpenRow } from "./read-row.ts";
import { StoreError } from "../errors.ts";
import { stateLayout } from "../kernel/state/layout.ts";
import type { Clock, Micros } from "../time.ts";
import type { EntityValues } from "../plan/answer.ts";
import type { OnlineStore, RowFound, RowRead } from "./store.ts";
import type { ServicePlan } from "../plan/service-plan.ts";
import type { ViewPlan } from "../plan/view-plan.ts";
import type { Status } from "../define/answer.ts";
import type { FeatureValue } from "../schema/value-type.ts";

/** The in-process client of one service. Answers at once where the store does, else by promise. */
export interface FeatureReader {
  readonly plan: ServicePlan;
  /** The features for one row. Throws a `RequestError`. */
  one(row: unknown): Answer | Promise<Answer>;
  /** The features for each row, in order, in one snapshot of each store and at one T. Throws a `RequestError` that names the row, from 1. */
  many(rows: readonly unknown[]): readonly Answer[] | Promise<readonly Answer[]>;
}

/** Throws where no stream feeds a view. */
function refuseUnfed({ name, source, refresh }: ViewPlan): void {
  if (refresh.kind === "every") return;
  const { stream, enrichments } = source;
  const why =
    stream === null
      ? "has no stream"
      : stream.kind !== "ingest"
        ? `streams from ${stream.kind}, which is not read yet`
        : enrichments.length > 0
          ? "is enriched"
          : null;
  if (why === null) return;
  throw new StoreError({
    code: "STORE_NO_STREAMING",
    what: `it is refreshed by streaming(), but its source ${source.name} ${why}`,
    where: `view ${name}`,
    cure: 'Let events be sent to asof, stream: ingest(), or refresh it on a schedule: every("15m")',
  });
}

/** Goes on with a value at once, or when it is there. */
function then<V, W>(value: V | Promise<V>, goOn: (value: V) => W | Promise<W>): W | Promise<W> {
  return value instanceof Promise ? value.then((settled) => goOn(settled)) : goOn(value);
}

/** All of a list, at once where each is there. */
function all<V>(list: readonly (V | Promise<V>)[]): readonly V[] | Promise<readonly V[]> {
  for (const one of list) if (one instanceof Promise) return Promise.all(list);
  return list as readonly V[];
}

/**
 * Compiles the read path of a service. 1. The states of streaming views are read. 2. T is the clock's now, raised above the available
 * times of all that the states have absorbed. 3. Their values at T are computed, and rows of the runs that hold at T are read. 4. Both
 * are put together, and on-demand features derived. Throws a `StoreError` for a view that cannot be served.
 */
export function featureReader(plan: ServicePlan, store: OnlineStore, clock: Clock): FeatureReader {
  for (const { view } of plan.views) refuseUnfed(view);
  const readInput = inputReader(plan);
  const uses = plan.views.map(({ view }, position) => ({ view, position, stored: { name: view.name, version: view.version } }));
  const rowUses = uses.filter(({ view }) => view.refresh.kind === "every").map((use) => ({ ...use, fill: rowFiller(use.view, plan, use.position) }));
  const stateUses = uses
    .filter(({ view }) => view.refresh.kind === "streaming")
    .map((use) => ({ ...use, fill: stateFiller(use.view, plan, use.position), layout: stateLayout(use.view) }));
  const derive = plan.derived.length === 0 ? null : deriver(plan, plan.name);
  const present = plan.features.map((): Status => "PRESENT");
  const nowhere = plan.views.map((): ViewRead => null);
  const nothing = plan.features.map(() => null);
  const readsOf = (inputs: readonly Input[], of: readonly (typeof uses)[number][]): RowRead[] => {
    const reads: RowRead[] = [];
    for (const { keys } of inputs) for (const { stored, position } of of) reads.push({ view: stored, key: keys[position] as Buffer });
    return reads;
  };

  const answerOf = (input: Input, rows: readonly (RowFound | null)[], states: readonly ReadState[], at: Micros): Answer => {
    const runs = nowhere.slice();
    const values: FeatureValue[] = nothing.slice();
    const row: OpenRow & { readonly runs: ViewRead[] } = { at, runs, values, status: present.slice(), eventTime: nothing.slice() };
    rowUses.forEach(({ position, fill }, i) => {
      runs[position] = rows[i]?.move ?? null;
      fill(rows[i] ?? null, row);
    });
    stateUses.forEach(({ position, fill }, i) => {
      const { head, values: found } = states[i] as ReadState;
      runs[position] = head?.absorbed ?? null;
      fill(head?.absorbed ?? null, found, row);
    });
    if (derive !== null) {
      derive(row.values, row.status, input.values.slice(plan.keys.length), at);
      for (let i = row.eventTime.length; i < row.values.length; i++) row.eventTime.push(null);
    }
    return new Answer(plan, { at, runs, values, status: row.status, eventTime: row.eventTime, input: input.values });
  };

  const answerAt = (inputs: readonly Input[], heads: readonly (StateHead | null)[]): readonly Answer[] | Promise<readonly Answer[]> => {
    const at = heads.reduce((latest, head) => Math.max(latest, (head?.absorbed.upTo ?? -Infinity) + 1), clock.now());
    const values = heads.map((head, i) => (head === null ? null : readState((stateUses[i % stateUses.length] as (typeof stateUses)[number]).layout, head, at)));
    const rows = rowUses.length === 0 ? [] : store.read(readsOf(inputs, rowUses), at);
    return then(all<EntityValues | null>(values), (valued) =>
      then(rows, (found) =>
        inputs.map((input, i) => {
          const states = stateUses.map((_, use): ReadState => {
            const place = i * stateUses.length + use;
            return { head: heads[place] ?? null, values: valued[place] ?? null };
          });
          return answerOf(input, found.slice(i * rowUses.length, (i + 1) * rowUses.length), states, at);
        }),
      ),
    );
  };

  const answers = (inputs: readonly Input[]): readonly Answer[] | Promise<readonly Answer[]> =>
    stateUses.length === 0 ? answerAt(inputs, []) : then(store.states.states(readsOf(inputs, stateUses)), (found) => answerAt(inputs, found.map(headOf)));

  const service = `service ${plan.name}`;
  return {
    plan,
    one: (given) => then(answers([readInput(given, service)]), ([answer]) => answer as Answer),
    many: (given) => answers(given.map((row, i) => readInput(row, `${service}, row ${i + 1}`))),
  };
}

/** The state of an entity in one view, and its values at T: null where it has no row in any window. */
interface ReadState {
  readonly head: StateHead | null;
  readonly values: EntityValues | null;
}
