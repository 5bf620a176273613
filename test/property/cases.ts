// Cases for the kernel: some features over rows that collide in every way, and moments at the edges of their windows.
import fc from "fast-check";
import { doubleOf, REGIME_NAMES, type RegimeName } from "./doubles.ts";
import { FADING, featureOf, featureSeed, OF_ENTITIES, type Asked, type FeatureSeed } from "./features.ts";
import { source, user, WHERES, type EventRow } from "./inputs.ts";
import { timestampOf, type Timestamp } from "../../src/time.ts";
import type { FeatureDefinition, ViewDefinition } from "../../src/define/feature-view.ts";
import type { Refresh } from "../../src/define/refresh.ts";
import type { Source } from "../../src/define/source.ts";
import type { Wanted } from "./keyed-rows.ts";

/** A view, its rows (of a source with a stream, the records of its log) and the moments to compute it at. */
export interface Case {
  readonly definition: ViewDefinition;
  readonly rows: readonly EventRow[];
  readonly wanted: readonly Wanted[];
}

/**
 * A row as whole numbers, so that it shrinks: key, event time, lateness, nulls, how it goes back to a row before (to which one:
 * `of`), and 64 bits for the rest.
 */
export type RowSeed = readonly [key: number, event: number, late: number, kind: number, change: number, of: number, high: number, low: number];
/** A moment: key, the row at one of whose edges it lies, which edge, and how far beside it. */
export type MomentSeed = readonly [key: number, row: number, edge: number, beside: number];

/** What a case is made from. */
export interface Seeds {
  readonly regime: RegimeName | "mixed";
  /** Times lie within so many microseconds. */
  readonly range: number;
  readonly base: number;
  readonly source: number;
  /** Whether rows have ids, versions and deletes: none below 3. */
  readonly versions: number;
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
const BASES = [0, 991_353_600_000_000, -7, 991_353_600_000_000, LIMIT - 40, 3 - LIMIT, 0];
const WIDE = 3_000_000;
const U32 = 2 ** 32 - 1;
/** A row's `kind` up to here makes one of its columns null. */
const KINDS = 24;

const rowSeed: fc.Arbitrary<RowSeed> = fc.tuple(fc.nat(6), fc.nat(999), fc.nat(99), fc.nat(KINDS), fc.nat(19), fc.nat(24), fc.nat(U32), fc.nat(U32));
const momentSeed: fc.Arbitrary<MomentSeed> = fc.tuple(fc.nat(5), fc.nat(99), fc.nat(7), fc.integer({ min: -1, max: 1 }));

/** Cases with 0 to 25 rows. */
export const seeds: fc.Arbitrary<Seeds> = fc.record({
  regime: fc.constantFrom(...REGIME_NAMES, "mixed" as const),
  range: fc.constantFrom(4, 12, 41, 400, WIDE),
  base: fc.constantFrom(...BASES),
  source: fc.nat(11),
  versions: fc.nat(7),
  refresh: fc.nat(5),
  where: fc.nat(WHERES.length - 1),
  manyNulls: fc.boolean(),
  features: fc.array(featureSeed, { minLength: 1, maxLength: 3 }),
  rows: fc.array(rowSeed, { maxLength: 25, size: "max" }),
  moments: fc.array(momentSeed, { minLength: 1, maxLength: 12, size: "max" }),
});

/** The case of some seeds: its first feature as asked, the others of the same aggregate, if one is asked for. */
export function caseOf(seeds: Seeds, asked: Asked = {}): Case {
  const isFading = asked.aggregate !== undefined && FADING.includes(asked.aggregate);
  const from = isFading && seeds.range < 41 ? { ...seeds, range: WIDE } : seeds;
  const features = from.features.map((seed, i) => ({
    ...featureOf(seed, from.range, i === 0 || asked.aggregate === undefined ? asked : { aggregate: asked.aggregate }),
    name: `f${i}`,
  }));
  const definition: ViewDefinition = {
    name: "tried",
    entity: user.name,
    keys: user.keys,
    source: asked.aggregate === OF_ENTITIES ? entitySourceOf(from) : sourceOf(from),
    refresh: refreshOf(from),
    maxAge: null,
    where: WHERES[from.where] ?? null,
    features,
  };
  const rows: EventRow[] = [];
  for (const seed of from.rows) rows.push(rowOf(seed, rows, definition, from));
  const wanted = from.moments.map((seed) => momentOf(seed, rows, definition, from));
  return { definition, rows: definition.source.stream === null ? rows : recorded(rows), wanted };
}

/** The same rows as records of a log, which took them in when they were seen: with positions and available times. */
function recorded<R extends EventRow>(rows: readonly R[]): (R & Record<"~o" | "~a", number>)[] {
  const order = rows.map((row, i) => ({ seen: Number(row.seen.micros), i })).toSorted((a, b) => a.seen - b.seen || a.i - b.i);
  const places = new Map(order.map(({ i }, place) => [i, place]));
  return rows.map((row, i) => ({ ...row, "~o": 100 * (places.get(i) as number) - 300, "~a": Number(row.seen.micros) }));
}

/** A source of rows that come once, or of versions by id, with or without a column of versions and one of deletes; some are streams, with a batch or without. */
function sourceOf({ source: seed, versions, base, range }: Seeds): Source<unknown> {
  const available = [
    { column: "seen", trustedFrom: -Infinity, delay: 0 },
    { column: "seen", trustedFrom: base + (range >> 1), delay: range >> 4 },
    { column: null, trustedFrom: -Infinity, delay: seed >> 2 },
  ];
  const tieBreak = [[], ["rank"], ["s", "x"], []];
  const corrections = { id: versions < 3 ? null : "id", version: versions % 2 === 0 ? "ver" : null, deleted: versions > 5 ? "gone" : null };
  const only = seed > 9 ? { batch: null } : {};
  const stream = seed % 5 === 1 ? { stream: { kind: "ingest" } as const, late: range >> 1, ahead: range >> 3, ...only } : {};
  return { ...source, available: available[seed % 3] ?? source.available, tieBreak: tieBreak[seed % 4] ?? [], ...corrections, ...stream };
}

/** Rows of entities, with or without a column of deletes. */
function entitySourceOf(from: Seeds): Source<unknown> {
  return { ...sourceOf(from), kind: "entity", id: null, version: null, deleted: from.versions % 2 === 0 ? "gone" : null, late: null, stream: null };
}

/** A delay of a stream, or a schedule: its delay counts when ticks are chosen, not at a tick. */
function refreshOf({ refresh, range }: Seeds): Refresh {
  return refresh < 4
    ? { kind: "streaming", delay: [0, 1, range >> 5, range >> 2][refresh] ?? 0 }
    : { kind: "every", tick: 1 + (range >> 2), phase: refresh - 4, delay: refresh };
}

/** A row: a new one, or the same, or a version or delete of one before. */
function rowOf(seed: RowSeed, before: readonly EventRow[], definition: ViewDefinition, from: Seeds): EventRow {
  const [, , late, , change, of] = seed;
  const fresh = freshRow(seed, before, definition, from);
  const older = before[of % Math.max(1, before.length)];
  if (older === undefined || change > (definition.source.id === null ? 0 : 8)) return fresh;
  const { user: key, at, seen, id: _id, ver, gone: _gone, ...content } = fresh;
  const again = { seen: moment(availableOf(late, Number(older.at.micros), stepOf(definition, from), from)), ver };
  const changes: readonly EventRow[] = [
    older,
    { ...older, seen: again.seen },
    { ...older, ...again, gone: true },
    { ...older, ...again, ...content },
    { ...older, ...again, user: key },
    { ...older, ver, at, seen },
    { ...fresh, id: older.id },
    { ...fresh, id: older.id, gone: true },
    { ...older, ...again, ...content, gone: !older.gone },
  ];
  return changes[change] as EventRow;
}

function freshRow([key, event, late, kind, , , high, low]: RowSeed, before: readonly EventRow[], definition: ViewDefinition, from: Seeds): EventRow {
  const { regime, range, manyNulls } = from;
  const step = stepOf(definition, from);
  const at = eventOf(event, before.at(-1), step, from);
  // Holes by column: each in its turn, or, where there are many, by a bit of chance.
  const unless = <V>(column: number, value: V): V | null => ((manyNulls ? ((low >>> column) & 1) === 1 : kind === column + 1) ? null : value);
  return {
    user: KEYS[key] ?? null,
    at: moment(at),
    seen: moment(availableOf(late, at, step, from)),
    rank: (high >>> 8) & 1,
    id: kind === 7 ? null : `r${before.length}`,
    ver: (high >>> 4) % 5 === 0 ? null : (high >>> 4) % 5,
    gone: kind === 8 ? true : kind === 9 ? null : false,
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

/** How far the first window reaches: a session's gap, an offset, a length. */
function stepOf({ features }: ViewDefinition, { range }: Seeds): number {
  const { gap, length, offset } = features[0]?.window ?? { gap: null, length: Infinity, offset: 0 };
  return Math.min(range, gap ?? (offset > 0 ? offset : length === Infinity ? range >> 3 : length));
}

/** Anywhere in the range, or about as far from the row before as the window reaches. */
function eventOf(event: number, before: EventRow | undefined, step: number, { base, range }: Seeds): number {
  if (event % 3 > 0 || before === undefined) return base + ((event * (range > 1000 ? 2999 : 1)) % range);
  return Number(before.at.micros) + step * (event % 4 === 0 ? -1 : 1) + ((event >> 4) % 3) - 1;
}

/** At once, a little later, as late as a window reaches, or as all rows do; or before it happened. */
function availableOf(late: number, at: number, step: number, { range, base }: Seeds): number {
  const by = Math.floor(late / 10);
  const part = Math.ceil((by * step) / 9);
  const choices = [at, at + 1, at + (by % range), at - (by % range), at + range + by, base + range, at + (by % 3), at + part, at + part + by, at + 2 * part];
  return choices[late % 10] ?? at;
}

function momentOf([key, rowAt, edge, beside]: MomentSeed, rows: readonly EventRow[], { features, refresh }: ViewDefinition, { range, base }: Seeds): Wanted {
  const row = rows[rowAt % Math.max(1, rows.length)];
  const { window } = features[rowAt % features.length] as FeatureDefinition;
  const { length, offset, gap } = window;
  const event = row === undefined ? base : Number(row.at.micros);
  const available = (row === undefined ? base : Number(row.seen.micros)) + (refresh.kind === "streaming" ? refresh.delay : 0);
  const end = event + offset + (length === Infinity ? (gap ?? range) : length);
  const edges = [
    Math.max(event + offset, available),
    event + offset,
    end,
    available,
    base + ((rowAt * 30_011) % (2 * range)),
    gap === null ? base + range + offset : event + (gap >> 1),
    gap === null ? event + range : Math.max(event, available) + 1,
    Math.max(event, available) + (gap === null ? rowAt % 7 : (rowAt * gap) >> 8),
  ];
  // The key is mostly that of the row at whose edge the moment lies, or of the row before, which it may be a version of.
  const of = key < 4 ? row : key === 4 ? rows[(rowAt + rows.length - 1) % Math.max(1, rows.length)] : undefined;
  return { key: [of?.user ?? KEYS[rowAt % KEYS.length] ?? "nobody"], at: within((edges[edge] as number) + beside) };
}

function moment(micros: number): Timestamp {
  return timestampOf(within(micros));
}

function within(micros: number): number {
  return Math.max(-LIMIT, Math.min(LIMIT, micros));
}
