// Cases for the kernel: some features over rows that collide in every way, and moments at the edges of their windows.
import fc from "fast-check";
import { doubleOf, REGIME_NAMES, type RegimeName } from "./doubles.ts";
import { INPUTS, source, user, WHERES, type EventRow } from "./inputs.ts";
import { timestampOf, type Timestamp } from "../../src/time.ts";
import type { AggregateName, Window } from "../../src/define/aggregate.ts";
import type { FeatureDefinition, ViewDefinition } from "../../src/define/feature-view.ts";
import type { Refresh } from "../../src/define/refresh.ts";
import type { Source } from "../../src/define/source.ts";
import type { ColumnKind } from "../../src/schema/value-type.ts";
import type { Wanted } from "./keyed-rows.ts";

export const WINDOW_KINDS = ["sliding", "offset", "lifetime"] as const;
export type WindowKind = (typeof WINDOW_KINDS)[number];

const EVERY_KIND: readonly ColumnKind[] = ["float64", "int32", "int64", "string", "boolean", "timestamp"];
/** What each aggregate takes. */
const TAKES: Readonly<Record<AggregateName, readonly ColumnKind[]>> = {
  count: [],
  sum: ["float64", "float64", "float64", "int64"],
  mean: ["float64", "float64", "float64", "int64"],
  min: ["float64", ...EVERY_KIND],
  max: ["float64", ...EVERY_KIND],
  last: ["float64", ...EVERY_KIND],
};
export const AGGREGATE_NAMES: readonly AggregateName[] = Object.keys(TAKES) as AggregateName[];

/** A view, its rows and the moments to compute it at. */
export interface Case {
  readonly definition: ViewDefinition;
  readonly rows: readonly EventRow[];
  readonly wanted: readonly Wanted[];
}

/** A row as whole numbers, so that it shrinks: key, event time, lateness, nulls, and 64 bits for the rest. */
type RowSeed = readonly [key: number, event: number, late: number, kind: number, high: number, low: number];
/** A moment: key, the row at one of whose edges it lies, which edge, and how far beside it. */
type MomentSeed = readonly [key: number, row: number, edge: number, beside: number];
type FeatureSeed = readonly [aggregate: number, input: number, window: number, length: number, offset: number];

/** What a case is made from. */
export interface Seeds {
  readonly regime: RegimeName | "mixed";
  /** Times lie within so many microseconds. */
  readonly range: number;
  readonly base: number;
  readonly source: number;
  readonly refresh: number;
  readonly where: number;
  readonly manyNulls: boolean;
  readonly features: readonly FeatureSeed[];
  readonly rows: readonly RowSeed[];
  readonly moments: readonly MomentSeed[];
}

const LIMIT = 2 ** 53;
/** Keys of rows: one busy entity, two more, and none. Moments ask for one without rows too. */
const KEYS = ["u1", "u1", "u1", "u1", "u2", "u\u0000", null] as const;
const TEXTS = ["", "a", "b", "ab", "\0", "a\0", "a\0b", "\uFF5E", "\u{1F600}", "\uE000", "\uD7FF", "é", "e\u0301", "Z", "__proto__"];
/** Whole numbers from here on are near each other: most of a case. The greater of them are one as doubles. */
const NEAR = [-1n, 2n ** 53n, 2n ** 63n - 3n];
const FAR = [2n ** 63n - 1n, -(2n ** 63n), 1n - 2n ** 63n, 2n ** 62n, -(2n ** 32n), 2n ** 32n - 1n, 2n ** 31n, 0n];
const BASES = [0, 991_353_600_000_000, -7, LIMIT - 40, 3 - LIMIT];
const U32 = 2 ** 32 - 1;

const featureSeed: fc.Arbitrary<FeatureSeed> = fc.tuple(fc.nat(5), fc.nat(99), fc.nat(2), fc.nat(99), fc.nat(99));
const rowSeed: fc.Arbitrary<RowSeed> = fc.tuple(fc.nat(6), fc.nat(999), fc.nat(99), fc.nat(19), fc.nat(U32), fc.nat(U32));
const momentSeed: fc.Arbitrary<MomentSeed> = fc.tuple(fc.nat(4), fc.nat(99), fc.nat(5), fc.integer({ min: -1, max: 1 }));

/** Cases with 0 to 25 rows. */
export const seeds: fc.Arbitrary<Seeds> = fc.record({
  regime: fc.constantFrom(...REGIME_NAMES, "mixed" as const),
  range: fc.constantFrom(4, 12, 41, 400),
  base: fc.constantFrom(...BASES),
  source: fc.nat(11),
  refresh: fc.nat(5),
  where: fc.nat(WHERES.length - 1),
  manyNulls: fc.boolean(),
  features: fc.array(featureSeed, { minLength: 1, maxLength: 3 }),
  rows: fc.array(rowSeed, { maxLength: 25, size: "max" }),
  moments: fc.array(momentSeed, { minLength: 1, maxLength: 12, size: "max" }),
});

/** The case of some seeds, its first feature of the given aggregate and window. */
export function caseOf(from: Seeds, aggregate: AggregateName, window: WindowKind): Case {
  const [chosen, ...others] = from.features;
  const features = [featureOf(chosen as FeatureSeed, from.range, aggregate, window), ...others.map((seed) => featureOf(seed, from.range))];
  const definition: ViewDefinition = {
    name: "tried",
    entity: user.name,
    keys: user.keys,
    source: sourceOf(from),
    refresh: refreshOf(from),
    maxAge: null,
    where: WHERES[from.where] ?? null,
    features: features.map((feature, i) => ({ ...feature, name: `f${i}` })),
  };
  const rows: EventRow[] = [];
  for (const seed of from.rows) rows.push(seed[3] === 0 && rows.length > 0 ? (rows[seed[4] % rows.length] as EventRow) : rowOf(seed, from));
  return { definition, rows, wanted: from.moments.map((seed) => momentOf(seed, rows, definition, from)) };
}

function featureOf(seed: FeatureSeed, range: number, name?: AggregateName, kind?: WindowKind): FeatureDefinition {
  const [aggregateAt, input, windowAt, length, offset] = seed;
  const aggregate = name ?? AGGREGATE_NAMES[aggregateAt] ?? "count";
  const takes = TAKES[aggregate];
  const declared = takes[input % Math.max(1, takes.length)] ?? null;
  const functions = declared === null ? [null] : INPUTS[declared];
  const value = (functions[Math.floor(input / 7) % functions.length] ?? null) as ((row: never) => unknown) | null;
  const windows: Record<WindowKind, Window> = {
    sliding: { length: 1 + (length % range), offset: 0 },
    offset: { length: 1 + (length % range), offset: 1 + (offset % range) },
    lifetime: { length: Infinity, offset: 0 },
  };
  return { name: "", call: { aggregate, value, declared }, window: windows[kind ?? WINDOW_KINDS[windowAt] ?? "sliding"], fallback: null };
}

function sourceOf({ source: seed, base, range }: Seeds): Source<unknown> {
  const available = [
    { column: "seen", trustedFrom: -Infinity, delay: 0 },
    { column: "seen", trustedFrom: base + (range >> 1), delay: range >> 2 },
    { column: null, trustedFrom: -Infinity, delay: seed >> 2 },
  ];
  const tieBreak = [[], ["rank"], ["s", "x"], []];
  return { ...source, available: available[seed % 3] ?? source.available, tieBreak: tieBreak[seed % 4] ?? [] };
}

/** A delay of a stream, or a schedule: its delay counts when ticks are chosen, not at a tick. */
function refreshOf({ refresh, range }: Seeds): Refresh {
  return refresh < 4 ? { kind: "streaming", delay: refresh * (range >> 2) } : { kind: "every", tick: 1 + (range >> 2), phase: refresh - 4, delay: refresh };
}

function rowOf([key, event, late, kind, high, low]: RowSeed, { regime, range, base, manyNulls }: Seeds): EventRow {
  const at = base + (event % range);
  // Holes by column: each in its turn, or, where there are many, by a bit of chance.
  const unless = <V>(column: number, value: V): V | null => ((manyNulls ? ((low >>> column) & 1) === 1 : kind === column + 1) ? null : value);
  return {
    user: KEYS[key] ?? null,
    at: moment(at),
    seen: moment(availableOf(late, at, range, base)),
    rank: (high >>> 8) & 1,
    x: unless(0, doubleOf(regime, high, low)),
    q: unless(1, (high % 5) - 2),
    n: unless(2, low % 8 === 0 ? (FAR[high % FAR.length] as bigint) : (NEAR[range % NEAR.length] as bigint) + BigInt(high % 3)),
    s: unless(3, TEXTS[high % TEXTS.length] as string),
    b: unless(4, high % 2 === 0),
    w: unless(5, moment(low % 3 === 0 ? (high % 2 === 0 ? LIMIT : -LIMIT) : at - (high % 9))),
    "\u{1F600}": low & 1,
    "\uFF5E": high & 1,
  };
}

function availableOf(late: number, at: number, range: number, base: number): number {
  const by = Math.floor(late / 8);
  const choices = [at, at + 1, at + (by % range), at - (by % range), at + range + by, base + range, at + (by % 3), at];
  return choices[late % 8] as number;
}

function momentOf([key, rowAt, edge, beside]: MomentSeed, rows: readonly EventRow[], { features, refresh }: ViewDefinition, { range, base }: Seeds): Wanted {
  const row = rows[rowAt % Math.max(1, rows.length)];
  const { window } = features[rowAt % features.length] as FeatureDefinition;
  const { length, offset } = window;
  const event = row === undefined ? base : Number(row.at.micros);
  const available = (row === undefined ? base : Number(row.seen.micros)) + (refresh.kind === "streaming" ? refresh.delay : 0);
  const end = event + offset + (length === Infinity ? range : length);
  const edges = [Math.max(event + offset, available), event + offset, end, available, base + range + (rowAt % (2 * range)), base + range + offset];
  // The key is mostly that of the row at whose edge the moment lies.
  const wanted = key < 4 && row !== undefined ? row.user : (KEYS[rowAt % KEYS.length] ?? null);
  return { key: [wanted ?? "nobody"], at: within((edges[edge] as number) + beside) };
}

function moment(micros: number): Timestamp {
  return timestampOf(within(micros));
}

function within(micros: number): number {
  return Math.max(-LIMIT, Math.min(LIMIT, micros));
}
