// A project with a view on a schedule and one that streams, and both of its servers in this process.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineConfig, entity, events, every, featureService, featureView, ingest, openStore, rows, serve, serveIngest, streaming, t, timestamp } from "asof";
import { formatTime, systemClock, HOUR, SECOND } from "../../src/time.ts";
import type { RequestLog } from "../../src/serve/http.ts";
import type { Config, Serving, Store } from "asof";

const HOUR_AGO = Math.floor(systemClock.now() / HOUR) * HOUR - HOUR;
/** The newest tick that is surely due. */
export const TICK: string = formatTime(HOUR_AGO);

const schema = {
  order_id: t.string(),
  user_id: t.string(),
  at: t.timestamp(),
  cents: t.int64(),
  amount: t.float64().nullable(),
  kind: t.string(),
  gift: t.boolean(),
  pieces: t.int32(),
  gone: t.boolean(),
};
const user = entity("user", { user_id: t.string() });
const bought = rows(
  Array.from({ length: 20 }, (_, i) => ({
    order_id: `o${i}`,
    user_id: `u${i % 4}`,
    at: timestamp(formatTime(HOUR_AGO - (i + 1) * HOUR)),
    cents: 2n ** 60n,
    amount: i % 3 === 0 ? null : i / 3,
    kind: i % 2 === 0 ? "book" : 'a "toy"',
    gift: i % 2 === 0,
    pieces: i,
    gone: false,
  })),
);
const orders = events("orders", { schema, eventTime: "at", availableAt: { delay: "0s" }, batch: bought });
const history = featureView("history", {
  entity: user,
  source: orders,
  refresh: every("1h"),
  maxAge: "30d",
  features: ({ count, sum, last, lastN, topK }) => ({
    n: count().over("7d"),
    cents: sum((o) => o.cents).over("7d"),
    amount: sum((o) => o.amount).over("1h"),
    gift: last((o) => o.gift).lifetime(),
    newest: last((o) => o.at).lifetime(),
    kinds: lastN((o) => o.kind, 3).lifetime(),
    top: topK((o) => o.cents, 2).lifetime(),
    by_kind: sum((o) => o.cents)
      .by((o) => o.kind)
      .lifetime(),
    by_gift: count()
      .by((o) => o.gift)
      .lifetime(),
  }),
});
const clicks = events("clicks", { schema, eventTime: "at", availableAt: { delay: "0s" }, id: "order_id", deleted: "gone", late: "30d", stream: ingest() });
const live = featureView("live", { entity: user, source: clicks, refresh: streaming(), features: ({ count }) => ({ clicks: count().over("7d") }) });
const visits = events("visits", {
  schema: { user_id: t.string(), at: t.timestamp() },
  eventTime: "at",
  availableAt: { delay: "0s" },
  late: "30d",
  stream: ingest(),
});
const seen = featureView("seen", { entity: user, source: visits, refresh: streaming(), features: ({ count }) => ({ visits: count().over("7d") }) });
const checkout = featureService("checkout", {
  request: { price: t.float64(), account: t.int64().nullable(), since: t.timestamp(), many: t.boolean(), pieces: t.int32() },
  features: [history, live],
}).derive("doubled", t.float64().nullable(), ({ amount }) => (amount === null ? null : amount * 2));
const plain = featureService("plain", { features: [seen] });

/** A request that the service `checkout` answers. */
export const INPUT: Readonly<Record<string, unknown>> = {
  user_id: "u1",
  price: 1.5,
  account: "9007199254740993",
  since: "2026-01-01T00:00:00Z",
  many: true,
  pieces: 3,
};

const JUST_NOW = formatTime(systemClock.now() - SECOND);

/** An event of the source `clicks`. */
export function click(order_id: string, more: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> {
  return { order_id, user_id: "u1", at: JUST_NOW, cents: "7", amount: null, kind: "x", gift: false, pieces: 1, gone: false, ...more };
}

/** The project, open. */
export interface Project {
  readonly config: Config;
  readonly store: Store;
  readonly features: Serving;
  readonly events: Serving;
  /** What both servers logged, a line each. */
  readonly lines: readonly Readonly<Record<string, unknown>>[];
  close(): Promise<void>;
}

/** Opens it; `requests` says whether every request is logged. */
export async function openProject({ requests = true }: { readonly requests?: boolean } = {}): Promise<Project> {
  const root = await mkdtemp(join(tmpdir(), "asof-project-"));
  const config = defineConfig({ services: [checkout, plain], servingLog: "served", limits: { inputs: 10, bodyBytes: 20_000 } });
  const store = await openStore(config, { root });
  const lines: Readonly<Record<string, unknown>>[] = [];
  const log: RequestLog = { requests, write: (line) => void lines.push(JSON.parse(line) as Readonly<Record<string, unknown>>) };
  const features = await serve(store, { port: 0, log });
  const events = await serveIngest(await store.stream(), config, { port: 0, log });
  return {
    config,
    store,
    features,
    events,
    lines,
    close: async () => {
      await features.close();
      await events.close();
      await store.close();
      await rm(root, { recursive: true });
    },
  };
}
