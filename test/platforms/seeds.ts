// Cases of the property tests from a seed: drawn in whole numbers alone, so that they are the same on every machine.
import { AGGREGATE_NAMES, WINDOW_KINDS, type Asked, type FeatureSeed } from "../property/features.ts";
import { caseOf, type Case, type MomentSeed, type RowSeed, type Seeds } from "../property/cases.ts";
import { chance } from "../property/runs.ts";
import { REGIME_NAMES, type RegimeName } from "../property/doubles.ts";

/** A whole number below a limit. */
export type Below = (limit: number) => number;

/** Mostly such that windows, of up to 100 microseconds, hold rows. */
const RANGES = [12, 41, 41, 100, 100, 400, 3_000_000] as const;
const BASES = [0, 991_353_600_000_000, -7, 2 ** 53 - 40, 3 - 2 ** 53] as const;
const WORD = 2 ** 32;

/** Whole numbers from a text, such as the name of a part. */
export function belowOf(name: string): Below {
  let seed = 20_011_122;
  for (const unit of Buffer.from(name)) seed = Math.imul(seed ^ unit, 0x01000193);
  return chance(seed);
}

/** A case with 12 to 44 rows. */
export function drawCase(below: Below, asked: Asked, settings: Partial<Seeds> = {}): Case {
  const row = (): RowSeed => [below(3) === 0 ? below(7) : 0, below(1000), below(100), below(25), below(20), below(25), below(WORD), below(WORD)];
  const moment = (): MomentSeed => [below(12) === 0 ? below(6) : 0, below(100), below(8), below(3) - 1];
  const seeds: Seeds = {
    regime: below(3) === 0 ? (REGIME_NAMES[below(REGIME_NAMES.length)] as RegimeName) : "mixed",
    range: RANGES[below(RANGES.length)] as number,
    base: BASES[below(BASES.length)] as number,
    source: below(12),
    versions: below(8),
    refresh: below(6),
    where: below(4) === 0 ? below(8) : 0,
    manyNulls: below(8) === 0,
    features: [drawFeature(below)],
    rows: Array.from({ length: 12 + below(33) }, row),
    moments: Array.from({ length: 12 }, moment),
    ...settings,
  };
  return caseOf(seeds, asked);
}

function drawFeature(below: Below): FeatureSeed {
  return [below(AGGREGATE_NAMES.length), below(100), below(WINDOW_KINDS.length), below(100), below(100), below(1000), below(10)];
}
