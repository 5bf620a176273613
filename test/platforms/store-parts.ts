// What comes of files through DuckDB and LMDB: values of training sets, and answers as they go over the wire.
import { answerWriter } from "../../src/serve/answer-text.ts";
import { canonical } from "../../src/schema/canonical.ts";
import { checkouts, everything, returned, served, SERVICES } from "./shop.ts";
import { defineConfig, embedded, manualClock, openStore, parseTime, t, type Labels, type ManualClock, type Store } from "../../src/index.ts";
import { csv, duckdb, parquet } from "../../src/index.ts";
import { DAY } from "../../src/time.ts";
import { join } from "node:path";
import { vectorReader } from "../../src/schema/vector.ts";
import type { Add, Part } from "./part.ts";
import type { Batches } from "../sources/batches.ts";
import type { BatchSource } from "../../src/define/source.ts";
import type { Schema } from "../../src/schema/value-type.ts";

const NOW = parseTime("2026-03-20T02:50:00Z");

/** The parts that need the shop's files, which lie in the folder of `batches`. */
export function storeParts(batches: Batches): readonly Part[] {
  return [
    ...sources(batches),
    { name: "training: labels of a file", make: (add) => trained(batches.root, checkouts, add) },
    { name: "training: an outcome", make: (add) => trained(batches.root, returned, add) },
    { name: "answers", make: (add) => answered(batches.root, add) },
  ];
}

function sources(batches: Batches): Part[] {
  const moments = { user_id: t.string(), at: t.timestamp() };
  const read = (name: string, batch: BatchSource, schema: Schema): Part => ({
    name: `source: ${name}`,
    make: async (add) => add(JSON.stringify(await batches.read(batch, schema))),
  });
  return [
    read("csv", csv("purchases.csv"), { at: t.timestamp(), amount: t.float64().nullable(), category: t.string().nullable() }),
    read("parquet", parquet("visits.parquet"), { ...moments, shop: t.string() }),
    read("duckdb", duckdb("shop.duckdb", { table: "profiles" }), { user_id: t.string(), since: t.timestamp(), rating: t.float64() }),
  ];
}

async function trained(root: string, labels: Labels<{ readonly user_id: string; readonly amount: number }>, add: Add): Promise<void> {
  await withStore(root, async (store) => {
    const cut = labels.kind === "outcome" ? { cut: "2026-03-19T00:00:00" } : {};
    const set = await store.training(everything, labels, { out: join(root, `set-${labels.name}`), ...cut });
    const { columns, views, sources: audited, rows, version } = set.manifest;
    add(JSON.stringify({ columns, views, rows, version, sources: audited.map(({ snapshot: _, ...counts }) => counts) }));
    const vectors = Object.values(await set.columns());
    const readers = vectors.map((vector) => vectorReader(vector));
    const kinds = vectors.map(({ kind }) => kind);
    for (let i = 0; i < set.rows; i++)
      add(
        canonical(
          readers.map((value) => value(i)),
          kinds,
        ),
      );
  });
}

async function answered(root: string, add: Add): Promise<void> {
  await withStore(root, async (store, clock) => {
    await store.apply();
    const plan = store.plan(served.name);
    const write = answerWriter(plan);
    for (const days of [0, 1, 2]) {
      if (days < 2) await store.materialize({ views: plan.views.map(({ view }) => view.name) });
      for (const answer of await store.answer(
        plan,
        Array.from({ length: 11 }, (_, i) => ({ user_id: `u${i}`, amount: 12.5 * i })),
      ))
        add(write(answer));
      clock.set(NOW + (days + 1) * 2 * DAY);
    }
  });
}

async function withStore(root: string, use: (store: Store, clock: ManualClock) => Promise<void>): Promise<void> {
  const clock = manualClock(NOW);
  const config = defineConfig({ services: [...SERVICES], labels: [checkouts, returned], online: embedded({ path: "online" }) });
  const store = await openStore(config, { root, clock });
  try {
    await use(store, clock);
  } finally {
    await store.close();
  }
}
