// The contract of a store of live states: heads and chunks by view and key, and how far each view has absorbed its log.
import type { Chunks } from "../kernel/state/read.ts";
import type { LogPosition } from "../plan/event-log.ts";
import type { Micros } from "../time.ts";
import type { RowRead, StoredView, Unreached } from "./store.ts";

/** How far the states of a view have absorbed its source's log. */
export interface Absorbed extends LogPosition {
  /** Up to when: every record that was available before it is in the states. */
  readonly upTo: Micros;
  /** Whether the states are built for the first time, and have not come to the end of the log yet: nobody is answered from them. */
  readonly building?: boolean;
}

/** What a read finds: the state of one entity as it was at some moment of the read. */
export interface StateFound {
  /** How far this state goes: it is that of exactly its entity's records below `absorbed.end`. */
  readonly absorbed: Absorbed;
  /** The encoded head; null where the entity has no state. */
  readonly head: Uint8Array | null;
  /** Chunks of the state by name. What is missing was replaced since: read the head again. Throws a `StoreError`. */
  chunks(names: readonly string[]): Chunks | Promise<Chunks>;
}

/** Who reads: a request has a deadline. */
export type Reading = "request" | "writer";

/** The new state of an entity. */
export interface StateWrite {
  readonly key: Uint8Array;
  /** How far the state went that it was made from; null: there was none. */
  readonly from: Absorbed | null;
  /** Whether the entity had no state. */
  readonly isNew: boolean;
  /** The encoded head; null: the entity has no state any more. */
  readonly head: Uint8Array | null;
  readonly written: ReadonlyMap<string, Uint8Array>;
  /** Chunks that no head names any more. */
  readonly unnamed: Iterable<string>;
}

/** New states of a view. */
export interface Absorption {
  readonly view: StoredView;
  /** How far the view's states go, at least; null: there are none. */
  readonly from: Absorbed | null;
  readonly to: Absorbed;
  readonly states: readonly StateWrite[];
}

/**
 * A store of states. Implementations keep these invariants, and `test/contract/state-store.ts` holds each to them:
 * 1. A state is that of exactly its entity's records below the end that is read with it, and no less far than `absorbed` tells.
 * 2. New states are written only over those that they were made from, with how far they go: done twice, an absorption is refused.
 * 3. An absorption that fails, or whose process dies, may have been written in part, for some views or some entities: 1 holds, and
 *    states that went further than the others say so.
 * 4. States that a reader has begun to read are there until it has ended, or it misses a chunk and can tell.
 */
export interface StateStore {
  /** Reads states as they are now; `null` where the view has absorbed nothing. In the order of `reads`. A writer waits longer than a request does. */
  states(reads: readonly RowRead[], who?: Reading): readonly (StateFound | Unreached | null)[] | Promise<readonly (StateFound | Unreached | null)[]>;
  /** The keys of so many entities with a state, in the order of their bytes, after a key; null: from the first on. */
  keys(view: StoredView, after: Uint8Array | null, limit: number): Promise<readonly Uint8Array[]>;
  /** How far all states of a view go; null: there are none. */
  absorbed(view: StoredView): Promise<Absorbed | null>;
  /** Writes new states. Resolves when readers see them; after a crash the store may be as it was before. Throws a `StoreError`. */
  absorb(absorptions: readonly Absorption[]): Promise<void>;
  /** Forgets all states of a view. */
  drop(view: StoredView): Promise<void>;
}
