// The distinct points, a key and a moment each, at which values are to be recomputed.
import type { Micros } from "../time.ts";
import type { Points } from "../offline/values-at.ts";
import type { Value } from "../schema/value-type.ts";

/** Gathers points; the same key and moment is kept once. */
export class Moments {
  readonly #numbers: Map<string, Map<Micros, number>> = new Map();
  readonly #keys: (readonly Value[])[] = [];
  readonly #at: Micros[] = [];

  /** Adds a point; gives its place in `points`. */
  add(key: readonly Value[], at: Micros): number {
    const text = textOf(key);
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

/** A text that only this key has among keys of its kinds: parts with their lengths. */
function textOf(key: readonly Value[]): string {
  if (key.length === 1) return String(key[0]);
  return key.map((part) => `${String(part).length}:${String(part)}`).join("");
}
