// Views over event logs beside the oracle: streamed, refreshed and at cuts, while the log grows and is compacted.
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { AGGREGATE_NAMES, OF_ENTITIES, WINDOW_KINDS } from "../property/features.ts";
import { caseOf, seeds } from "../property/cases.ts";
import { compactSegment } from "../../src/offline/compact-log.ts";
import { firstDifference, inOrderOfName } from "../oracle/versions.ts";
import { history, valuesAt as oracleValuesAt, type Given } from "../oracle/naive.ts";
import { historyRows, writeHistory } from "../../src/offline/log-history.ts";
import { join } from "node:path";
import { KeyList, viewsAt } from "../../src/offline/views-at.ts";
import { LogWriter, type Arrival } from "./event-logs.ts";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { Offline, type OfflineLimits } from "../../src/offline/offline.ts";
import { planView, type ViewPlan } from "../../src/plan/view-plan.ts";
import { runs } from "../property/runs.ts";
import { tmpdir } from "node:os";
import { vectorReader } from "../../src/schema/vector.ts";
import type { Refresh } from "../../src/define/refresh.ts";
import type { Source } from "../../src/define/source.ts";
import type { Timestamp } from "../../src/time.ts";
import type { ViewDefinition } from "../../src/define/feature-view.ts";
import type { ViewValues } from "../../src/kernel/rows.ts";
import type { Wanted } from "../property/keyed-rows.ts";

/** Cases, each with a log of its own. */
const TRIES = 40;

const LIMIT = 2 ** 53 - 1;
const OFFLINE = { offline: { memory: null, threads: null, temp: null }, ingest: { folder: "log" } };
const LIMITS: readonly (readonly [string, OfflineLimits | undefined])[] = [
  ["in one part", undefined],
  ["in many small parts", { rangeCells: 60, rangeMoments: 5, sliceCells: 40 }],
];

/** How a log is laid out. */
const layouts = fc.record({
  /** Whether its source has no batch. */
  only: fc.boolean(),
  perSegment: fc.integer({ min: 1, max: 6 }),
  /** A bit for each closed segment: whether it is compacted; another whether it was left lying there. */
  compacted: fc.nat(2 ** 16),
  left: fc.nat(2 ** 16),
  torn: fc.boolean(),
  /** How much of the records are there when it is first read, in quarters. */
  first: fc.nat(4),
  began: fc.nat(5),
  cuts: fc.array(fc.nat(99), { minLength: 24, maxLength: 24 }),
});

const aggregates = AGGREGATE_NAMES.filter((name) => name !== OF_ENTITIES);
const cases = fc
  .record({ from: seeds, aggregate: fc.constantFrom(...aggregates), window: fc.constantFrom(...WINDOW_KINDS), layout: layouts })
  .map(({ from, aggregate, window, layout }) => {
    const { definition, rows, wanted } = caseOf(from, { aggregate, window });
    const plain = rows.map((row) => Object.fromEntries(Object.entries(row).filter(([name]) => !name.startsWith("~"))) as Given);
    return {
      definition,
      rows: plain,
      wanted,
      layout,
      began: Math.max(-LIMIT, Math.min(LIMIT, from.base + Math.floor((from.range * (layout.began - 1)) / 3))),
      range: from.range,
    };
  });

type Tried = typeof cases extends fc.Arbitrary<infer T> ? T : never;

let made = 0;

/** The source of a case, under a name that no other has. */
function sourceOf({ definition: { source }, rows, layout, range }: Tried): Source<unknown> {
  return {
    ...source,
    name: `events_${++made}`,
    id: layout.only ? source.id : "id",
    stream: { kind: "ingest" },
    late: source.late ?? range,
    ahead: Math.max(source.ahead, range >> 3),
    batch: layout.only ? null : { kind: "rows", rows },
  };
}

/** What came in, in the order in which it did: whole rows, of a log with a history those since it began. */
function arrivalsOf({ rows, began }: Tried, source: Source<unknown>): Arrival[] {
  return rows
    .map((row) => ({ row, available: Number((row["seen"] as Timestamp).micros) }))
    .filter(({ row, available }) => (source.id === null || row[source.id] !== null) && (source.batch === null || available >= began))
    .filter(({ available }) => Math.abs(available) <= LIMIT) // what JSON numbers hold
    .toSorted((a, b) => a.available - b.available);
}

/** The history, by the oracle: what was available by event time and delay before the log began. */
function pastOf({ rows, began }: Tried, source: Source<unknown>): Given[] {
  if (source.batch === null) return [];
  const versions = rows.map((row) => {
    const eventTime = (row["at"] as Timestamp).micros;
    return { row, eventTime, availableTime: eventTime + BigInt(source.available.delay), position: null };
  });
  const past = versions.filter(({ availableTime }) => availableTime < BigInt(began) && availableTime <= 2n ** 53n);
  const order = inOrderOfName(source);
  const sorted = past.toSorted((a, b) => Number(a.availableTime - b.availableTime) || firstDifference(a, b, order));
  return sorted.map(({ row, availableTime }, i) => ({ ...row, "~o": i - sorted.length, "~a": Number(availableTime) }));
}

/** A view of the source as streamed, and one as refreshed. */
function viewsOf({ definition }: Tried, source: Source<unknown>): { readonly streamed: ViewDefinition; readonly refreshed: ViewDefinition } {
  const delay: Refresh = definition.refresh.kind === "streaming" ? definition.refresh : { kind: "streaming", delay: 1 };
  return { streamed: { ...definition, source, refresh: delay }, refreshed: { ...definition, source, refresh: { kind: "every", tick: 1, phase: 0, delay: 0 } } };
}

function said(plan: ViewPlan, values: ViewValues, at: number): unknown {
  return plan.features.map(({ frame }, i) => {
    const newest = values.newest[frame]?.[at] as number;
    const vector = values.features[i] as ViewValues["features"][number];
    const newestTime = Number.isNaN(newest) ? null : BigInt(newest);
    return { found: values.found[at] === 1, value: vectorReader(vector)(at), failed: values.failed[i]?.[at] === 1, newest: newestTime };
  });
}

function oracleSays(definition: ViewDefinition, records: readonly Given[], { key, at }: Wanted, end: number | null): unknown {
  const { found, said: features } = oracleValuesAt(history(definition, records), key, BigInt(at), end);
  return features.map(({ value, failed, newest }) => ({ found, value, failed, newest }));
}

describe.each(LIMITS)("views over event logs, %s", (_, limits) => {
  let root: string;
  let offline: Offline;
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), "asof-log-"));
    offline = await Offline.open(root, OFFLINE, limits);
  });
  afterAll(async () => {
    await offline.close();
    await rm(root, { recursive: true, force: true });
  });

  /** What a view says at points, and at cuts if there are `ends`, beside the oracle. */
  async function compare(definition: ViewDefinition, records: readonly Given[], wanted: readonly Wanted[], ends: readonly number[] | null): Promise<void> {
    const plan = planView(definition);
    const keys = new KeyList(plan.keys);
    const key = wanted.map((one) => keys.add(one.key));
    const [[values]] = (await viewsAt(offline, [{ keys, asked: [{ plan, key, at: wanted.map(({ at }) => at), ...(ends !== null && { end: ends }) }] }])) as [
      [ViewValues],
    ];
    expect(wanted.map((_one, i) => said(plan, values, i))).toEqual(wanted.map((one, i) => oracleSays(definition, records, one, ends?.[i] ?? null)));
  }

  test("are the oracle's, at moments and at cuts, before and after the log has grown and was compacted", { timeout: 300_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(cases, async (tried) => {
        const { layout, rows, wanted, began } = tried;
        const source = sourceOf(tried);
        const { streamed, refreshed } = viewsOf(tried, source);
        const plain = source.batch === null ? [] : rows;
        await compare(streamed, plain, wanted, null);
        const writer = await LogWriter.begin(join(root, "log", source.name), source.name, began);
        await writeHistory(offline, source, began);
        const records = pastOf(tried, source);
        const arrivals = arrivalsOf(tried, source);
        const first = Math.floor((arrivals.length * layout.first) / 4);
        records.push(...(await writer.append(arrivals.slice(0, first), layout.perSegment)));
        if (layout.torn) await writer.tear();
        await compare(streamed, records, wanted, null);
        records.push(...(await writer.append(arrivals.slice(first), layout.perSegment)));
        for (const [i, address] of writer.segments.slice(0, -1).entries()) {
          if (((layout.compacted >> (i % 16)) & 1) === 0) continue;
          const text = await readFile(writer.path(address));
          await compactSegment(offline, source, address);
          if (((layout.left >> (i % 16)) & 1) === 1) await writeFile(writer.path(address), text);
        }
        await compare(streamed, records, wanted, null);
        await compare(refreshed, source.batch === null ? records : rows, wanted, null);
        const places = [0, writer.end, ...records.flatMap((record) => [record["~o"] as number, (record["~o"] as number) + 1])].filter((end) => end >= 0);
        const twice = [...wanted, ...wanted];
        const ends = twice.map((_one, i) => places[(layout.cuts[i] as number) % places.length] as number);
        await compare(streamed, records, twice, ends);
        if (source.batch === null) await compare(refreshed, records, twice, ends);
        await rm(writer.folder, { recursive: true });
      }),
      runs(TRIES),
    );
  });

  test("the rows of a history come back with their cells, some of them since a moment", async () => {
    await fc.assert(
      fc.asyncProperty(cases, async (tried) => {
        const source = { ...sourceOf({ ...tried, layout: { ...tried.layout, only: false } }), tieBreak: [] };
        const { began, rows } = tried;
        const written = await writeHistory(offline, source, began);
        const since = began - (source.late as number);
        const found: (readonly [number, number, unknown])[] = [];
        for await (const some of historyRows(offline, source, since))
          found.push(...some.map(({ position, available, cells }) => [position, available, cells[4]] as const));
        const admitted = pastOf({ ...tried, rows: rows.filter(({ id }) => id !== null) }, source).filter(
          () => source.available.delay <= (source.late as number),
        );
        expect(written).toBe(admitted.length);
        const expected = admitted.filter(({ at }) => Number((at as Timestamp).micros) >= since).map((row) => [row["~o"], row["~a"], row["id"]]);
        expect(found).toEqual(expected);
        await rm(join(root, "log", source.name), { recursive: true });
      }),
      runs(TRIES),
    );
  });
});
