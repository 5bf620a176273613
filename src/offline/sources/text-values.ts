// Values that are spelt as text, in CSV fields and in the names of folders: how SQL makes each kind of them.
import { inRange } from "./batch.ts";
import type { ColumnKind } from "../../schema/value-type.ts";

/** SQL that is true for texts that spell a whole number. */
const WHOLE = "'\\s*[+-]?\\d+\\s*'";
const TIME = "'\\s*\\d{4}-\\d{2}-\\d{2}([T ]([01]\\d|2[0-3]):[0-5]\\d(:[0-5]\\d(\\.\\d+)?)?(Z|[+-]\\d{2}:?\\d{2})?)?\\s*'";

/** SQL of the TIMESTAMP that a text spells in ISO 8601, null where it spells none; decimals past the sixth are cut off. */
export function sqlTimeOf(text: string): string {
  const withSeconds = `regexp_replace(trim(${text}), '^(\\d{4}-\\d{2}-\\d{2}[T ]\\d{2}:\\d{2})(Z|[+-]|$)', '\\1:00\\2')`;
  const read = `TRY_CAST(regexp_replace(${withSeconds}, '(\\.\\d{6})\\d+', '\\1') AS TIMESTAMPTZ)`;
  return `CASE WHEN regexp_full_match(${text}, ${TIME}) THEN ${read} AT TIME ZONE 'UTC' END`;
}

/** The times in range that `time` gives as column `c<i>`, and the text of all others in `f<i>`. */
export function selectTime(time: string, text: string, i: number): readonly string[] {
  return [`CASE WHEN ${inRange(`(${time})`)} THEN ${time} END AS c${i}`, `CASE WHEN (${inRange(`(${time})`)}) IS DISTINCT FROM true THEN ${text} END AS f${i}`];
}

/** The finite doubles that `double` gives as column `c<i>`, and the text of infinities in `f<i>`. -0 + 0 is 0. */
export function selectDouble(double: string, text: string, i: number): readonly string[] {
  return [`CASE WHEN isfinite(${double}) THEN ${double} + 0.0::DOUBLE END AS c${i}`, `CASE WHEN isinf(${double}) THEN ${text} END AS f${i}`];
}

/** How text becomes a kind: as columns `c<i>` and `f<i>` where values can be lost. `bad` is true for texts that are none. */
export interface Conversion {
  readonly select: (text: string, i: number) => readonly string[];
  readonly bad: (text: string) => string;
}

export const FROM_TEXT: { readonly [K in ColumnKind]: Conversion } = {
  string: { select: (v, i) => [`${v} AS c${i}`], bad: () => "false" },
  int32: {
    select: (v, i) => [`TRY_CAST(${v} AS INTEGER) AS c${i}`],
    bad: (v) => `NOT regexp_full_match(${v}, ${WHOLE}) OR TRY_CAST(${v} AS INTEGER) IS NULL`,
  },
  int64: { select: (v, i) => [`TRY_CAST(${v} AS BIGINT) AS c${i}`], bad: (v) => `NOT regexp_full_match(${v}, ${WHOLE}) OR TRY_CAST(${v} AS BIGINT) IS NULL` },
  boolean: { select: (v, i) => [`TRY_CAST(${v} AS BOOLEAN) AS c${i}`], bad: (v) => `TRY_CAST(${v} AS BOOLEAN) IS NULL` },
  float64: { select: (v, i) => selectDouble(`TRY_CAST(${v} AS DOUBLE)`, v, i), bad: (v) => `TRY_CAST(${v} AS DOUBLE) IS NULL` },
  timestamp: { select: (v, i) => selectTime(sqlTimeOf(v), v, i), bad: (v) => `(${sqlTimeOf(v)}) IS NULL` },
};
