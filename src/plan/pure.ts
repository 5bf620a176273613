// While a row function runs, what is not of its row throws: the clock, chance, the network, the environment, locale and time zone.
import { Guards } from "./pure-guards.ts";
import { impureError, inexactMath, type ImpurityKind } from "./pure-text.ts";
import type { DefinitionError } from "../errors.ts";

/** What runs, for errors and for what is let pass. */
export interface PureRun {
  /** The row function. */
  readonly value: (row: never) => unknown;
  /** Its place: view and feature. */
  readonly where: string;
  /** Whether its rows are made up. A text that looks like a time without a zone is then let pass, and the use of `Math` noted. */
  readonly madeUp: boolean;
}

interface Running extends PureRun {
  broken: DefinitionError | null;
}

let running: Running | null = null;
const MATH_SEEN = new WeakMap<(row: never) => unknown, Set<string>>();
let strict: Guards | null = null;
let noting: Guards | null = null;

function guardsFor(madeUp: boolean): Guards {
  const impure = (kind: ImpurityKind, uses: string): Error => {
    const error = impureError(kind, uses, running?.where ?? "a row function", running?.value ?? null);
    if (running !== null) running.broken ??= error;
    return error;
  };
  const inexact = (name: string): void => {
    if (running !== null) MATH_SEEN.get(running.value)?.add(name);
  };
  const aside = <T>(run: () => T): T => {
    guards.lift();
    try {
      return run();
    } finally {
      guards.put();
    }
  };
  const guards = new Guards({ impure, inexact: madeUp ? inexact : null, madeUp: () => running?.madeUp === true, aside });
  return guards;
}

/**
 * Runs what calls a row function, without waiting, with guards in the places of globals. Throws a `DefinitionError` if the
 * function read more than its row, whether or not it caught what was thrown at it. This finds mistakes and is no sandbox:
 * what a function took hold of before (a clock imported by name, a file) is not guarded.
 */
export function whilePure<T>(run: PureRun, loop: () => T): T {
  const outer = running;
  const mine: Running = { ...run, broken: null };
  const guards = run.madeUp ? (noting ??= guardsFor(true)) : (strict ??= guardsFor(false));
  if (run.madeUp && !MATH_SEEN.has(run.value)) MATH_SEEN.set(run.value, new Set());
  running = mine;
  try {
    if (outer === null) guards.put();
    const returned = loop();
    if (mine.broken === null) return returned;
  } finally {
    if (outer === null) guards.lift();
    running = outer;
  }
  throw mine.broken;
}

/** Whether the row function that runs has read more than its row. */
export function isBroken(): boolean {
  return running !== null && running.broken !== null;
}

/**
 * The functions of `Math`, and `**`, that a row function uses and that give other bits in other versions of Node: those in
 * its text, and those that it was seen to call when its view was planned, through helpers too.
 */
export function inexactMathOf(value: (row: never) => unknown): string[] {
  const seen = [...(MATH_SEEN.get(value) ?? [])].map((name) => `Math.${name}`);
  return [...new Set([...inexactMath(value), ...seen])].toSorted();
}
