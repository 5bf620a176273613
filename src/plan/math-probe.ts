// A probe of `Math`: what this host's functions give, in one word, so that hosts whose last bits differ can tell.
import { INEXACT_MATH } from "./pure-guards.ts";

/** So many arguments are tried for each function, in each of three ranges. Node 20 and 24 differ in one result of `Math.pow` in ten. */
const TRIES = 24;

type NumberFunction = (x: number, y: number) => number;

/**
 * 16 hexadecimal digits over the bits of 72 results of every function of `Math` that the standard leaves to the engine, and of
 * `**`. Two hosts of equal fingerprints may still differ elsewhere; two of unequal ones do differ. Takes one or two milliseconds.
 */
export function mathFingerprint(): string {
  const hash = new Bits();
  const next = draws();
  const functions: readonly NumberFunction[] = [...INEXACT_MATH.map((name) => Math[name as "pow"]), (x, y) => x ** y];
  for (const f of functions) {
    for (let i = 0; i < TRIES; i++) {
      const [x, y] = [next(), next()];
      hash.add(f(x, y));
      hash.add(f(x * 20, y * 5));
      hash.add(f(1 + x, 1 + y));
    }
  }
  return hash.text();
}

/** Numbers in [0, 1) from a linear congruential generator in whole numbers, which are the same everywhere. */
function draws(): () => number {
  let state = 1;
  return () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 4_294_967_296;
}

/** A hash of doubles, in two lanes of 32 bits. */
class Bits {
  readonly #double = new Float64Array(1);
  readonly #words = new Uint32Array(this.#double.buffer);
  #a = 0x811c9dc5;
  #b = 0x2545f491;

  add(x: number): void {
    this.#double[0] = x;
    if (x === x) this.#mix(this.#words[0] as number, this.#words[1] as number);
    else this.#mix(0, 1); // engines choose the bits of NaN
  }

  text(): string {
    return [this.#a, this.#b].map((lane) => (lane >>> 0).toString(16).padStart(8, "0")).join("");
  }

  #mix(low: number, high: number): void {
    this.#a = Math.imul(this.#a ^ low, 0x01000193) ^ (this.#b >>> 13);
    this.#a = Math.imul(this.#a ^ high, 0x01000193);
    this.#b = Math.imul(this.#b ^ high ^ (this.#a >>> 15), 0x85ebca6b);
    this.#b = Math.imul(this.#b ^ low, 0xc2b2ae35);
  }
}
