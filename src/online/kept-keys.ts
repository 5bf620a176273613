// What a publisher remembers: all keys of a view as its run left them, so that its next run need not read them again.
import type { Pointer } from "./pointer.ts";
import type { StoredAbove, StoredKey } from "./run-changes.ts";
import type { Versions } from "./row-versions.ts";

/** What the keys of one view may take in memory; and what one takes besides its bytes, roughly. */
const KEPT_BYTES = 64 * 2 ** 20;
const KEY_BYTES = 300;

/** The keys of a view after a run, in order; nothing where they take too much. */
export class KeptKeys {
  readonly #nextRun: number;
  readonly #moved: number;
  #keys: StoredKey[] | null = [];
  #bytes = 0;

  /** `before`: the pointer before the run. The run is to begin and to be published with nothing in between. */
  constructor(before: Pointer) {
    this.#nextRun = before.nextRun + 1;
    this.#moved = before.moved + 1;
  }

  /** The next key in order, as the run leaves it. */
  push(key: Uint8Array, versions: Versions): void {
    if (this.#keys === null || versions.length === 0) return;
    this.#bytes += KEY_BYTES + key.length;
    for (const version of versions) this.#bytes += version.row?.length ?? 0;
    if (this.#bytes > KEPT_BYTES) this.#keys = null;
    else this.#keys.push({ key, versions });
  }

  /** The stored keys, all at once, if the pointer is where the run left it; null if another run or a rollback came after. */
  stored(pointer: Pointer): StoredAbove | null {
    const keys = this.#keys;
    if (keys === null || pointer.nextRun !== this.#nextRun || pointer.moved !== this.#moved) return null;
    return (above) => (above === null ? keys : []);
  }
}
