// The read path: from one row of a request to its features, each with status, event time, as-of and version.
import { Answer, type ViewRead } from "./answer.ts";
import { inputReader, type Input } from "./input.ts";
import { deriver } from "../plan/derive.ts";
import { headOf, readState, stateFiller, type StateHead } from "./read-state.ts";
import { rowFiller, type OpenRow } from "./read-row.ts";
import { isUnreachable, StoreError } from "../errors.ts";
import { ChunkMissing } from "../kernel/state/read.ts";
import { stateLayout } from "../kernel/state/layout.ts";
import type { Clock, Micros } from "../time.ts";
import type { EntityValues } from "../plan/answer.ts";
import { UNREACHED, type OnlineStore, type RowFound, type RowRead, type Unreached } from "./store.ts";
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

/** The values of a state, or that it could not be read to its end: a store did not answer, or what the head names was replaced long since. */
function orUnreached(given: ReadState | Promise<ReadState>): ReadState | Promise<ReadState> {
  if (!(given instanceof Promise)) return given;
  return given.catch((error: unknown) => {
    if (isUnreachable(error) || error instanceof ChunkMissing) return { head: UNREACHED, values: null };
    throw error;
  });
}

/** T: now, and after all that the states have absorbed. */
function momentOf(now: Micros, heads: readonly (StateHead | Unreached | null)[]): Micros {
  return heads.reduce<Micros>((latest, head) => (head === null || head === UNREACHED ? latest : Math.max(latest, head.absorbed.upTo + 1)), now);
}

/** Goes on with three values at once, or when all are there. */
function together<A, B, C, W>(a: A | Promise<A>, b: B | Promise<B>, c: C | Promise<C>, goOn: (a: A, b: B, c: C) => W): W | Promise<W> {
  if (!(a instanceof Promise || b instanceof Promise || c instanceof Promise)) return goOn(a, b, c);
  return Promise.all([a, b, c]).then(([one, two, three]) => goOn(one, two, three));
}

/** All of a list, at once where each is there. */
function all<V>(list: readonly (V | Promise<V>)[]): readonly V[] | Promise<readonly V[]> {
  for (const one of list) if (one instanceof Promise) return Promise.all(list);
  return list as readonly V[];
}

/**
 * Compiles the read path of a service. 1. The clock is asked, then the states of streaming views are read. 2. T is that now, raised above the
 * available times of all that the states have absorbed. 3. Their values at T are computed, and rows of the runs that hold at T are read: from a
 * store that answers later, at the same time as the states. 4. Both
 * are put together, and on-demand features derived. What the store does not give in time is `UNAVAILABLE`. Throws a `StoreError` for a view that cannot be served.
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

  const answerOf = (input: Input, rows: readonly (RowFound | Unreached | null)[], states: readonly ReadState[], at: Micros): Answer => {
    const runs = nowhere.slice();
    const values: FeatureValue[] = nothing.slice();
    const open: OpenRow = { at, values, status: present.slice(), eventTime: nothing.slice() };
    rowUses.forEach(({ position, fill }, i) => {
      const found = rows[i] ?? null;
      const row = found === UNREACHED ? null : found;
      runs[position] = found === UNREACHED ? UNREACHED : (row?.move ?? null);
      fill(row, open);
    });
    stateUses.forEach(({ position, fill }, i) => {
      const { head, values: found } = states[i] as ReadState;
      const absorbed = head === UNREACHED ? null : (head?.absorbed ?? null);
      runs[position] = head === UNREACHED ? UNREACHED : absorbed;
      fill(absorbed, found, open);
    });
    if (derive !== null) {
      derive(open.values, open.status, input.values.slice(plan.keys.length), at);
      for (let i = open.eventTime.length; i < open.values.length; i++) open.eventTime.push(null);
    }
    return new Answer(plan, { at, runs, values, status: open.status, eventTime: open.eventTime, input: input.values });
  };

  const valueOf = (head: StateHead | Unreached | null, i: number, at: Micros): ReadState | Promise<ReadState> => {
    if (head === null || head === UNREACHED) return { head, values: null };
    const { layout } = stateUses[i % stateUses.length] as (typeof stateUses)[number];
    return orUnreached(then(readState(layout, head, at), (values) => ({ head, values })));
  };

  const answers = (inputs: readonly Input[]): readonly Answer[] | Promise<readonly Answer[]> => {
    const now = clock.now();
    const states = stateUses.length === 0 ? [] : store.states.states(readsOf(inputs, stateUses));
    const heads = then(states, (found) => found.map(headOf));
    const at = then(heads, (read) => momentOf(now, read));
    const values = then(heads, (read) => then(at, (moment) => all<ReadState>(read.map((head, i) => valueOf(head, i, moment)))));
    const rows = rowUses.length === 0 ? [] : store.read(readsOf(inputs, rowUses), at); // after the states: it takes a snapshot of its own
    return together(at, values, rows, (moment, valued, found) =>
      inputs.map((input, i) => {
        const mine = valued.slice(i * stateUses.length, (i + 1) * stateUses.length);
        return answerOf(input, found.slice(i * rowUses.length, (i + 1) * rowUses.length), mine, moment);
      }),
    );
  };

  const service = `service ${plan.name}`;
  return {
    plan,
    one: (given) => then(answers([readInput(given, service)]), ([answer]) => answer as Answer),
    many: (given) => answers(given.map((row, i) => readInput(row, `${service}, row ${i + 1}`))),
  };
}

/** The state of an entity in one view, and its values at T: null where it has no row in any window. */
interface ReadState {
  readonly head: StateHead | Unreached | null;
  readonly values: EntityValues | null;
}
