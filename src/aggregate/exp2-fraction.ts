// 2^f for 0 <= f < 1, in a fixed order of additions and multiplications: the same bits in every version of Node.

/** 2^(j/16), rounded. */
const HIGH: readonly number[] = [
  1, 1.0442737824274138, 1.0905077326652577, 1.1387886347566916, 1.189207115002721, 1.241857812073484, 1.2968395546510096, 1.3542555469368927,
  1.4142135623730951, 1.4768261459394993, 1.5422108254079407, 1.6104903319492543, 1.681792830507429, 1.7562521603732995, 1.8340080864093424, 1.9152065613971474,
  2,
];
/** What each of these lacks, rounded. */
const LOW: readonly number[] = [
  0, 8.551889705537965e-17, -3.046782079812471e-17, 8.912812676025408e-17, 3.982015231465646e-17, 4.658027591836937e-17, 2.5382502794888315e-17,
  7.70094837980299e-17, -9.667293313452913e-17, -3.483994556892796e-17, 7.949834809697621e-17, 2.4707192569797888e-17, 8.199010020581497e-17,
  2.960140695448873e-17, 3.283107224245627e-17, -1.0619946056195963e-16, 0,
];
/** ln(2)^i / i! for i from 1 to 8, rounded. */
const COEFFICIENTS: readonly number[] = [
  0.6931471805599453, 0.24022650695910072, 0.05550410866482158, 0.009618129107628477, 0.0013333558146428443, 0.0001540353039338161, 1.5252733804059841e-5,
  1.321548679014431e-6,
];

const [C1, C2, C3, C4, C5, C6, C7, C8] = COEFFICIENTS as [number, number, number, number, number, number, number, number];
const HIGHS = Float64Array.from(HIGH);
const LOWS = Float64Array.from(LOW);

/**
 * 2^f, at most 0.57 units in the last place off. 1. j is the nearest sixteenth and y = f - j/16, exactly. 2. q is 2^y - 1 by its
 * series. 3. 2^f = 2^(j/16) (1 + q), of which the least parts are added first. These steps are part of the contract of decay.
 */
export function exp2Fraction(f: number): number {
  const j = Math.floor(f * 16 + 0.5);
  const y = f - j * 0.0625;
  const q = y * (C1 + y * (C2 + y * (C3 + y * (C4 + y * (C5 + y * (C6 + y * (C7 + y * C8)))))));
  const high = HIGHS[j] as number;
  return high + ((LOWS[j] as number) + high * q);
}
