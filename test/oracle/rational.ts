// Exact arithmetic for the oracle: doubles as whole multiples of the least one, and a quotient of such rounded once.

const BYTES = new DataView(new ArrayBuffer(8));
const FRACTION_BITS = 52n;
const INFINITE = 0x7ffn << FRACTION_BITS;
/** 1 is so many times the least double, as a power of two. */
export const UNIT_BITS = 1074n;

/** A finite double as a whole number of units of 2^-1074. Every finite double is one. */
export function units(x: number): bigint {
  BYTES.setFloat64(0, Math.abs(x));
  const bits = BYTES.getBigUint64(0);
  const exponent = bits >> FRACTION_BITS;
  const fraction = BigInt.asUintN(Number(FRACTION_BITS), bits);
  const size = exponent === 0n ? fraction : (fraction + (1n << FRACTION_BITS)) << (exponent - 1n);
  return x < 0 ? -size : size;
}

/**
 * The double nearest to `numerator / denominator` units of 2^-1074, the even one of two that are equally near, infinite
 * where IEEE 754 rounds so, and never -0. The denominator is positive.
 */
export function nearest(numerator: bigint, denominator: bigint): number {
  const size = numerator < 0n ? -numerator : numerator;
  const whole = size / denominator;
  // Of the whole part, 53 binary digits fit; `step` is the distance of neighbouring doubles around it.
  const surplus = BigInt(Math.max(0, binaryDigits(whole) - 53));
  const step = 1n << surplus;
  const digits = whole / step;
  const twiceTheRest = 2n * (size - digits * step * denominator);
  const stepOfTheQuotient = step * denominator;
  const up = twiceTheRest > stepOfTheQuotient || (twiceTheRest === stepOfTheQuotient && digits % 2n === 1n);
  // Bit patterns of doubles are in order of size, so that one more is the next double, across powers of two too.
  const bits = (surplus << FRACTION_BITS) + digits + (up ? 1n : 0n);
  BYTES.setBigUint64(0, bits < INFINITE ? bits : INFINITE);
  const rounded = BYTES.getFloat64(0);
  return numerator < 0n ? 0 - rounded : rounded;
}

/** A whole number rounded to its 53 first binary digits, ties to even, however large it is. */
export function toSignificant(n: bigint): bigint {
  const size = n < 0n ? -n : n;
  const step = 1n << BigInt(Math.max(0, binaryDigits(size) - 53));
  const [digits, twiceTheRest] = [size / step, 2n * (size % step)];
  const rounded = (digits + (twiceTheRest > step || (twiceTheRest === step && digits % 2n === 1n) ? 1n : 0n)) * step;
  return n < 0n ? -rounded : rounded;
}

/** How many binary digits a whole number has, 0 having none or one. */
function binaryDigits(n: bigint): number {
  const digits = n.toString(16);
  return 4 * digits.length - Math.clz32(parseInt(digits[0] as string, 16)) + 28;
}
