// Correct rounding of exact rationals: the slow path that is obviously right, and powers of two from their bits.

const F64 = new Float64Array(1);
const U32 = new Uint32Array(F64.buffer); // little endian: [0] low word, [1] sign, exponent and high bits
const U64 = new BigUint64Array(F64.buffer);

/** Every finite double is a whole multiple of 2^-1074. */
export const SCALE = 1074;

/** The 11 exponent bits of a double as they stand: 1023 for 1 <= |x| < 2. */
export function biasedExponent(x: number): number {
  F64[0] = x;
  return ((U32[1] as number) >>> 20) & 2047;
}

/** 2^exponent for -1022 <= exponent <= 1023, exactly; `Math.pow` and `**` differ between Node versions. */
export function powerOfTwo(exponent: number): number {
  U32[0] = 0;
  U32[1] = (exponent + 1023) << 20;
  return F64[0] as number;
}

/** x · 2^1074 as a whole number, for finite x. */
export function scaled(x: number): bigint {
  F64[0] = x;
  const bits = U64[0] as bigint;
  const exponent = (bits >> 52n) & 2047n;
  const fraction = bits & 0xf_ffff_ffff_ffffn;
  const magnitude = exponent === 0n ? fraction : (fraction | 0x10_0000_0000_0000n) << (exponent - 1n);
  return bits >> 63n === 0n ? magnitude : -magnitude;
}

/** The double nearest to `numerator / denominator · 2^-scale`, ties to even; an infinity beyond the doubles, never -0. */
export function roundRatio(numerator: bigint, denominator: bigint, scale: number): number {
  if (numerator === 0n) return 0;
  const negative = numerator < 0n;
  const magnitude = roundMagnitude(negative ? -numerator : numerator, denominator, scale);
  return magnitude === 0 ? 0 : negative ? -magnitude : magnitude;
}

function roundMagnitude(numerator: bigint, denominator: bigint, scale: number): number {
  // 1. Shift so that the quotient has at least 56 bits, but is never finer than two bits below the least subnormal.
  const bits = 4 * (numerator.toString(16).length - denominator.toString(16).length) - 60;
  const shift = Math.max(bits, scale - SCALE - 2);
  const top = shift < 0 ? numerator << BigInt(-shift) : numerator;
  const bottom = shift > 0 ? denominator << BigInt(shift) : denominator;
  let quotient = top / bottom;
  const sticky = top % bottom !== 0n;
  let exponent = shift - scale; // the value is quotient · 2^exponent, and a little more if sticky
  // 2. Drop what a double cannot hold, rounding half to even.
  const drop = Math.max(quotient.toString(2).length - 53, -SCALE - exponent);
  if (drop > 0) {
    const half = 1n << BigInt(drop - 1);
    const rest = quotient & ((1n << BigInt(drop)) - 1n);
    quotient >>= BigInt(drop);
    exponent += drop;
    if (rest > half || (rest === half && (sticky || (quotient & 1n) === 1n))) quotient++;
  }
  if (exponent + quotient.toString(2).length > 1024) return Infinity;
  return shifted(Number(quotient), exponent);
}

/** x · 2^exponent where the result is known to be a double: exact in steps. */
function shifted(x: number, exponent: number): number {
  for (; exponent > 1000; exponent -= 1000) x *= powerOfTwo(1000);
  // A subnormal result is a multiple of 2^-1074 already, so no step rounds.
  for (; exponent < -1000; exponent += 1000) x *= powerOfTwo(-1000);
  return x * powerOfTwo(exponent);
}

/** x · 2^exponent where both are normal doubles. */
export function scaleBy(x: number, exponent: number): number {
  const half = Math.floor(exponent / 2);
  return x * powerOfTwo(half) * powerOfTwo(exponent - half);
}

/** The number nearest to whole `digits`, not 0, that has 53 bits: mantissa · 2^shift with 1 <= |mantissa| < 2. */
export function leading(digits: bigint): { readonly mantissa: number; readonly shift: number } {
  const shift = (digits < 0n ? -digits : digits).toString(2).length - 1;
  const mantissa = roundRatio(digits, 1n, shift);
  return Math.abs(mantissa) === 2 ? { mantissa: mantissa / 2, shift: shift + 1 } : { mantissa, shift };
}
