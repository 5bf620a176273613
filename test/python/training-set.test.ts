// Python reads a training set as it is: every value that polars finds is the one that asof gives, to the bit.
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildTrainingSet, type TrainingSet } from "../../src/offline/training-set.ts";
import { doubleOf, REGIME_NAMES } from "../property/doubles.ts";
import { chance, SEED } from "../property/runs.ts";
import { entity } from "../../src/define/entity.ts";
import { events, rows } from "../../src/define/source.ts";
import { featureService } from "../../src/define/feature-service.ts";
import { featureView } from "../../src/define/feature-view.ts";
import { labels } from "../../src/define/labels.ts";
import { DAY, HOUR, isTimestamp, parseTime, systemClock, timestampOf } from "../../src/time.ts";
import { Offline } from "../../src/offline/offline.ts";
import { planService } from "../../src/plan/service-plan.ts";
import { streaming } from "../../src/define/refresh.ts";
import { t, type FeatureMap, type FeatureValue, type Scalar, type ValueKind } from "../../src/schema/value-type.ts";

const POLARS = "polars==2.1.0";
const VENV = fileURLToPath(new URL("../../.cache/venv", import.meta.url));
const PYTHON = join(VENV, "bin", "python");
const SCRIPT = fileURLToPath(new URL("read_training_set.py", import.meta.url));
const run = promisify(execFile);

let root: string;
let offline: Offline;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "asof-python-"));
  offline = await Offline.open(root);
  if (!existsSync(PYTHON)) await run("python3", ["-m", "venv", VENV]);
  await run(PYTHON, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", POLARS]);
}, 300_000);
afterAll(async () => {
  await offline.close();
  await rm(root, { recursive: true });
});

const TEXTS = ["", "a", "\0", "tab\tand\nbreak", "é", "\u{1F600}", "__proto__", null];
const START = parseTime("1969-12-30");

/** A training set with every kind of label and feature, over doubles of every size. */
async function trainingSet(): Promise<TrainingSet> {
  const random = chance(SEED);
  const text = (): string | null => TEXTS[random(TEXTS.length)] ?? null;
  const moment = (): ReturnType<typeof timestampOf> => timestampOf(START + random(8) * (DAY / 2) + random(5) * HOUR + random(3));
  const regimeOf = (): (typeof REGIME_NAMES)[number] => REGIME_NAMES[random(REGIME_NAMES.length)] as (typeof REGIME_NAMES)[number];
  const history = Array.from({ length: 2000 }, () => ({
    k: `u${random(30)}`,
    at: moment(),
    x: random(9) === 0 ? null : doubleOf(regimeOf(), random(2 ** 32 - 1), random(2 ** 32 - 1)),
    n: BigInt(random(2 ** 31)) * 2n ** 31n,
    q: random(100),
    s: text(),
    b: random(2) === 0,
  }));
  const schema = { k: t.string(), at: t.timestamp(), x: t.float64().nullable(), n: t.int64(), q: t.int32(), s: t.string().nullable(), b: t.boolean() };
  const source = events("events", { schema, eventTime: "at", availableAt: { delay: "1h" }, tieBreak: ["q"], batch: rows(history) });
  const everything = featureView("everything", {
    entity: entity("user", { k: t.string() }),
    source,
    refresh: streaming(),
    features: ({ count, sum, mean, min, max, last, lastN, topK }) => ({
      rows: count().over("12h"),
      total: sum((p) => p.x).over("1d"),
      wide: sum((p) => p.n).lifetime(),
      average: mean((p) => p.x).over("1d"),
      least: min((p) => p.x).lifetime(),
      whole: max((p) => p.n).over("2d"),
      text: last((p) => p.s).over("2d"),
      flag: last((p) => p.b).over("12h"),
      when: max((p) => p.at).lifetime(),
      texts: lastN((p) => p.s, 3).over("1d"),
      doubles: lastN((p) => p.x, 4).lifetime(),
      moments: lastN((p) => p.at, 2).over("2d"),
      flags: lastN((p) => p.b, 2).over("12h"),
      // fails where the window holds more than three texts: a null list
      top: topK((p) => p.s, 2, { limit: 3 }).over("1d"),
      // some of its values are null: no row of the text has an x
      by_text: sum((p) => p.x)
        .by((p) => p.s)
        .over("1d"),
      by_whole: sum((p) => p.n)
        .by((p) => p.n % 3n)
        .lifetime(),
      nested: lastN((p) => p.s, 2)
        .by((p) => p.b)
        .over("2d"),
    }),
  });
  const asked = Array.from({ length: 1000 }, () => ({
    k: random(20) === 0 ? null : `u${random(32)}`,
    t: moment(),
    y: random(3) === 0 ? null : doubleOf(regimeOf(), random(2 ** 32 - 1), 7),
    id: BigInt(random(2 ** 31)) - 2n ** 62n,
    note: text(),
    ok: random(2) === 0,
    i: random(9) - 4,
  }));
  const from = labels("asked", {
    schema: {
      k: t.string().nullable(),
      t: t.timestamp(),
      y: t.float64().nullable(),
      id: t.int64(),
      note: t.string().nullable(),
      ok: t.boolean(),
      i: t.int32(),
    },
    at: "t",
    from: rows(asked),
  });
  return buildTrainingSet(offline, "0.0.0", {
    service: planService(featureService("tried", { features: [everything] })),
    labels: from,
    folder: join(root, "set"),
    clock: systemClock,
  });
}

/** A value as the Python script prints it. */
function textOf(value: FeatureValue, kind: ValueKind): string {
  if (value === null) return "";
  if (typeof kind === "string") return scalarText(value as Scalar, kind === "float64");
  if ("list" in kind) return `[${(value as readonly Scalar[]).map((item) => textOf(item, kind.list)).join()}]`;
  return `[${Array.from(value as FeatureMap, ([key, item]) => `${textOf(key, kind.map)}=${textOf(item, kind.of)}`).join()}]`;
}

function scalarText(value: Scalar, isDouble: boolean): string {
  if (isTimestamp(value)) return String(value.micros);
  if (typeof value === "string") return `"${Array.from(value.split(""), (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`).join("")}"`;
  if (typeof value !== "number" || !isDouble) return String(value);
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  return bytes.toString("hex");
}

test("polars reads the values that asof gives", async () => {
  const set = await trainingSet();
  const { stdout } = await run(PYTHON, [SCRIPT, set.path], { maxBuffer: 2 ** 28 });
  const [names, ...python] = stdout.replace(/\n$/, "").split("\n");
  const { columns } = set.manifest;
  expect(names?.split("\t")).toEqual(columns.map(({ name }) => name));
  const asof: string[] = [];
  for await (const row of set) asof.push(columns.map(({ name, kind }) => textOf(row[name] as FeatureValue, kind)).join("\t"));
  expect(asof.length).toBe(1000);
  expect(python).toEqual(asof);
  for (const { name, role, nulls } of columns) if (role === "feature") expect(nulls, `${name} must not be null everywhere`).toBeLessThan(1000);
  expect(columns.find(({ name }) => name === "top")?.nulls).toBeGreaterThan(0);
  expect(columns.find(({ name }) => name === "nested")).toMatchObject({ kind: { map: "boolean", of: { list: "string" } }, nulls: 0 });
});
