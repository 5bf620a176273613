// Live states in Redis: in each partition heads and chunks, guarded by how far they go.
import { bytesFor } from "../../schema/slab.ts";
import { Commands, type RedisLayout } from "./redis-layout.ts";
import { statesMoved } from "../publish-guard.ts";
import { nextKeys } from "./redis-index.ts";
import { MILLISECOND, monotonic, type Micros } from "../../time.ts";
import { Parsed } from "../parsed.ts";
import type { Absorbed, Absorption, Reading, StateFound, StateStore, StateWrite } from "../state-store.ts";
import type { Chunks } from "../../kernel/state/read.ts";
import { orNull, type RedisClient, type Stored } from "./redis-client.ts";
import { UNREACHED, type RowRead, type StoredView, type Unreached } from "../store.ts";

/** Chunks that no head names any more are there so long for who has read the head before. */
const GRACE_MS = 60_000;

/** A guard is told of records that change no state under it so long after the last time. */
const TELL_EVERY: Micros = 100 * MILLISECOND;

/** What this process knows of a view's states in one partition. */
interface Part {
  readonly parsed: Parsed<Absorbed>;
  /** What the guard held when it was read or written last; null: nothing. */
  absorbed: Absorbed | null;
  /** How far its states go: further than the guard, where this process knows that no record since then changes one. */
  goes: Absorbed | null;
}

/**
 * States in Redis. 1. The guard of a partition, `Absorbed` as text, tells how far all states in it go, and is read with them in one
 * command. 2. New states are written by one script, which sets the guard last, if it is still as it was when they were read. So a
 * partition goes from one end to the next, whole, whoever writes and whenever they die; partitions go there one by one. 3. The guard of a
 * partition in which nothing changes is told now and then: what is read under it is as it would be.
 */
export class RedisStates implements StateStore {
  readonly #client: RedisClient;
  readonly #layout: RedisLayout;
  readonly #check: () => Promise<void>;
  readonly #parts: WeakMap<StoredView, Part[]> = new WeakMap();

  constructor(client: RedisClient, layout: RedisLayout, check: () => Promise<void>) {
    this.#client = client;
    this.#layout = layout;
    this.#check = check;
  }

  async states(reads: readonly RowRead[], who: Reading = "request"): Promise<readonly (StateFound | Unreached | null)[]> {
    const layout = this.#layout;
    const places = reads.map(({ key }) => layout.partitionOf(key));
    const began = who === "request" ? monotonic() : null;
    const found: (StateFound | Unreached | null)[] = reads.map(() => null);
    const readPartition = async (partition: number): Promise<void> => {
      const mine = reads.flatMap((read, i) => (places[i] === partition ? [{ ...read, i }] : []));
      const views = [...new Set(mine.map(({ view }) => view))];
      const guards = views.map((view) => layout.of(view, "absorbed", partition));
      const heads = mine.map(({ view, key }) => layout.entity(view, "head", partition, key));
      const values = await this.#client.values([...guards, ...heads], who).catch(orNull);
      if (values === null) {
        for (const { i } of mine) found[i] = UNREACHED;
        return;
      }
      const absorbed = new Map(views.map((view, v) => [view, this.#known(view, partition, values[v] ?? null)]));
      mine.forEach(({ view, key, i }, at) => {
        const goes = absorbed.get(view) ?? null;
        const head = values[guards.length + at] ?? null;
        if (goes === null) return;
        found[i] = { absorbed: goes, head: head === null ? null : aligned(head), chunks: (names) => this.#chunks(view, partition, key, names, began) };
      });
    };
    await Promise.all([...new Set(places)].map(readPartition));
    return found;
  }

  async keys(view: StoredView, after: Uint8Array | null, limit: number): Promise<readonly Uint8Array[]> {
    return (await nextKeys(this.#client, this.#layout, view, "headKeys", after, limit)).map(({ key }) => key);
  }

  async absorbed(view: StoredView): Promise<Absorbed | null> {
    await this.#tellAll(view);
    const goes = await Promise.all(
      this.#partsOf(view).map(async (_, partition) => {
        const [stored] = await this.#client.values([this.#layout.of(view, "absorbed", partition)], "writer");
        return this.#known(view, partition, stored ?? null);
      }),
    );
    if (goes.includes(null)) return null;
    return (goes as Absorbed[]).reduce((least, one) => (one.end < least.end ? one : least));
  }

  async absorb(absorptions: readonly Absorption[]): Promise<void> {
    await this.#check();
    const writes = absorptions.flatMap((absorption) => this.#writesOf(absorption));
    const settled = await Promise.allSettled(writes.map((write) => this.#write(write)));
    for (const one of settled) if (one.status === "rejected") throw one.reason;
  }

  async drop(view: StoredView): Promise<void> {
    for (const [partition, part] of this.#partsOf(view).entries()) {
      const of = (kind: "absorbed" | "head" | "chunk" | "headKeys"): string => this.#layout.of(view, kind, partition);
      await this.#client.remove([of("absorbed")]); // from here on it has absorbed nothing, whatever is left of it
      part.absorbed = part.goes = null;
      await this.#client.removeAll([of("head"), of("chunk")]);
      await this.#client.remove([of("headKeys")]);
    }
  }

  /** What an absorption writes in each partition: those without states that change are told how far they go all the same. */
  #writesOf({ view, from, to, states }: Absorption): PartWrite[] {
    const parts = this.#partsOf(view);
    const mine: StateWrite[][] = parts.map(() => []);
    for (const state of states) (mine[this.#layout.partitionOf(state.key)] as StateWrite[]).push(state);
    return parts.flatMap((part, partition): PartWrite[] => {
      const written = mine[partition] as StateWrite[];
      const madeFrom = written[0] === undefined ? part.absorbed : written[0].from;
      const goes = isSame(madeFrom, part.absorbed) ? part.goes : madeFrom;
      if (!reaches(goes, from) || written.some((state) => !isSame(state.from, madeFrom))) throw statesMoved(view);
      const isAhead = goes !== null && goes.log === to.log && goes.end > to.end;
      if (written.length > 0) return [{ view, partition, from: madeFrom, to: isAhead ? goes : to, states: written }];
      if (isAhead) return [];
      const mayWait = parts.length > 1 && madeFrom !== null && madeFrom.building === to.building && to.upTo - madeFrom.upTo < TELL_EVERY;
      if (mayWait) part.goes = to;
      return mayWait ? [] : [{ view, partition, from: madeFrom, to, states: [] }];
    });
  }

  /** Tells each guard how far the states under it go. */
  async #tellAll(view: StoredView): Promise<void> {
    const lagging = [...this.#partsOf(view).entries()].filter(([, { absorbed, goes }]) => goes !== null && !isSame(absorbed, goes));
    await Promise.all(lagging.map(([partition, { absorbed, goes }]) => this.#write({ view, partition, from: absorbed, to: goes as Absorbed, states: [] })));
  }

  async #write({ view, partition, from, to, states }: PartWrite): Promise<void> {
    const place = (state: StateWrite): string => this.#layout.entity(view, "head", partition, state.key);
    const chunk = (state: StateWrite, name: string): string => this.#chunkKey(view, partition, state.key, name);
    const kept = states.filter(({ head }) => head !== null);
    const gone = states.filter(({ head }) => head === null);
    const chunks = states.flatMap((state) => [...state.written].map(([name, bytes]) => [chunk(state, name), asBuffer(bytes)] as const));
    const unnamed = states.flatMap((state) => [...state.unnamed].map((name) => chunk(state, name)));
    const { list } = new Commands()
      .set([...kept.map((state) => [place(state), asBuffer(state.head as Uint8Array)] as const), ...chunks])
      .remove(gone.map((state) => place(state)))
      .fade(unnamed, GRACE_MS)
      .index(
        this.#layout.of(view, "headKeys", partition),
        kept.filter(({ isNew }) => isNew).map(({ key }) => key),
        gone.map(({ key }) => key),
      );
    const guard = this.#layout.of(view, "absorbed", partition);
    const next = textOf(to);
    const held = await this.#client.write({ guard, expected: from === null ? "" : textOf(from), next, commands: list });
    const part = this.#partsOf(view)[partition] as Part;
    if (held !== null) throw statesMoved(view);
    part.absorbed = part.goes = to;
  }

  /** `began`: when the request began to read; null for who writes. */
  async #chunks(view: StoredView, partition: number, key: Uint8Array, names: readonly string[], began: number | null): Promise<Chunks> {
    const keys = names.map((name) => this.#chunkKey(view, partition, key, name));
    const values = await (began === null ? this.#client.values(keys, "writer") : this.#client.valuesSince(began, keys));
    return new Map(names.flatMap((name, i) => (values[i] ? [[name, aligned(values[i])] as const] : [])));
  }

  #chunkKey(view: StoredView, partition: number, key: Uint8Array, name: string): string {
    return this.#layout.entity(view, "chunk", partition, key) + name;
  }

  #partsOf(view: StoredView): Part[] {
    let parts = this.#parts.get(view);
    if (parts === undefined)
      this.#parts.set(view, (parts = Array.from({ length: this.#layout.partitions }, () => ({ parsed: new Parsed<Absorbed>(), absorbed: null, goes: null }))));
    return parts;
  }

  /** Notes what a guard holds. */
  #known(view: StoredView, partition: number, stored: Stored): Absorbed | null {
    const part = this.#partsOf(view)[partition] as Part;
    const absorbed = stored === null ? null : part.parsed.of(stored, stored.length);
    if (!isSame(absorbed, part.absorbed)) part.absorbed = part.goes = absorbed; // somebody else has written, or the server has lost it
    return absorbed;
  }
}

/** What is written in one partition. */
interface PartWrite {
  readonly view: StoredView;
  readonly partition: number;
  readonly from: Absorbed | null;
  readonly to: Absorbed;
  readonly states: readonly StateWrite[];
}

/** Whether states go at least as far as the view that they belong to is thought to go. */
function reaches(goes: Absorbed | null, atLeast: Absorbed | null): boolean {
  return atLeast === null || (goes !== null && goes.log === atLeast.log && goes.end >= atLeast.end);
}

function isSame(a: Absorbed | null, b: Absorbed | null): boolean {
  return a === null || b === null ? a === b : textOf(a) === textOf(b);
}

/** The guard's text: the same for the same position. */
function textOf({ log, end, upTo, building }: Absorbed): string {
  return JSON.stringify({ log, end, upTo, building });
}

/** A copy that begins where numbers can lie. */
function aligned(stored: Buffer): Buffer {
  const bytes = bytesFor(stored.length);
  bytes.set(stored);
  return bytes;
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
