// Faults to plant in what processes do with their stores, each with the steps without which it cannot show.
import { seenAs } from "./world.ts";
import type { Absorption, StateStore, StateWrite } from "../../src/online/state-store.ts";
import type { Machine, Role } from "./processes.ts";
import type { OnlineStore, PublishedRow, RowRead, StoredView } from "../../src/online/store.ts";
import type { Kind, Step } from "./steps.ts";

/** A fault in a machine, and which of a history's steps it needs. */
export interface Fault {
  readonly fault: NonNullable<Machine["fault"]>;
  readonly needs: (step: Step) => boolean;
  /** How many of these it needs; 1 unless it says so. */
  readonly times?: number;
  /** Of which kinds its histories are made: all, unless it says so. */
  readonly among?: readonly Kind[];
}

/** A fault of one process alone. */
function of(role: Role, parts: (store: OnlineStore) => Partial<OnlineStore>): Fault["fault"] {
  return (store, by) => (by === role ? seenAs(store, parts(store)) : store);
}

function statesAs(store: StateStore, parts: Partial<StateStore>): StateStore {
  return {
    states: (reads) => store.states(reads),
    keys: (view, after, limit) => store.keys(view, after, limit),
    absorbed: (view) => store.absorbed(view),
    drop: (view) => store.drop(view),
    absorb: (absorptions) => store.absorb(absorptions),
    ...parts,
  };
}

const without = (one: Absorption): Absorption => ({ ...one, states: [] });

/** Writes no states of every third entity: not of every third write, since which records one writes is a matter of time. */
function forgetful({ states }: OnlineStore): Partial<OnlineStore> {
  const isKept = ({ key }: StateWrite): boolean => key.reduce((sum, byte) => sum + byte) % 3 > 0;
  return { states: statesAs(states, { absorb: (all) => states.absorb(all.map((one) => ({ ...one, states: one.states.filter(isKept) }))) }) };
}

/** Passes over the first records that it reads after it has started once more. */
function hasty({ states }: OnlineStore): Partial<OnlineStore> {
  let started = 0;
  let isFirst = false;
  return {
    states: statesAs(states, {
      absorbed: (view) => {
        isFirst = ++started > 1;
        return states.absorbed(view);
      },
      absorb: (all) => {
        const passes = isFirst && all.some((one) => one.states.length > 0);
        if (passes) isFirst = false;
        return states.absorb(passes ? all.map(without) : all);
      },
    }),
  };
}

/** Publishes other rows than were computed. */
function publishing(store: OnlineStore, rows: (all: readonly PublishedRow[], view: StoredView) => readonly PublishedRow[]): Partial<OnlineStore> {
  return { publish: (view, run, all, clock) => store.publish(view, run, rows([...(all as Iterable<PublishedRow>)], view), clock) };
}

/** Publishes of the entities of the run before the first half as they were then. */
function mixed(store: OnlineStore): Partial<OnlineStore> {
  const before = new Map<string, readonly PublishedRow[]>();
  return publishing(store, (all, { version }) => {
    const older = before.get(version) ?? [];
    before.set(version, all);
    const last = older[(older.length - 1) >> 1]?.key ?? null;
    const isOlder = ({ key }: PublishedRow): boolean => last !== null && Buffer.compare(key, last) <= 0;
    return [...older.filter(isOlder), ...all.filter((row) => !isOlder(row))];
  });
}

/** Publishes what a process that died had handed over. */
function torn(store: OnlineStore): Partial<OnlineStore> {
  return {
    publish: async (view, run, rows, clock) => {
      const handed: PublishedRow[] = [];
      const now = clock.now();
      const kept = function* (): Generator<PublishedRow> {
        for (const row of rows as Iterable<PublishedRow>) {
          handed.push(row);
          yield row;
        }
      };
      try {
        return await store.publish(view, run, kept(), clock);
      } catch (error) {
        await store.publish(view, run, handed, { now: () => now }).catch(() => undefined);
        throw error;
      }
    },
  };
}

/** Takes every version of a view for the first. */
function versionless(store: OnlineStore): OnlineStore {
  const versions = new Map<string, StoredView>();
  const first = (view: StoredView): StoredView => {
    const known = versions.get(view.name) ?? view;
    versions.set(view.name, known);
    return known;
  };
  const reads = (all: readonly RowRead[]): RowRead[] => all.map(({ view, key }) => ({ view: first(view), key }));
  const states = statesAs(store.states, {
    states: (all) => store.states.states(reads(all)),
    absorbed: (view) => store.states.absorbed(first(view)),
    absorb: (all) => store.states.absorb(all.map((one) => ({ ...one, view: first(one.view) }))),
  });
  return seenAs(store, { states });
}

/** Lets the second of two that apply write over the first. */
function careless({ registry }: OnlineStore): Partial<OnlineStore> {
  return {
    registry: {
      read: () => registry.read(),
      write: async (next, from) => {
        if (await registry.write(next, from)) return true;
        const { revision } = await registry.read();
        return registry.write({ ...next, revision: revision + 1 }, revision);
      },
    },
  };
}

/** What is refreshed and asked for; a send is what moves the clock most. */
const REFRESHED: readonly Kind[] = ["send", "wait", "ask", "refresh"];

const isRefresh = ({ kind }: Step): boolean => kind === "refresh";

/** The faults, by what is wrong. */
export const FAULTS: Readonly<Record<string, Fault>> = {
  "the states of a third of the entities are lost": { fault: of("stream", forgetful), needs: ({ kind }) => kind === "send" },
  "the first records after a start are passed over": {
    fault: of("stream", hasty),
    needs: (step) => ["restart", "apply"].includes(step.kind) || (step.kind === "send" && step.death !== null),
  },
  "a run lacks an entity": { fault: of("refresh", (store) => publishing(store, (all) => all.slice(1))), needs: isRefresh },
  "half of a run is of the run before": { fault: of("refresh", mixed), needs: isRefresh, times: 2, among: REFRESHED },
  "a run that died is published as far as it came": {
    fault: of("refresh", torn),
    needs: (step) => step.kind === "refresh" && step.death !== null,
    among: REFRESHED,
  },
  "a rollback is answered, but nothing moves": {
    fault: of("refresh", (store) => ({ rollback: async (view) => (await store.record(view)).moves.at(-2) ?? store.rollback(view, { now: () => 0 }) })),
    needs: ({ kind }) => kind === "rollback",
  },
  "versions of a view are not told apart": { fault: versionless, needs: ({ kind }) => kind === "apply" },
  "of two that apply at one time both write": { fault: of("apply", careless), needs: (step) => step.kind === "apply" && step.rival !== null },
};
