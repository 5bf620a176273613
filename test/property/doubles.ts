// Doubles of every regime in which a sum can go wrong, each made from 64 bits so that a case shrinks to small numbers.

/** Makes a double from two whole numbers below 2^32. */
export type Regime = (high: number, low: number) => number;

const BYTES = new DataView(new ArrayBuffer(8));
const HALF = 2 ** 32;

function fromBits(high: number, low: number): number {
  BYTES.setUint32(0, high);
  BYTES.setUint32(4, low);
  return BYTES.getFloat64(0);
}

/** Evenly from -0.5 to 0.5, with all 53 digits. */
function fraction(high: number, low: number): number {
  return (high + low / HALF) / HALF - 0.5;
}

function among(list: readonly number[]): Regime {
  return (high) => list[high % list.length] as number;
}

/** 2^exponent of a double in the normal range. */
function powerOfTwo(exponent: number): number {
  return fromBits((exponent + 1023) << 20, 0);
}

/** The regimes by name. NaN, infinities and -0 are among them: what becomes of those is part of the contract. */
export const REGIMES = {
  integers: (high) => (high % 2001) - 1000,
  money: (high, low) => ((high % 1_000_000) * (low % 5 === 0 ? -1 : 1)) / 100,
  uniform: fraction,
  tiny: (high, low) => fraction(high, low) * 1e-12,
  extremes: among([
    0,
    -0,
    1,
    -1,
    0.1,
    Number.MAX_VALUE,
    -Number.MAX_VALUE,
    1e308,
    -1e308,
    Number.MIN_VALUE,
    -Number.MIN_VALUE,
    2 ** -1022,
    2 ** 53,
    2 ** 53 + 2,
    2 ** 1023,
    -(2 ** 970),
    NaN,
    Infinity,
    -Infinity,
  ]),
  halfway: among([1, 2 ** -53, -(2 ** -53), 2 ** -106, -(2 ** -106), 2 ** 52, 2 ** 53, 1 + 2 ** -52, 2 ** -1074, 2 ** 970, 2 ** 1023]),
  subnormal: (high, low) => fromBits(high & 0x800f_ffff, low),
  nearSubnormal: (high, low) => fraction(high, low) * 2 ** -1018,
  wide: (high, low) => fraction(high, low) * powerOfTwo((low % 401) - 200),
  veryWide: (high, low) => fraction(high, low) * powerOfTwo((low % 1901) - 950),
  huge: (high, low) => fraction(high, low) * 2 ** 1023 * 2,
  overflowing: among([Number.MAX_VALUE, -Number.MAX_VALUE, 1e308, -1e308, 2 ** 970, -(2 ** 970), 2 ** 969, 2 ** 1023, Number.MIN_VALUE]),
  bandEdges: (high, low) =>
    powerOfTwo(-1022 + 32 * (high % 60) + (low % 3 === 0 ? 0 : 29 + (low % 3))) * (1.5 + fraction(low, high)) * (low % 5 === 0 ? -1 : 1),
  anyBits: fromBits,
} satisfies Record<string, Regime>;

export type RegimeName = keyof typeof REGIMES;
export const REGIME_NAMES: readonly RegimeName[] = Object.keys(REGIMES) as RegimeName[];

/** A double of a regime, or of any of them if it is `mixed`. */
export function doubleOf(regime: RegimeName | "mixed", high: number, low: number): number {
  const name = regime === "mixed" ? (REGIME_NAMES[low % REGIME_NAMES.length] as RegimeName) : regime;
  return REGIMES[name](high, low);
}
