// Splits by time: which part of a training set a label belongs to, with an embargo between the parts.
import { formatTime, isTimestamp, parseTime, timestamp, type Micros, type Timestamp } from "../time.ts";
import { UsageError } from "../errors.ts";
import { refuseUnknown } from "./settings.ts";

/** The boundaries of a split, as a definition or an option says them: ISO 8601 text or timestamps. */
export interface SplitOptions {
  /** Where validation begins and training ends; without it there are two parts. */
  readonly validation?: string | Timestamp;
  /** Where the test begins, and what is before it ends. */
  readonly test: string | Timestamp;
}

/** The parts of a split, in order of time. */
export type SplitPart = "train" | "validation" | "test";

/** A checked split. */
export interface Split {
  readonly validation: Micros | null;
  readonly test: Micros;
}

/** Checks a split. Throws a `TimeError` for what is no time, and a `UsageError` for boundaries out of order. */
export function planSplit(given: SplitOptions, where = "split"): Split {
  refuseUnknown(given, ["validation", "test"], where);
  const validation = given.validation === undefined ? null : microsOf(given.validation);
  const test = microsOf(given.test);
  if (validation === null || validation < test) return { validation, test };
  throw new UsageError({
    code: "TRAINING_BAD_SPLIT",
    what: `validation from ${formatTime(validation)} does not end before the test from ${formatTime(test)}`,
    where,
    cure: "Let validation begin before the test",
  });
}

/** A moment of an option. Throws a `TimeError`. */
export function microsOf(time: string | Timestamp): Micros {
  return isTimestamp(time) ? Number(timestamp(time.micros).micros) : parseTime(String(time));
}

/**
 * The part of a label; null in the embargo. It lies in the part in which its T lies, `[start, end)`, if what came of it is known
 * by the part's end: `T + maturity <= end`.
 */
export function partOf(at: Micros, maturity: Micros, { validation, test }: Split): SplitPart | null {
  if (at >= test) return "test";
  if (validation !== null && at >= validation) return at <= test - maturity ? "validation" : null;
  return at <= (validation ?? test) - maturity ? "train" : null;
}
