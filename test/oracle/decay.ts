// The oracle's fading sums: each row's weight is a power of two in its own time; terms are added as rationals and rounded once at T.
import { nearest, toSignificant, units } from "./rational.ts";

/** 2^(i/16) as two doubles, and the coefficients ln(2)^n / n! from n = 1 on: they are part of the definition. */
const POWERS = [
  1.0, 1.0442737824274138, 1.0905077326652577, 1.1387886347566916, 1.189207115002721, 1.241857812073484, 1.2968395546510096, 1.3542555469368927,
  1.4142135623730951, 1.4768261459394993, 1.5422108254079407, 1.6104903319492543, 1.681792830507429, 1.7562521603732995, 1.8340080864093424, 1.9152065613971474,
  2.0,
];
const RESTS = [
  0.0, 8.551889705537965e-17, -3.046782079812471e-17, 8.912812676025408e-17, 3.982015231465646e-17, 4.658027591836937e-17, 2.5382502794888315e-17,
  7.70094837980299e-17, -9.667293313452913e-17, -3.483994556892796e-17, 7.949834809697621e-17, 2.4707192569797888e-17, 8.199010020581497e-17,
  2.960140695448873e-17, 3.283107224245627e-17, -1.0619946056195963e-16, 0.0,
];
const COEFFICIENTS = [
  0.6931471805599453, 0.24022650695910072, 0.05550410866482158, 0.009618129107628477, 0.0013333558146428443, 0.0001540353039338161, 1.5252733804059841e-5,
  1.321548679014431e-6,
];

/** Two to the power of a double from 0 to 1, in doubles, operation by operation as it is defined. */
function powerOfTwo(f: number): number {
  const i = Math.floor(f * 16 + 0.5);
  const rest = f - i * 0.0625;
  const more = rest * COEFFICIENTS.reduceRight((sum, coefficient) => coefficient + rest * sum, 0);
  return (POWERS[i] as number) + ((RESTS[i] as number) + (POWERS[i] as number) * more);
}

/** A moment as whole half-lives and the part of one that is left. */
function inHalfLives(time: bigint, halfLife: number): { readonly whole: bigint; readonly part: number } {
  const h = BigInt(halfLife);
  const rest = ((time % h) + h) % h;
  return { whole: (time - rest) / h, part: Number(rest) / halfLife };
}

/** Sums `value` over rows, each worth half for every half-life from its event to `end`; infinite beyond a double. */
export function decayedSum(rows: readonly { readonly eventTime: bigint; readonly value: unknown }[], halfLife: number, end: bigint): number {
  const now = inHalfLives(end, halfLife);
  const terms = rows
    .filter(({ value }) => value !== null)
    .map(({ eventTime, value }) => {
      const { whole, part } = inHalfLives(eventTime, halfLife);
      return { size: toSignificant(units(value as number) * units(powerOfTwo(part))), age: now.whole - whole };
    });
  const oldest = terms.reduce((most, { age }) => (age > most ? age : most), 0n);
  const sum = terms.reduce((total, { size, age }) => total + (size << (oldest - age)), 0n);
  return nearest(sum, units(powerOfTwo(now.part)) << oldest);
}

/** The same with 1 for each row. */
export function decayedCount(rows: readonly { readonly eventTime: bigint }[], halfLife: number, end: bigint): number {
  return decayedSum(
    rows.map(({ eventTime }) => ({ eventTime, value: 1 })),
    halfLife,
    end,
  );
}
