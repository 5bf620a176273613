// A small project for the command line: purchases with ties, rows on every edge of a window, and late rows.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A project in a folder of its own. */
export interface Shop {
  readonly folder: string;
  /** The newest tick that is surely due: the hour before the current one. */
  readonly tick: string;
  /** The tick a day before. */
  readonly before: string;
  remove(): void;
}

const CONFIG = `
import { csv, defineConfig, embedded, entity, events, every, featureService, featureView, labels, t } from "asof";

const user = entity("user", { user_id: t.string() });
const shop = entity("shop", { shop_id: t.int64() });
const purchases = events("purchases", {
  schema: { user_id: t.string().nullable(), shop_id: t.int64(), at: t.timestamp(), loaded_at: t.timestamp(), amount: t.float64().nullable(), cents: t.int64(), kind: t.string() },
  eventTime: "at",
  availableAt: "loaded_at",
  batch: csv("purchases.csv"),
});
const spending = featureView("spending", {
  entity: user, source: purchases, refresh: every("1h"), maxAge: "30d",
  features: ({ count, sum, mean, last }) => ({
    n: count().overEach("1d", "7d"),
    spend_7d: sum((p) => p.amount).over("7d").default(0),
    mean_7d: mean((p) => p.amount).over("7d"),
    last_kind: last((p) => p.kind).lifetime(),
  }),
});
const shops = featureView("shops", {
  entity: shop, source: purchases, refresh: every("1h"),
  features: ({ sum, max }) => ({ takings: sum((p) => p.cents).over("7d"), newest: max((p) => p.at).over("7d", { offset: "1d" }) }),
});
const checkout = featureService("checkout", { request: { amount: t.float64(), note: t.string().nullable() }, features: [spending, shops] });
const churn = labels("churn", {
  schema: { user_id: t.string().nullable(), shop_id: t.int64(), amount: t.float64(), note: t.string().nullable(), label_time: t.timestamp(), churned: t.boolean() },
  at: "label_time",
  from: csv("labels.csv"),
});
export default defineConfig({ services: [checkout], labels: [churn], online: embedded({ path: "online" }), servingLog: "log", limits: { inputs: 100, bodyBytes: 20000 } });
`;

/** The shop that ids past 2^53 are tried with. */
export const SHOP = "9007199254740993";
/** Users u0 to u9 have purchases. */
export const USERS = 10;

/** Writes the project. */
export function createShop(): Shop {
  const folder = mkdtempSync(join(tmpdir(), "asof-shop-"));
  const tick = Math.floor(Date.now() / HOUR) * HOUR - HOUR;
  writeFileSync(join(folder, "asof.config.ts"), CONFIG);
  writeFileSync(join(folder, "purchases.csv"), purchases(tick));
  writeFileSync(join(folder, "labels.csv"), labels(tick));
  return {
    folder,
    tick: new Date(tick).toISOString(),
    before: new Date(tick - DAY).toISOString(),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function purchases(tick: number): string {
  const lines = ["user_id,shop_id,at,loaded_at,amount,cents,kind"];
  const add = (user: number, at: number, late: number, amount: string, kind: string): void => {
    lines.push(
      [user < 0 ? "" : `u${user}`, SHOP, new Date(at).toISOString(), new Date(at + late).toISOString(), amount, String(lines.length * 7), kind].join(","),
    );
  };
  for (let user = 0; user < USERS; user++) {
    for (let i = 0; i < 40; i++)
      add(user, tick - i * 7 * HOUR - user * MINUTE, (i % 5) * HOUR, i % 9 === 0 ? "" : `${i}.${user + 1}`, i % 2 === 0 ? "book" : "toy");
    for (const edge of [0, DAY, 2 * DAY, 7 * DAY, 8 * DAY]) add(user, tick - edge, -HOUR, "0.1", "edge");
    for (const kind of ["a", "c", "b"]) add(user, tick - 1, 0, "0.3", kind);
  }
  add(-1, tick - DAY, 0, "1", "nobody's");
  return `${lines.join("\n")}\n`;
}

function labels(tick: number): string {
  const lines = Array.from({ length: 60 }, (_, i) =>
    [i % 20 === 7 ? "" : `u${i % (USERS + 2)}`, SHOP, i, "", new Date(tick - (i % 30) * 5 * HOUR).toISOString(), i % 3 === 0].join(","),
  );
  return `user_id,shop_id,amount,note,label_time,churned\n${lines.join("\n")}\n`;
}
