// Outcomes and splits end to end: what came of each point, when it is known, and what keeps the parts of a training set apart.
import fc from "fast-check";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  defineConfig,
  entity,
  events,
  featureService,
  featureView,
  labels,
  manualClock,
  openStore,
  outcome,
  parseTime,
  rows,
  streaming,
  t,
  timestamp,
} from "asof";
import type { Store } from "asof";

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "asof-outcome-"));
});
afterAll(() => rm(root, { recursive: true }));

const day = (n: number, time = "00:00:00"): ReturnType<typeof timestamp> => timestamp(`2026-03-${String(n).padStart(2, "0")}T${time}Z`);
const user = entity("user", { user_id: t.string() });
const schema = {
  order_id: t.string(),
  user_id: t.string().nullable(),
  at: t.timestamp(),
  loaded_at: t.timestamp(),
  cancelled: t.boolean(),
  amount: t.float64(),
};
interface Given {
  readonly order_id: string;
  readonly user_id: string | null;
  readonly at: ReturnType<typeof timestamp>;
  readonly loaded_at: ReturnType<typeof timestamp>;
  readonly cancelled: boolean;
  readonly amount: number;
}
const order = (order_id: string, user_id: string | null, at: Given["at"], { cancelled = false, loaded_at = at, amount = 1 }: Partial<Given> = {}): Given => ({
  order_id,
  user_id,
  at,
  loaded_at,
  cancelled,
  amount,
});

/** A shop whose orders may be corrected, with a service over them. */
function shopOf(list: readonly Given[]) {
  const orders = events("orders", { schema, eventTime: "at", availableAt: "loaded_at", id: "order_id", late: "1d", batch: rows(list as never) });
  const view = featureView("ordered", {
    entity: user,
    source: orders,
    refresh: streaming(),
    features: ({ count, lastN }) => ({
      n: count().lifetime(),
      before: lastN((p) => p.order_id, 999).lifetime(),
    }),
  });
  return { orders, service: featureService("shop", { features: [view] }) };
}

const ORDERS = [
  order("a", "u1", day(1)),
  order("b", "u1", day(4), { cancelled: true }),
  order("c", "u1", day(9)),
  order("c", "u1", day(9), { cancelled: true, loaded_at: day(15) }),
  order("d", "u2", day(4)),
  order("e", null, day(5), { cancelled: true }),
  order("f", "u2", day(20)),
  order("g", "u1", day(1), { amount: 2 }),
];

async function opened<T>(service: ReturnType<typeof shopOf>["service"], use: (store: Store) => Promise<T>, now = "2026-03-25"): Promise<T> {
  const store = await openStore(defineConfig({ services: [service] }), { root, clock: manualClock(parseTime(now)) });
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}

async function all<R>(set: AsyncIterable<R>): Promise<R[]> {
  const list: R[] = [];
  for await (const row of set) list.push(row);
  return list;
}

describe("an outcome", () => {
  const { orders, service } = shopOf(ORDERS);
  const cancelled = outcome("cancelled", { entity: user, source: orders, label: ({ exists }) => exists((p) => p.cancelled).within("3d") });

  test("has a point for each row with a key, once, and the label of what was known at the cut", async () => {
    const lines = (cut?: string) =>
      opened(service, async (store) => {
        const set = await store.training(service, cancelled, { out: "set", ...(cut === undefined ? {} : { cut }) });
        expect(set.manifest.columns.map(({ name, role }) => `${role} ${name}`)).toEqual([
          "label user_id",
          "label label_time",
          "label cancelled",
          "feature n",
          "feature before",
        ]);
        const seen = await all(set);
        return { seen: seen.map((row) => `${row.user_id} ${String(row.label_time).slice(8, 10)} ${row.cancelled} ${row.n}`), manifest: set.manifest };
      });
    // b is 3d after a and g: it lies at their edge, and does not count for them.
    const now = await lines();
    expect(now.seen).toEqual(["u1 01 false 0", "u1 04 true 2", "u2 04 false 0", "u1 09 true 3", "u2 20 false 1"]);
    expect(now.manifest.labels).toMatchObject({
      name: "cancelled",
      outcome: { cut: "2026-03-25T00:00:00Z", immature: 0, failed: 0, horizonMicros: 3 * 864e8, lateMicros: 864e8 },
    });
    expect(now.manifest.sources).toHaveLength(1);
    expect(now.manifest.split).toBeNull();
    // The cancellation of c came at the cut itself, so it is not known; f is not mature, nor is it known.
    const then = await lines("2026-03-15");
    expect(then.seen).toEqual(["u1 01 false 0", "u1 04 true 2", "u2 04 false 0", "u1 09 false 3"]);
    expect((await lines("2026-03-15T00:00:00.000001Z")).seen.at(-1)).toBe("u1 09 true 3");
    expect((await lines("2026-03-15")).manifest.labels).toEqual(then.manifest.labels);
    // Mature once T + 3d + 1d is below the cut: the points of the 4th are not at the 8th, but just after.
    expect((await lines("2026-03-08")).manifest.labels.outcome?.immature).toBe(2);
    expect((await lines("2026-03-08T00:00:00.000001Z")).manifest.labels.outcome?.immature).toBe(0);
  });

  test("may be about the rows of other labels, whose columns all pass through", async () => {
    const at = labels("visits", {
      schema: { visit: t.int32(), user_id: t.string().nullable(), seen: t.timestamp() },
      at: "seen",
      from: rows([
        { visit: 3, user_id: "u1", seen: day(7) },
        { visit: 1, user_id: null, seen: day(7) },
        { visit: 2, user_id: "u1", seen: day(24) },
        { visit: 4, user_id: "u2", seen: day(2) },
        { visit: 4, user_id: "u2", seen: day(2) },
      ]),
    });
    const { lines, manifest } = await opened(service, async (store) => {
      const spent = outcome("spent", { entity: user, source: orders, where: (p) => !p.cancelled, label: ({ sum }) => sum((p) => p.amount).within("3d"), at });
      const set = await store.training(service, spent, { out: "visits" });
      return { lines: (await all(set)).map(({ visit, user_id, spent: sum, n }) => [visit, user_id, sum, n]), manifest: set.manifest };
    });
    expect(lines).toEqual([
      [3, "u1", null, 3],
      [1, null, null, 0],
      [4, "u2", 1, 0],
      [4, "u2", 1, 0],
    ]);
    expect(manifest.labels.outcome?.immature).toBe(1);
  });

  test("counts one version of a row: the older until the cut is past the newer one's arrival", async () => {
    const counted = outcome("counted", { entity: user, source: orders, label: ({ lastN }) => lastN((p) => (p.cancelled ? "new" : "old"), 9).within("3d") });
    const last = (cut: string) =>
      opened(service, async (store) => (await all(await store.training(service, counted, { out: "versions", cut }))).at(-1)?.counted);
    expect([await last("2026-03-15"), await last("2026-03-15T00:00:00.000001Z")]).toEqual([["old"], ["new"]]);
  });

  test("of lists and maps too", async () => {
    const spent = outcome("spent", {
      entity: user,
      source: orders,
      label: ({ sum }) =>
        sum((p) => p.amount)
          .by((p) => p.cancelled)
          .within("4d"),
    });
    const first = await opened(service, async (store) => (await all(await store.training(service, spent, { out: "maps" })))[0]);
    expect(first?.spent).toEqual(
      new Map([
        [false, 3],
        [true, 1],
      ]),
    );
  });
});

test("features and labels share no row: the ones lie before T, the others from T on", async () => {
  const history = fc.array(fc.tuple(fc.constantFrom("u1", "u2"), fc.integer({ min: 1, max: 4 }), fc.integer({ min: 0, max: 3 })), {
    minLength: 1,
    maxLength: 20,
    size: "max",
  });
  await fc.assert(
    fc.asyncProperty(history, async (list) => {
      const given = list.map(([key, at, second], i) => order(`o${i}`, key, day(at, `00:00:0${second}`)));
      const { orders, service } = shopOf(given);
      const after = outcome("after", { entity: user, source: orders, label: ({ firstN }) => firstN((p) => p.order_id, 999).within("2s") });
      const seen = await opened(service, async (store) => all(await store.training(service, after, { out: "leaks" })));
      expect(new Set(seen.map((row) => `${row.user_id} ${String(row.label_time)}`)).size).toBe(seen.length);
      for (const { user_id, label_time, before, after: came } of seen) {
        const [past, future] = [before, came];
        expect(future.filter((id) => past.includes(id))).toEqual([]);
        const end = label_time.micros + 2_000_000n;
        const expected = given.filter((row) => row.user_id === user_id && row.at.micros < end).map((row) => row.order_id);
        expect([...past, ...future].toSorted()).toEqual(expected.toSorted());
      }
    }),
    { numRuns: 25 },
  );
}, 60_000);

describe("a split", () => {
  const { orders, service } = shopOf([1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((n) => order(`o${n}`, "u1", day(n))));
  const cancelled = outcome("cancelled", { entity: user, source: orders, label: ({ exists }) => exists((p) => p.cancelled).within("1d") });

  test("leaves what is not known by the end of its part in the embargo", async () => {
    await opened(service, async (store) => {
      const set = await store.training(service, cancelled, { out: "split", split: { validation: "2026-03-05", test: day(9) } });
      const parts = (await all(set)).map(({ label_time, split }) => `${String(label_time).slice(8, 10)} ${split}`);
      // Known 1d + 1d late after T: T = 3 is known by 5, T = 7 by 9.
      expect(parts).toEqual([
        "01 train",
        "02 train",
        "03 train",
        "04 null",
        "05 validation",
        "06 validation",
        "07 validation",
        "08 null",
        "09 test",
        "10 test",
      ]);
      expect(set.manifest.split).toEqual({
        validation: "2026-03-05T00:00:00Z",
        test: "2026-03-09T00:00:00Z",
        embargoMicros: 2 * 864e8,
        rows: { train: 3, validation: 3, test: 2, embargo: 2 },
      });
      expect(set.manifest.columns.find(({ name }) => name === "split")).toEqual({ name: "split", kind: "string", role: "split", nulls: 2 });
    });
  });

  test("of labels that are data has the embargo of their maturity", async () => {
    const list = [1, 2, 3, 4].map((n) => ({ user_id: "u1", at: day(n), y: n > 2 }));
    const churn = (maturity?: "1d") =>
      labels("churn", {
        schema: { user_id: t.string(), at: t.timestamp(), y: t.boolean() },
        at: "at",
        from: rows(list),
        ...(maturity === undefined ? {} : { maturity }),
      });
    await opened(service, async (store) => {
      const parts = async (maturity?: "1d") =>
        (await all(await store.training(service, churn(maturity), { out: "data", split: { test: day(3) } }))).map(({ split }) => split);
      expect(await parts()).toEqual(["train", "train", "test", "test"]);
      expect(await parts("1d")).toEqual(["train", "train", "test", "test"]);
      const late = labels("churn", { schema: { user_id: t.string(), at: t.timestamp() }, at: "at", from: rows(list), maturity: "25h" });
      expect((await all(await store.training(service, late, { out: "data", split: { test: day(3) } }))).map(({ split }) => split)).toEqual([
        "train",
        null,
        "test",
        "test",
      ]);
    });
  });

  test.each([
    ["a boundary that is no time", { test: "June" }, "TIME_UNREADABLE"],
    ["boundaries out of order", { validation: "2026-03-09", test: "2026-03-05" }, "TRAINING_BAD_SPLIT"],
    ["boundaries at one moment", { validation: day(5), test: "2026-03-05" }, "TRAINING_BAD_SPLIT"],
    ["a boundary that there is not", { test: day(5), train: day(1) }, "CONFIG_UNKNOWN_FIELD"],
  ])("with %s is refused", async (_, split, code) => {
    await opened(service, (store) => expect(store.training(service, cancelled, { out: "none", split: split as never })).rejects.toMatchObject({ code }));
  });
});

describe("is refused", () => {
  const { orders, service } = shopOf(ORDERS);
  const label = ({ exists }: { exists(): { within(horizon: "3d"): never } }): never => exists().within("3d");
  const named = (name: string) => outcome(name, { entity: user, source: orders, label: label as never });

  test.each([
    ["a cut of the future", named("came"), { cut: "2026-03-26" }, "TRAINING_CUT_AHEAD"],
    ["a cut that is no time", named("came"), { cut: "soon" }, "TIME_UNREADABLE"],
    ["an outcome with the name of a feature", named("n"), {}, "LABELS_NAME_TWICE"],
    ["a split of an outcome named split", named("split"), { split: { test: "2026-03-05" } }, "LABELS_NAME_TWICE"],
    [
      "points without the key",
      outcome("came", {
        entity: user,
        source: orders,
        label: label as never,
        at: labels("p", { schema: { at: t.timestamp() }, at: "at", from: rows([{ at: day(1) }]) }) as never,
      }),
      {},
      "LABELS_MISSING_COLUMN",
    ],
    [
      "a cut for labels that are data",
      labels("d", { schema: { user_id: t.string(), at: t.timestamp() }, at: "at", from: rows([]) }),
      { cut: "2026-03-05" },
      "TRAINING_NO_OUTCOME",
    ],
  ])("%s", async (_, asked, options, code) => {
    await opened(service, (store) => expect(store.build(store.plan("shop"), asked, { out: "none", ...options })).rejects.toMatchObject({ code }));
  });

  test.each([
    [
      "a label without a horizon",
      () => outcome("x", { entity: user, source: orders, label: (({ count }: { count(): unknown }) => count()) as never }),
      "DEFINITION_NO_HORIZON",
    ],
    ["an outcome named as its key", () => named("user_id"), "DEFINITION_NAME_TWICE"],
    ["an outcome named label_time", () => named("label_time"), "DEFINITION_NAME_TWICE"],
    [
      "a key that the source does not have",
      () => outcome("x", { entity: entity("shop", { shop_id: t.string() }) as never, source: orders, label: label as never }),
      "DEFINITION_UNKNOWN_COLUMN",
    ],
    ["points that are computed", () => outcome("x", { entity: user, source: orders, label: label as never, at: named("y") as never }), "DEFINITION_NOT_LABELS"],
    [
      "a future window as a feature",
      () => featureView("v", { entity: user, source: orders, refresh: streaming(), features: ((a: never) => ({ x: label(a) })) as never }),
      "DEFINITION_FUTURE_FEATURE",
    ],
    ["an outcome as a view", () => featureService("s", { features: [named("y") as never] }), "DEFINITION_NOT_A_VIEW"],
  ])("%s", (_, define, code) => {
    expect(define).toThrow(expect.objectContaining({ code }));
  });

  test("a setting that there is not, where a config lists outcomes as labels", () => {
    expect(defineConfig({ services: [service], labels: [named("came")] }).labels).toHaveLength(1);
    expect(() => outcome("x", { entity: user, source: orders, label: label as never, refresh: 1 } as never)).toThrow(
      expect.objectContaining({ code: "CONFIG_UNKNOWN_FIELD" }),
    );
  });
});
