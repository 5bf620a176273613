// The distinct points, a key and a moment each, at which values are to be recomputed.
import { canonical } from "../schema/canonical.ts";
import type { Micros } from "../time.ts";
import type { Points } from "../offline/values-at.ts";
import type { Value, ValueKind } from "../schema/value-type.ts";

/** Gathers points; the same key and moment is kept once. */
export class Moments {
  readonly #kinds: readonly ValueKind[];
  readonly #numbers: Map<string, Map<Micros, number>> = new Map();
  readonly #keys: (readonly Value[])[] = [];
  readonly #at: Micros[] = [];

  constructor(kinds: readonly ValueKind[]) {
    this.#kinds = kinds;
  }

  /** Adds a point; gives its place in `points`. */
  add(key: readonly Value[], at: Micros): number {
    const text = canonical(key, this.#kinds).toString("latin1");
    let ofKey = this.#numbers.get(text);
    if (ofKey === undefined) this.#numbers.set(text, (ofKey = new Map()));
    const known = ofKey.get(at);
    if (known !== undefined) return known;
    ofKey.set(at, this.#at.length);
    this.#keys.push(key);
    return this.#at.push(at) - 1;
  }

  points(): Points {
    return { keys: this.#keys, at: Float64Array.from(this.#at) };
  }
}
