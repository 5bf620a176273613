// The newest ids in memory: hash, position and event time in typed arrays, by open addressing.

/** Where a row's newest version lies. */
export interface FoundId {
  readonly position: number;
  /** The greatest event time of its versions, in microseconds. */
  readonly eventTime: number;
}

/** One id as the index keeps it. */
export interface IdEntry extends FoundId {
  readonly hash: number;
}

/** Room for four times as many, so that a place is found in a step or two. */
const SLOTS_PER_ENTRY = 4;
/** A table is full before it is: a whole batch still has room. */
const LEAST_CAPACITY = 4096;

/** A table of about `capacity` entries. */
export class IdTable {
  readonly #mask: number;
  readonly #hash: Float64Array;
  /** NaN where a slot is empty. */
  readonly #position: Float64Array;
  readonly #eventTime: Float64Array;
  readonly capacity: number;
  size = 0;

  constructor(capacity: number) {
    const slots = 2 ** Math.ceil(Math.log2(Math.max(capacity, LEAST_CAPACITY) * SLOTS_PER_ENTRY));
    this.capacity = capacity;
    this.#mask = slots - 1;
    this.#hash = new Float64Array(slots);
    this.#position = new Float64Array(slots).fill(Number.NaN);
    this.#eventTime = new Float64Array(slots);
  }

  get isFull(): boolean {
    return this.size >= this.capacity;
  }

  /** Adds an entry, in place of the one at position `replaces` where the table holds it. */
  put({ hash, position, eventTime }: IdEntry, replaces: number | null): void {
    let slot = hash & this.#mask;
    for (; this.#isUsed(slot); slot = (slot + 1) & this.#mask) if (this.#position[slot] === replaces) break;
    if (!this.#isUsed(slot)) this.size++;
    this.#hash[slot] = hash;
    this.#position[slot] = position;
    this.#eventTime[slot] = eventTime;
  }

  /** Adds the entries with a hash to a list. */
  find(hash: number, found: FoundId[]): void {
    for (let slot = hash & this.#mask; this.#isUsed(slot); slot = (slot + 1) & this.#mask)
      if (this.#hash[slot] === hash) found.push({ position: this.#position[slot] as number, eventTime: this.#eventTime[slot] as number });
  }

  /** All entries, in order of hash, then position. */
  sorted(): IdEntry[] {
    const entries: IdEntry[] = [];
    for (let slot = 0; slot <= this.#mask; slot++) {
      if (!this.#isUsed(slot)) continue;
      entries.push({ hash: this.#hash[slot] as number, position: this.#position[slot] as number, eventTime: this.#eventTime[slot] as number });
    }
    return entries.sort(compareEntries);
  }

  #isUsed(slot: number): boolean {
    const position = this.#position[slot] as number;
    return position === position;
  }
}

/** The order of entries: by hash, then by position. */
export function compareEntries(a: IdEntry, b: IdEntry): number {
  return a.hash - b.hash || a.position - b.position;
}
