// Bands: an exact sum of any finite doubles, added and removed in any order, that cannot overflow on the way.
import { biasedExponent, powerOfTwo, roundRatio, scaled, SCALE } from "./rounding.ts";
import { grow, nearest } from "./expansion.ts";

/** 64 bands of 32 exponents each, and room for carries above. */
const BANDS = 67;
/** Bands from here on hold x · 2^-512, so that their partial sums stay far from overflow. */
const HIGH = 56;
const HIGH_SCALE = 512;
const DOWN: number = powerOfTwo(-HIGH_SCALE);
/** A limb takes 1,000 values before a carry is due: 1000 · 2^42 < 2^53 units. */
const CAPACITY = 1000;

/** Adding and subtracting this number rounds to the upper limb's unit of a band, 2^(32 b - 1033). */
const SPLITTERS: Float64Array = Float64Array.from({ length: BANDS }, (_, b) => {
  const exponent = 32 * b - 1033 + 52 - (b >= HIGH ? HIGH_SCALE : 0);
  return 1.5 * powerOfTwo(exponent);
});

const SCRATCH = new Float64Array(2 * BANDS + 2);

/**
 * A superaccumulator. 1. A value goes to the band of the top 6 bits of its exponent. 2. It is cut in two there, by
 * adding and subtracting the band's splitter: the upper limb in multiples of 2^(32 b - 1033), the lower of
 * 2^(32 b - 1075), so that 1,000 additions to each are exact. 3. Then every limb carries upwards, exactly.
 * 4. The sum of all limbs is the sum of what is in; only `finish` rounds, once.
 */
export class Bands {
  readonly #limbs: Float64Array = new Float64Array(2 * BANDS);
  #room = CAPACITY;
  #low = BANDS; // the bands that were touched are low..high
  #high = -1;

  add(x: number): void {
    const band = biasedExponent(x) >>> 5;
    if (band < this.#low) this.#low = band;
    if (band > this.#high) this.#high = band;
    this.#put(band, band >= HIGH ? x * DOWN : x);
    if (--this.#room === 0) this.#carry();
  }

  remove(x: number): void {
    this.add(-x);
  }

  clear(): void {
    if (this.#high >= this.#low) this.#limbs.fill(0, 2 * this.#low, 2 * this.#high + 2);
    this.#room = CAPACITY;
    this.#low = BANDS;
    this.#high = -1;
  }

  /** The correctly rounded sum; an infinity if it lies beyond the doubles, 0 of nothing, never -0. */
  finish(): number {
    if (this.#high < 0) return 0;
    if (this.#reachesHigh()) return roundRatio(this.exact(), 1n, SCALE);
    return nearest(SCRATCH, this.#expand());
  }

  /** The sum as a whole multiple of 2^-1074. */
  exact(): bigint {
    let sum = 0n;
    for (let i = 2 * this.#low; i < 2 * this.#high + 2; i++) {
      const limb = this.#limbs[i] as number;
      if (limb !== 0) sum += i >= 2 * HIGH ? scaled(limb) << BigInt(HIGH_SCALE) : scaled(limb);
    }
    return sum;
  }

  /** Cuts `x` in two and adds both parts to their limbs. */
  #put(band: number, x: number): void {
    const splitter = SPLITTERS[band] as number;
    const upper = x + splitter - splitter;
    this.#limbs[2 * band] = (this.#limbs[2 * band] as number) + upper;
    this.#limbs[2 * band + 1] = (this.#limbs[2 * band + 1] as number) + (x - upper);
  }

  /** Moves what a lower limb holds beyond its unit to the upper, and each upper limb to the next band. */
  #carry(): void {
    const limbs = this.#limbs;
    this.#room = CAPACITY;
    for (let band = this.#low, last = this.#high; band <= last; band++) {
      const lower = limbs[2 * band + 1] as number;
      const splitter = SPLITTERS[band] as number;
      const carried = lower + splitter - splitter;
      limbs[2 * band + 1] = lower - carried;
      const upper = (limbs[2 * band] as number) + carried;
      limbs[2 * band] = 0;
      if (upper === 0) continue;
      if (band + 1 > this.#high) this.#high = band + 1;
      this.#put(band + 1, band + 1 === HIGH ? upper * DOWN : upper);
    }
  }

  #reachesHigh(): boolean {
    for (let i = 2 * HIGH - 2; i < 2 * this.#high + 2; i++) if (this.#limbs[i] !== 0) return true;
    return false;
  }

  #expand(): number {
    let length = 0;
    for (let i = 2 * this.#low; i < 2 * this.#high + 2; i++) {
      const limb = this.#limbs[i] as number;
      if (limb !== 0) length = grow(SCRATCH, length, limb);
    }
    return length;
  }
}
