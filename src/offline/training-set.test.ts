// Training sets: one row per label in the labels' order, whatever the labels, the history and the refreshes were.
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { buildTrainingSet, openTrainingSet, type TrainingRequest, type TrainingSet } from "./training-set.ts";
import { csv, events, parquet, rows } from "../define/source.ts";
import { entity } from "../define/entity.ts";
import { every, streaming } from "../define/refresh.ts";
import { featureService } from "../define/feature-service.ts";
import { featureView } from "../define/feature-view.ts";
import { labels } from "../define/labels.ts";
import { manualClock, parseTime, timestamp } from "../time.ts";
import { Offline } from "./offline.ts";
import { planService } from "../plan/service-plan.ts";
import { t, type Value } from "../schema/value-type.ts";

let root: string;
let offline: Offline;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "asof-training-"));
  offline = await Offline.open(root);
});
afterAll(async () => {
  await offline.close();
  await rm(root, { recursive: true });
});
let out: string;
beforeEach(async () => {
  out = join(await mkdtemp(join(root, "out-")), "set");
});

type Given = Readonly<Record<string, Value>>;
const at = (day: number, time = "00:00:00"): ReturnType<typeof timestamp> => timestamp(`2026-01-${String(day).padStart(2, "0")}T${time}Z`);
const user = entity("user", { user_id: t.string() });
const schema = {
  user_id: t.string().nullable(),
  at: t.timestamp(),
  loaded_at: t.timestamp(),
  amount: t.float64().nullable(),
  note: t.string().nullable(),
  cents: t.int64().nullable(),
};
const purchase = (user_id: string | null, happened: Value, loaded: Value = happened, amount: number | null = 1): Given => ({
  user_id,
  at: happened,
  loaded_at: loaded,
  amount,
  note: "n",
  cents: 2n ** 62n,
});
const source = (list: readonly Given[]): ReturnType<typeof plainSource> => plainSource(list);
function plainSource(list: readonly Given[]) {
  return events("purchases", { schema, eventTime: "at", availableAt: "loaded_at", batch: rows(list) });
}
const labelSchema = { user_id: t.string().nullable(), at: t.timestamp(), y: t.boolean().nullable() };
const labelled = (list: readonly Given[]) => labels("churn", { schema: labelSchema, at: "at", from: rows(list) });

/** A service of one view over purchases. */
function serviceOf(list: readonly Given[], refresh = streaming()) {
  const spending = featureView("spending", {
    entity: user,
    source: source(list),
    refresh,
    features: ({ count, sum, last }) => ({
      n: count().over("7d"),
      spend: sum((p) => p.amount).over("7d"),
      cents: sum((p) => p.cents).lifetime(),
      note: last((p) => p.note)
        .over("7d")
        .default("none"),
      newest: last((p) => p.at).lifetime(),
    }),
  });
  return planService(featureService("checkout", { features: [spending] }));
}

type Options = Partial<TrainingRequest> & { readonly version?: string };
function build(service: TrainingRequest["service"], list: TrainingRequest["labels"], options: Options = {}): Promise<TrainingSet> {
  return buildTrainingSet(offline, "9.9.9", { service, labels: list, folder: out, clock: manualClock(parseTime("2026-02-01")), ...options });
}

async function rowsOf(set: TrainingSet): Promise<Given[]> {
  const all: Given[] = [];
  for await (const row of set) all.push(row as Given);
  return all;
}

describe("rows", () => {
  test("one per label, in the labels' order: duplicates, unknown entities, null keys, before all history", async () => {
    const history = [purchase("u1", at(1)), purchase("u1", at(2), at(5), 2.5), purchase("u2", at(3), at(3), null), purchase(null, at(3))];
    const list = [
      { user_id: "u2", at: at(9), y: true },
      { user_id: "u1", at: at(4), y: false },
      { user_id: "nobody", at: at(4), y: null },
      { user_id: null, at: at(4), y: true },
      { user_id: "u1", at: at(4), y: false },
      { user_id: "u1", at: timestamp("1969-07-20T20:17:40Z"), y: true },
      { user_id: "u1", at: at(5, "00:00:00.000001"), y: false },
    ];
    const set = await build(serviceOf(history), labelled(list));
    const none = { n: 0, spend: null, cents: null, note: "none", newest: null };
    const seen = await rowsOf(set);
    expect(seen.map(({ at, newest, ...row }) => ({ ...row, at: String(at), newest: newest === null ? null : String(newest) }))).toEqual([
      { user_id: "u2", at: "2026-01-09T00:00:00Z", y: true, n: 1, spend: null, cents: 2n ** 62n, note: "n", newest: "2026-01-03T00:00:00Z" },
      { user_id: "u1", at: "2026-01-04T00:00:00Z", y: false, n: 1, spend: 1, cents: 2n ** 62n, note: "n", newest: "2026-01-01T00:00:00Z" },
      { user_id: "nobody", at: "2026-01-04T00:00:00Z", y: null, ...none },
      { user_id: null, at: "2026-01-04T00:00:00Z", y: true, ...none },
      { user_id: "u1", at: "2026-01-04T00:00:00Z", y: false, n: 1, spend: 1, cents: 2n ** 62n, note: "n", newest: "2026-01-01T00:00:00Z" },
      { user_id: "u1", at: "1969-07-20T20:17:40Z", y: true, ...none },
      { user_id: "u1", at: "2026-01-05T00:00:00.000001Z", y: false, n: 2, spend: 3.5, cents: 2n ** 63n, note: "n", newest: "2026-01-02T00:00:00Z" },
    ]);
    expect(set.manifest).toMatchObject({ rows: 7, service: "checkout", asof: "9.9.9", availability: "recorded", createdAt: "2026-02-01T00:00:00Z" });
    expect(set.manifest.columns.find(({ name }) => name === "spend")).toEqual({ name: "spend", kind: "float64", role: "feature", nulls: 4 });
    expect(set.manifest.sources[0]?.withoutKey).toEqual([{ reason: "user_id is null", rows: 1, first: "row 4" }]);
    const reopened = await openTrainingSet(offline, out);
    expect(await rowsOf(reopened)).toEqual(seen);
    const { spend, note } = await reopened.columns("spend", "note");
    expect(spend).toEqual({ kind: "float64", numbers: Float64Array.of(NaN, 1, NaN, NaN, 1, NaN, 3.5) });
    expect(note?.kind).toBe("string");
  });

  test("an empty label set gives an empty file with every column", async () => {
    const set = await build(serviceOf([purchase("u1", at(1))]), labelled([]));
    expect(await rowsOf(set)).toEqual([]);
    expect(set.manifest.columns.map(({ name }) => name)).toEqual(["user_id", "at", "y", "n", "spend", "cents", "note", "newest"]);
  });

  test("an empty history gives values of nothing", async () => {
    expect(await rowsOf(await build(serviceOf([]), labelled([{ user_id: "u1", at: at(1), y: true }])))).toMatchObject([{ n: 0, spend: null, note: "none" }]);
  });

  test("views under two names, and of other keys, stand beside each other", async () => {
    const list = [purchase("u1", at(1)), purchase("u2", at(1)), purchase("u2", at(2))];
    const counts = featureView("counts", {
      entity: user,
      source: source(list),
      refresh: streaming(),
      features: ({ count }) => ({ n: count().over("7d"), m: count().lifetime() }),
    });
    const service = planService(featureService("both", { features: [counts.pick("m"), counts.as("seller", { user_id: "seller_id" })] }));
    const both = labels("both", {
      schema: { user_id: t.string(), seller_id: t.string(), at: t.timestamp() },
      at: "at",
      from: rows([{ user_id: "u1", seller_id: "u2", at: at(3) }]),
    });
    expect(await rowsOf(await build(service, both))).toMatchObject([{ m: 1, seller_n: 2, seller_m: 2 }]);
  });
});

test("the labels' order is that of their files, however many rows and files there are", async () => {
  const many = 400_000;
  for (const [file, from] of [
    ["b", many],
    ["a", 0],
  ] as const) {
    await offline.db.run(
      `COPY (SELECT 'u' || ((range * 7919) % 1000) AS user_id, TIMESTAMP '2026-01-20' - to_seconds((range * 104729) % 1000000) AS at, range AS id FROM range(${from}, ${from + many})) TO '${join(root, `ordered-${file}.parquet`)}'`,
    );
  }
  const history = Array.from({ length: 1000 }, (_, i) => Array.from({ length: i % 7 }, () => purchase(`u${i}`, at(1)))).flat();
  const asked = labels("ordered", { schema: { user_id: t.string(), at: t.timestamp(), id: t.int64() }, at: "at", from: parquet("ordered-*.parquet") });
  const counts = featureView("counts", { entity: user, source: source(history), refresh: streaming(), features: ({ count }) => ({ n: count().lifetime() }) });
  const set = await build(planService(featureService("s", { features: [counts] })), asked);
  const { id, n } = await set.columns("id", "n");
  if (id?.kind !== "int64" || n?.kind !== "int32") throw new Error(JSON.stringify([id?.kind, n?.kind]));
  const wrong = Array.from(id.words).findIndex((word, i) => word !== BigInt(i) || n.numbers[i] !== ((i * 7919) % 1000) % 7);
  expect([id.words.length, wrong]).toEqual([2 * many, -1]);
});

describe("time", () => {
  const list = [purchase("u1", at(1)), purchase("u1", at(2), at(6))];

  test("instant availability ignores the second clock, and says so", async () => {
    const set = await build(serviceOf(list), labelled([{ user_id: "u1", at: at(4), y: true }]), { availability: "instant" });
    expect(await rowsOf(set)).toMatchObject([{ n: 2 }]);
    expect(set.manifest.availability).toBe("instant");
  });

  test("history that was migrated on one day counts from its event time on", async () => {
    const migrated = events("purchases", {
      schema,
      eventTime: "at",
      availableAt: { column: "loaded_at", trustedFrom: "2026-01-20", delay: "1h" },
      batch: rows([purchase("u1", at(1), at(19)), purchase("u1", at(2), at(19)), purchase("u1", at(3), at(21))]),
    });
    const view = featureView("counts", { entity: user, source: migrated, refresh: streaming(), features: ({ count }) => ({ n: count().lifetime() }) });
    const moments = [at(1, "01:00:00"), at(1, "01:00:00.000001"), at(4), at(22)];
    const set = await build(
      planService(featureService("s", { features: [view] })),
      labelled(moments.map((moment) => ({ user_id: "u1", at: moment, y: true }))),
    );
    expect((await rowsOf(set)).map(({ n }) => n)).toEqual([0, 1, 2, 3]);
  });

  test("without a record a daily view shows its last tick; with one, what the pointer showed, backwards too", async () => {
    const daily = [1, 2, 3, 4, 5, 6].map((day) => purchase("u1", at(day, "12:00:00")));
    const service = serviceOf(daily, every("1d", { delay: "1h" }));
    const asked = labelled(
      [at(4, "01:00:00"), at(4, "01:00:00.000001"), at(5, "12:00:00"), at(6, "12:00:00")].map((moment) => ({ user_id: "u1", at: moment, y: true })),
    );
    expect((await rowsOf(await build(service, asked))).map(({ n }) => n)).toEqual([2, 3, 4, 5]);
    const move = (from: number, tick: number, kind: "publish" | "rollback") => ({
      from: parseTime(`2026-01-0${from}`),
      tick: parseTime(`2026-01-0${tick}`),
      run: tick,
      kind,
    });
    const records = { spending: { view: "spending", version: "1", moves: [move(5, 5, "publish"), move(6, 3, "rollback")] } };
    expect((await rowsOf(await build(service, asked, { records }))).map(({ n }) => n)).toEqual([2, 3, 4, 2]);
  });

  test("a value older than maxAge is null, or its default", async () => {
    const view = featureView("aged", {
      entity: user,
      source: source(list),
      refresh: every("1d"),
      maxAge: "6h",
      features: ({ count }) => ({ n: count().lifetime(), m: count().lifetime().default(-1) }),
    });
    const set = await build(
      planService(featureService("s", { features: [view] })),
      labelled([at(3, "06:00:00"), at(3, "06:00:00.000001")].map((moment) => ({ user_id: "u1", at: moment, y: true }))),
    );
    expect((await rowsOf(set)).map(({ n, m }) => [n, m])).toEqual([
      [1, 1],
      [null, -1],
    ]);
  });
});

describe("rows that are refused", () => {
  test("bad times and keys are counted by reason, with the first place", async () => {
    const long = "k".repeat(1100);
    const lines = [
      "user_id,at,loaded_at,amount",
      "u1,2026-01-01,2026-01-01,1",
      "u1,soon,2026-01-01,1",
      "u1,9999-01-01,2026-01-01,1",
      "u1,,2026-01-01,1",
      "u1,2026-01-02,,1",
      `${long},2026-01-01,2026-01-01,1`,
      ",2026-01-01,2026-01-01,Infinity",
    ];
    await writeFile(join(root, "purchases.csv"), `${lines.join("\n")}\n`);
    const { user_id, at: time, loaded_at, amount } = schema;
    const purchases = events("purchases", {
      schema: { user_id, at: time, loaded_at, amount },
      eventTime: "at",
      availableAt: "loaded_at",
      batch: csv("purchases.csv"),
    });
    const view = featureView("counts", {
      entity: user,
      source: purchases,
      refresh: streaming(),
      features: ({ count, sum }) => ({ n: count().lifetime(), spend: sum((p) => p.amount).lifetime() }),
    });
    const set = await build(
      planService(featureService("s", { features: [view] })),
      labelled([
        { user_id: "u1", at: at(9), y: true },
        { user_id: long, at: at(9), y: true },
      ]),
    );
    expect((await rowsOf(set)).map(({ n }) => n)).toEqual([1, 0]);
    expect(set.manifest.sources[0]).toMatchObject({
      rows: 7,
      refused: [
        { reason: "at is no time between the years 1684 and 2255", rows: 2, first: 'purchases.csv, line 3: "soon"' },
        { reason: "at is null", rows: 1, first: "purchases.csv, line 5" },
        { reason: "loaded_at is null", rows: 1, first: "purchases.csv, line 6" },
        { reason: "its key user_id has more than 1024 encoded bytes", rows: 1, first: expect.stringContaining("line 7") },
      ],
      withoutKey: [{ rows: 1, first: "purchases.csv, line 8" }],
      lost: [{ rows: 1, first: 'purchases.csv, line 8: "Infinity"' }],
    });
  });

  test("keys may hold a NUL", async () => {
    const set = await build(serviceOf([purchase("u\0", at(1)), purchase("u", at(1))]), labelled([{ user_id: "u\0", at: at(2), y: true }]));
    expect(await rowsOf(set)).toMatchObject([{ user_id: "u\0", n: 1 }]);
  });

  test("a row without an id counts nowhere, though every id is there once", async () => {
    await writeFile(join(root, "orders.csv"), "user_id,at,id\nu1,2026-01-01,a\nu1,2026-01-01,\nu1,2026-01-01,b\n");
    const { user_id, at: time } = schema;
    const source = events("orders", {
      schema: { user_id, at: time, id: t.string().nullable() },
      eventTime: "at",
      availableAt: { delay: "0s" },
      id: "id",
      batch: csv("orders.csv"),
    });
    const view = featureView("counts", { entity: user, source, refresh: every("1d"), features: ({ count }) => ({ n: count().lifetime() }) });
    const set = await build(planService(featureService("s", { features: [view] })), labelled([{ user_id: "u1", at: at(9), y: true }]));
    expect((await rowsOf(set)).map(({ n }) => n)).toEqual([2]);
    expect(set.manifest.sources[0]).toMatchObject({ rows: 3, refused: [{ reason: "id is null", rows: 1, first: "orders.csv, line 3" }] });
  });

  test("rows of one id are versions of one row: equal ones are one, others take its place once they are available, and a delete ends it", async () => {
    const versions = (list: readonly Given[]) =>
      planService(
        featureService("s", {
          features: [
            featureView("v", {
              entity: user,
              source: events("orders", {
                schema: { ...schema, id: t.string(), gone: t.boolean() },
                eventTime: "at",
                availableAt: "loaded_at",
                id: "id",
                deleted: "gone",
                batch: rows(list.map((row) => ({ gone: false, ...row }))),
              }),
              refresh: streaming(),
              features: ({ count }) => ({ n: count().lifetime() }),
            }),
          ],
        }),
      );
    const asked = labelled([at(3), at(6)].map((moment) => ({ user_id: "u1", at: moment, y: true })));
    const same = [
      { ...purchase("u1", at(1), at(5)), id: "a" },
      { ...purchase("u1", at(1), at(2)), id: "a" },
      { ...purchase("u1", at(1), at(5)), id: "b" },
    ];
    expect((await rowsOf(await build(versions(same), asked))).map(({ n }) => n)).toEqual([1, 2]);
    const moved = [
      { ...purchase("u1", at(1), at(2)), id: "a" },
      { ...purchase("u2", at(1), at(4)), id: "a" },
      { ...purchase("u1", at(1), at(2)), id: "b" },
      { ...purchase("u1", at(1), at(5)), id: "b", gone: true },
      { ...purchase("u1", at(1), at(2)), id: "c" },
    ];
    expect((await rowsOf(await build(versions(moved), asked))).map(({ n }) => n)).toEqual([3, 1]);
  });
});

describe("labels that are refused", () => {
  const service = serviceOf([purchase("u1", at(1))]);

  test("a label without a time names its row", async () => {
    await expect(
      build(
        service,
        labelled([
          { user_id: "u1", at: at(1), y: true },
          { user_id: "u1", at: null, y: true },
        ]),
      ),
    ).rejects.toMatchObject({ code: "LABELS_NO_TIME", where: "labels churn, row 2" });
    await expect(build(service, labelled([{ user_id: "u1", at: { ...timestamp("2026-01-01"), micros: 2n ** 60n }, y: true }]))).rejects.toMatchObject({
      code: "LABELS_NO_TIME",
      message: expect.stringContaining("1684"),
    });
  });

  test("a missing key, a key of another type, a label column with the name of a feature", async () => {
    const from = rows([{ user: "u1", user_id: 1, at: at(1), n: 1 }]);
    const list = (given: Parameters<typeof labels>[1]["schema"]) => build(service, labels("churn", { schema: given, at: "at" as never, from }));
    await expect(list({ user: t.string(), at: t.timestamp() })).rejects.toMatchObject({
      code: "LABELS_MISSING_COLUMN",
      message: expect.stringContaining("'user_id'"),
    });
    await expect(list({ user_id: t.int32(), at: t.timestamp() })).rejects.toMatchObject({ code: "LABELS_WRONG_TYPE" });
    await expect(list({ user_id: t.string(), at: t.timestamp(), n: t.int32() })).rejects.toMatchObject({ code: "LABELS_NAME_TWICE" });
  });
});

describe("folders", () => {
  const service = serviceOf([purchase("u1", at(1))]);
  const one = labelled([{ user_id: "u1", at: at(2), y: true }]);

  test("an abort leaves nothing, whenever it comes", async () => {
    for (const phase of ["labels", "features", "writing"] as const) {
      const cancel = new AbortController();
      const progress: NonNullable<TrainingRequest["progress"]> = (step) => step.phase === phase && cancel.abort(new Error("enough"));
      await expect(build(service, one, { signal: cancel.signal, progress })).rejects.toThrow("enough");
      expect(await readdir(join(out, ".."))).toEqual([]);
    }
    expect((await build(service, one)).rows).toBe(1);
  });

  test("an older training set is replaced, anything else is left alone", async () => {
    await build(service, one);
    await build(service, labelled([]));
    expect((await openTrainingSet(offline, out)).rows).toBe(0);
    expect((await readdir(out)).toSorted()).toEqual(["data.parquet", "manifest.json"]);
    expect(await readdir(join(out, ".."))).toEqual(["set"]);
    const taken = join(out, "..");
    await expect(build(service, one, { folder: taken })).rejects.toMatchObject({ code: "TRAINING_FOLDER_TAKEN" });
    await expect(openTrainingSet(offline, taken)).rejects.toMatchObject({ code: "TRAINING_NOT_FOUND" });
  });

  test("a training set's file can be the labels of another", async () => {
    await build(service, one);
    const again = labels("again", {
      schema: { user_id: t.string(), at: t.timestamp(), newest: t.timestamp() },
      at: "at",
      from: parquet(join(out, "data.parquet")),
    });
    const counts = featureView("counts", {
      entity: user,
      source: source([purchase("u1", at(1))]),
      refresh: streaming(),
      features: ({ count }) => ({ counted: count().lifetime() }),
    });
    const set = await build(planService(featureService("s", { features: [counts] })), again, { folder: `${out}-2` });
    expect((await rowsOf(set)).map((row) => ({ ...row, at: String(row["at"]), newest: String(row["newest"]) }))).toEqual([
      { user_id: "u1", at: "2026-01-02T00:00:00Z", newest: "2026-01-01T00:00:00Z", counted: 1 },
    ]);
  });
});

test("a row function that reads a column its text does not name is given it all the same", async () => {
  const hidden = ["am", "ount"].join("") as "amount";
  const view = featureView("hidden", {
    entity: user,
    source: source([purchase("u1", at(1), at(1), 4)]),
    refresh: streaming(),
    features: ({ sum }) => ({ total: sum((p) => p[hidden], { type: t.float64() }).lifetime() }),
  });
  expect(await rowsOf(await build(planService(featureService("s", { features: [view] })), labelled([{ user_id: "u1", at: at(2), y: true }])))).toMatchObject([
    { total: 4 },
  ]);
});
