// Values for the oracle: what counts as null, which are equal, and how they are ordered.
import type { Scalar, Value } from "../../src/schema/value-type.ts";
import type { Timestamp } from "../../src/time.ts";

/** What no column and no feature holds is null: NaN, an infinity, nothing at all. -0 is 0. */
export function clean(value: unknown): Value {
  if (value === undefined || (typeof value === "number" && !Number.isFinite(value))) return null;
  return value === 0 ? 0 : (value as Value);
}

/** What a function of the row gives, cleaned; null where it throws or there is none. */
export function given(of: ((row: never) => unknown) | null, row: object): Value {
  try {
    return of === null ? null : clean(of(row as never));
  } catch {
    return null;
  }
}

/** Null first, text by its UTF-8 bytes, false before true, numbers and moments by size. Both of one type. */
export function compare(a: Value, b: Value): number {
  if (a === null || b === null) return Number(a !== null) - Number(b !== null);
  if (a === b) return 0;
  if (typeof a === "string") return Buffer.compare(Buffer.from(a), Buffer.from(b as string));
  if (typeof a === "object") return compare(a.micros, (b as Timestamp).micros);
  return Number(a > b) - Number(a < b);
}

export function equal(a: Value, b: Value): boolean {
  return compare(a, b) === 0;
}

/** What stands for a value of one type as the key of a map: equal values have equal names. */
export function nameOf(value: Scalar): unknown {
  return typeof value === "object" ? value.micros : value;
}

/** Elements by a value of theirs, equal ones together, in order of first appearance. */
export function grouped<E>(elements: readonly E[], valueOf: (element: E) => Scalar): (readonly [value: Scalar, elements: readonly E[]])[] {
  const groups = new Map<unknown, [Scalar, E[]]>();
  for (const element of elements) {
    const value = valueOf(element);
    const name = nameOf(value);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [value, [element]]);
    else group[1].push(element);
  }
  return [...groups.values()];
}

/** The different values. */
export function distinct(values: readonly Scalar[]): readonly Scalar[] {
  return grouped(values, (value) => value).map(([value]) => value);
}
