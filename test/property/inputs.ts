// The source, row functions and filters that cases draw from: every type, and functions that throw or leave the reals.
import { entity } from "../../src/define/entity.ts";
import { events, rows, type Source } from "../../src/define/source.ts";
import { t, type ColumnKind, type Row } from "../../src/schema/value-type.ts";

export const user = entity("user", { user: t.string() });

/** Two columns have names that UTF-16 and UTF-8 put in different orders, and hold what tells the last ties apart. */
const schema = {
  user: t.string().nullable(),
  at: t.timestamp(),
  seen: t.timestamp(),
  rank: t.int32(),
  id: t.string().nullable(),
  ver: t.int32().nullable(),
  gone: t.boolean().nullable(),
  x: t.float64().nullable(),
  q: t.int32().nullable(),
  n: t.int64().nullable(),
  s: t.string().nullable(),
  b: t.boolean().nullable(),
  w: t.timestamp().nullable(),
  "\u{1F600}": t.int32(),
  "\uFF5E": t.int32(),
};

/** A row of the source. */
export type EventRow = Row<typeof schema>;
/** The source; cases change its availability and tie-breaks. */
export const source: Source<EventRow> = events("events", { schema, eventTime: "at", availableAt: "seen", batch: rows([]) });

type Function = (row: EventRow) => unknown;

/** Row functions by the kind that they return, the plain column first. */
export const INPUTS: Readonly<Record<ColumnKind, readonly Function[]>> = {
  float64: [
    (p) => p.x,
    (p) => (p.x === null || p.q === null ? null : p.x * p.q),
    (p) => (p.x === null || p.q === null ? undefined : p.x / p.q),
    (p) => (p.q === 0 ? fail() : p.x),
    (p) => (p.q === null ? null : -p.q),
    () => 0.1,
  ],
  int32: [(p) => p.q, (p) => p.rank],
  int64: [(p) => p.n, (p) => BigInt(p.rank), (p) => (p.n === null ? fail() : p.n >> 1n)],
  string: [(p) => p.s, (p) => p.s?.toUpperCase(), (p) => (p.s === "b" ? fail() : `${p.s}\uFF5E`)],
  boolean: [(p) => p.b, (p) => p.x !== null && p.x > 0, (p) => p.rank === 1, (p) => (p.q === 1 ? fail() : p.q === 0)],
  timestamp: [(p) => p.w, (p) => p.at, (p) => p.seen],
};

/** Filters; half of the cases have none. */
export const WHERES: readonly (((row: EventRow) => boolean) | null)[] = [
  null,
  null,
  null,
  null,
  (p) => p.q !== 0,
  (p) => p.b as boolean,
  (p) => (p.s ?? fail()).length < 2,
  () => false,
];

function fail(): never {
  throw new RangeError("as asked");
}
