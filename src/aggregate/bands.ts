// Bands: an exact sum of doubles times powers of two, of any size, added and removed in any order.
import { biasedExponent, leading, powerOfTwo, roundRatio, scaleBy, scaled, SCALE } from "./rounding.ts";
import { grow, nearest, quotient } from "./expansion.ts";
import { doublesFor } from "../schema/slab.ts";

/** A band is 32 exponents wide: band b holds |x| from 2^(32 b - 1023) to 2^(32 b - 991), as x · 2^(ORIGIN - 32 b). */
const ORIGIN = 1024;
/** Adding and subtracting this number rounds to the upper limb's unit, 2^-9: a value of a band lies from 2 to 2^33. */
const SPLITTER: number = 1.5 * powerOfTwo(43);
/** A limb takes 1,000 values before a carry is due: 1000 · 2^42 < 2^53 units. */
const CAPACITY = 1000;
/** What has a lower biased exponent is scaled up first, so that all factors are doubles. */
const SMALL = 64;
const SMALL_SCALE = 128;
const UP: number = powerOfTwo(SMALL_SCALE);
/** 2^n at n + 1022. */
const POWERS: Float64Array = Float64Array.from({ length: 2046 }, (_, i) => powerOfTwo(i - 1022));
/** So many bands there are at first; a wide sum has twice, four times, ... as many. */
const FIRST_BANDS = 8;
/** No band is within reach of this one. */
const NOWHERE: number = -1_073_741_824;
/** Limbs of so many bands are doubles on one scale. */
const NEAR_BANDS = 24;
/** A component that is smaller than the first by so many powers of two begins a scale of its own. */
const FAR = 900;

/** What the limbs of the last `#expand` are; long enough for all the limbs of near bands. */
const PARTS = new Float64Array(2 * NEAR_BANDS + 4);

/** `digits · 2^exponent`. */
export interface Dyadic {
  readonly digits: bigint;
  readonly exponent: number;
}

/**
 * A superaccumulator. 1. A value goes to the band of its exponent, scaled by the band's power of two. 2. It is cut in two
 * there, by adding and subtracting the splitter: the upper limb in multiples of 2^-9, the lower of 2^-51, so that 1,000
 * additions to each are exact. 3. Then every limb carries upwards, exactly. 4. The sum of all limbs is the sum of what is in;
 * only reading it rounds, once. 5. There are only the bands that are in use: where a value lies beyond them, the limbs carry,
 * bands that have become zero are dropped, and the others move or are given more room.
 */
export class Bands {
  #limbs: Float64Array = doublesFor(2 * FIRST_BANDS);
  #bands = FIRST_BANDS;
  #limit = FIRST_BANDS - 1; // the last band takes carries only
  #base = NOWHERE; // the band of the first two limbs
  #room = CAPACITY;
  #top = 0; // the highest band in use, set by #expand

  /** Adds `x · 2^exponent`; the exponent lies within ±2^30. */
  add(x: number, exponent: number = 0): void {
    const biased = biasedExponent(x);
    if (biased < SMALL) {
      if (x !== 0) this.add(x * UP, exponent - SMALL_SCALE);
      return;
    }
    const power = (biased + exponent) | 0;
    let slot = ((power >> 5) - this.#base) | 0;
    if (slot >>> 0 >= this.#limit) slot = this.#reach(power >> 5);
    this.#put(slot, x * (POWERS[(power & 31) - biased + 2046] as number));
    if (--this.#room === 0) this.#carry();
  }

  /** How many bands there is room for. */
  get capacity(): number {
    return this.#bands;
  }

  clear(): void {
    if (this.#base === NOWHERE) return;
    this.#limbs.fill(0);
    this.#room = CAPACITY;
    this.#base = NOWHERE;
  }

  /** The sum divided by `denominator · 2^exponent`, rounded once; an infinity if it lies beyond the doubles, 0 of nothing, never -0. */
  over(denominator: number, exponent: number = 0): number {
    const length = this.#expand();
    if (length >= 0) {
      const sum = nearest(PARTS, length);
      if (sum === 0) return 0;
      const value = denominator === 1 ? sum : quotient(sum, nearest(PARTS, grow(PARTS, length, -sum)), denominator);
      const shift = 32 * this.#top - ORIGIN - exponent;
      const biased = value === null ? 0 : biasedExponent(value) + shift;
      if (biased > 0 && biased < 2047) return scaleBy(value as number, shift);
    }
    const exact = this.exact();
    return roundRatio(exact.digits, scaled(denominator), exponent - exact.exponent - SCALE);
  }

  exact(): Dyadic {
    const [low, high] = this.#inUse();
    let digits = 0n;
    for (let slot = high; slot >= low; slot--) digits = (digits << 32n) + scaled(this.#limbs[2 * slot] as number) + scaled(this.#limbs[2 * slot + 1] as number);
    return { digits, exponent: digits === 0n ? 0 : 32 * (this.#base + low) - ORIGIN - SCALE };
  }

  /**
   * The sum times 2^anchor as a function of itself alone: s0 = the sum rounded, s1 = the rest rounded, ... until nothing remains; empty of 0.
   * First the exponent of s0, then s0, s1, ... divided by that power of two; a component too small for that begins anew, after a 0.
   */
  components(anchor: number = 0): number[] {
    let length = this.#expand();
    if (length < 0) return componentsOf(this.exact(), anchor);
    const components: number[] = [];
    let down = 0;
    for (let sum = nearest(PARTS, length); sum !== 0; sum = nearest(PARTS, length)) {
      if (components.length === 0) {
        const exponent = biasedExponent(sum) - 1023;
        components.push(32 * this.#top - ORIGIN + exponent + anchor);
        down = powerOfTwo(-exponent);
      }
      components.push(sum * down);
      length = grow(PARTS, length, -sum);
    }
    return components;
  }

  /** Adds the sum whose components are the numbers in `[first, end)`, divided by 2^anchor. */
  merge(numbers: ArrayLike<number>, first: number, end: number, anchor: number = 0): void {
    for (let i = first; i < end; i++) {
      const exponent = (numbers[i] as number) - anchor;
      for (i++; i < end && numbers[i] !== 0; i++) this.add(numbers[i] as number, exponent);
    }
  }

  /** Multiplies the sum by 2^(32 bands). */
  shift(bands: number): void {
    if (this.#base !== NOWHERE) this.#base += bands;
  }

  /** Cuts a value of a band in two and adds both parts to its limbs. */
  #put(slot: number, x: number): void {
    const limbs = this.#limbs;
    const upper = x + SPLITTER - SPLITTER;
    limbs[2 * slot] = (limbs[2 * slot] as number) + upper;
    limbs[2 * slot + 1] = (limbs[2 * slot + 1] as number) + (x - upper);
  }

  /** Moves what a lower limb holds beyond its unit to the upper, and each upper limb to the next band; the last band keeps its own. */
  #carry(): void {
    const limbs = this.#limbs;
    this.#room = CAPACITY;
    for (let slot = 0; slot < this.#bands; slot++) {
      const lower = limbs[2 * slot + 1] as number;
      const carried = lower + SPLITTER - SPLITTER;
      limbs[2 * slot + 1] = lower - carried;
      const upper = (limbs[2 * slot] as number) + carried;
      const isLast = slot === this.#bands - 1;
      limbs[2 * slot] = isLast ? upper : 0;
      if (upper !== 0 && !isLast) this.#put(slot + 1, upper * BAND_DOWN);
    }
  }

  /** Makes room for a band, and for carries above it. Returns its place. */
  #reach(band: number): number {
    if (this.#base === NOWHERE) {
      this.#base = band - ((this.#bands - 3) >> 1);
      return band - this.#base;
    }
    this.#carry();
    const [low, high] = this.#inUse();
    const isNew = low > high;
    const lowest = isNew ? band : Math.min(band, this.#base + low);
    const highest = isNew ? band : Math.max(band, this.#base + high);
    let bands = this.#bands;
    while (bands < highest - lowest + 3) bands *= 2;
    const base = lowest - ((bands - (highest - lowest + 3)) >> 1);
    const limbs = new Float64Array(2 * bands);
    if (!isNew) limbs.set(this.#limbs.subarray(2 * low, 2 * high + 2), 2 * (this.#base + low - base));
    this.#limbs = limbs;
    this.#bands = bands;
    this.#limit = bands - 1;
    this.#base = base;
    return band - base;
  }

  /** The first and the last place that is not zero; the first is greater if there is none. */
  #inUse(): [low: number, high: number] {
    const limbs = this.#limbs;
    let low = 0;
    let high = this.#bands - 1;
    while (low <= high && limbs[2 * low] === 0 && limbs[2 * low + 1] === 0) low++;
    while (high > low && limbs[2 * high] === 0 && limbs[2 * high + 1] === 0) high--;
    return [low, high];
  }

  /** Grows the limbs into an expansion in `PARTS` on the scale of the highest band, and returns its length; -1 if they are too far apart. */
  #expand(): number {
    const limbs = this.#limbs;
    let high = this.#bands - 1;
    while (high >= 0 && limbs[2 * high] === 0 && limbs[2 * high + 1] === 0) high--;
    if (high < 0) return 0;
    this.#top = this.#base + high;
    let length = 0;
    for (let slot = 0; slot <= high; slot++) {
      const upper = limbs[2 * slot] as number;
      const lower = limbs[2 * slot + 1] as number;
      if (upper === 0 && lower === 0) continue;
      if (high - slot > NEAR_BANDS) return -1;
      const down = POWERS[1022 - 32 * (high - slot)] as number;
      if (lower !== 0) length = grow(PARTS, length, lower * down);
      if (upper !== 0) length = grow(PARTS, length, upper * down);
    }
    return length;
  }
}

const BAND_DOWN: number = powerOfTwo(-32);

function componentsOf({ digits, exponent }: Dyadic, anchor: number): number[] {
  const components: number[] = [];
  let first = 0;
  for (let rest = digits; rest !== 0n;) {
    const { mantissa, shift } = leading(rest);
    if (components.length === 0 || first - shift > FAR) {
      if (components.length > 0) components.push(0);
      components.push(exponent + shift + anchor);
      first = shift;
    }
    components.push(mantissa * powerOfTwo(shift - first));
    rest -= shift >= 52 ? BigInt(mantissa * TWO_52) << BigInt(shift - 52) : BigInt(mantissa * powerOfTwo(shift));
  }
  return components;
}

const TWO_52: number = powerOfTwo(52);
