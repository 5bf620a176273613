// The columns of a source, by the roles in which a definition names them: times, availability, deletes.
import { DefinitionError, didYouMean } from "../errors.ts";
import { told } from "./given.ts";
import { parseDelay, parseTime, type Micros, type Timestamp } from "../time.ts";
import { refuseUnknown } from "./settings.ts";
import type { Duration } from "./duration.ts";
import type { Schema } from "../schema/value-type.ts";

/** The timestamps among the columns of a row. */
type Times<R> = { readonly [C in keyof R as R[C] extends Timestamp ? C : never]: R[C] };
/** A column of timestamps, or the sentence that says that there is none. */
export type TimeColumn<R> = [keyof Times<R>] extends [never] ? "the schema has no t.timestamp() column" : keyof Times<R> & string;

type Booleans<R> = { readonly [C in keyof R as NonNullable<R[C]> extends boolean ? C : never]: R[C] };
/** A column of booleans, or the sentence that says that there is none. */
export type BooleanColumn<R> = [keyof Booleans<R>] extends [never] ? "the schema has no t.boolean() column" : keyof Booleans<R> & string;

/**
 * The available time of a row: `column`'s value, but `e + delay` for values before `trustedFrom` and where there is no
 * column. `trustedFrom` is -Infinity when every value is trusted.
 */
export interface Availability {
  readonly column: string | null;
  readonly trustedFrom: Micros;
  readonly delay: Micros;
}

/** How a definition says when rows with these columns become available. */
export type AvailableAt<C extends string> =
  | C
  | { readonly column: C; readonly trustedFrom: string; readonly delay: Duration }
  | { readonly delay: Duration; readonly column?: never; readonly trustedFrom?: never };

/** A column by its name, for the role in which a definition names it. */
export type FindColumn = (wanted: string, role: string) => string;

/** Finds columns, and columns of times. */
export function columnsOf(schema: Schema, where: string): { readonly column: FindColumn; readonly timeColumn: FindColumn } {
  const column: FindColumn = (wanted, role) => {
    if (typeof wanted !== "string")
      throw new DefinitionError({ code: "DEFINITION_UNKNOWN_COLUMN", what: `${role} names ${told(wanted)}`, where, cure: "Name a column of the schema" });
    if (Object.hasOwn(schema, wanted)) return wanted;
    throw new DefinitionError({
      code: "DEFINITION_UNKNOWN_COLUMN",
      what: `${role} names '${wanted}', which the schema does not have`,
      where,
      cure: didYouMean(wanted, Object.keys(schema)),
    });
  };
  const timeColumn: FindColumn = (wanted, role) => {
    const kind = schema[column(wanted, role)]?.kind;
    if (kind === "timestamp") return wanted;
    throw new DefinitionError({
      code: "DEFINITION_NOT_A_TIME",
      what: `${role} names '${wanted}', which is t.${kind}()`,
      where,
      cure: "Name a t.timestamp() column",
    });
  };
  return { column, timeColumn };
}

/** The name, if it is a column of booleans. Throws a `DefinitionError`. */
export function booleanColumn(schema: Schema, name: string, where: string): string {
  const kind = schema[name]?.kind;
  if (kind === "boolean") return name;
  throw new DefinitionError({
    code: "DEFINITION_WRONG_COLUMN",
    what: `deleted names '${name}', which is t.${kind}()`,
    where,
    cure: "Name a t.boolean() column that is true in versions that delete their row",
  });
}

/** Reads how a definition says when rows become available. Throws a `DefinitionError` or `TimeError`. */
export function availability(
  at: string | { readonly column?: string; readonly trustedFrom?: string; readonly delay: string } | undefined,
  timeColumn: FindColumn,
  where: string,
): Availability {
  if (at === undefined) {
    throw new DefinitionError({
      code: "DEFINITION_NO_AVAILABLE_TIME",
      what: "it does not say when its rows become available",
      where,
      cure: 'Name the column that says so (availableAt: "loaded_at") or how long it takes (availableAt: { delay: "5m" })',
    });
  }
  if (typeof at === "object") refuseUnknown(at, ["column", "trustedFrom", "delay"], `${where}, availableAt`);
  if (typeof at === "string") return Object.freeze({ column: timeColumn(at, "availableAt"), trustedFrom: -Infinity, delay: 0 });
  if ((at.column === undefined) !== (at.trustedFrom === undefined))
    throw new DefinitionError({
      code: "DEFINITION_NO_AVAILABLE_TIME",
      what: at.column === undefined ? "it names no column to trust from a date on" : `it does not say from when on column '${at.column}' is to be trusted`,
      where: `${where}, availableAt`,
      cure: 'Write a column ("loaded_at"), a delay ({ delay: "5m" }), or { column: "loaded_at", trustedFrom: "2026-03-01", delay: "1h" }',
    });
  return Object.freeze({
    column: at.column === undefined ? null : timeColumn(at.column, "availableAt.column"),
    trustedFrom: at.trustedFrom === undefined ? -Infinity : parseTime(at.trustedFrom),
    delay: parseDelay(at.delay, `${where}, availableAt.delay`),
  });
}
