// Runs over partitions of a real Redis that fail and lose their last writes, one by one: what is read is a run as it was published, or nothing.
import { afterAll, beforeAll, expect, test } from "vitest";
import fc from "fast-check";
import { breakGuards, rememberPartition } from "../services/redis-faults.ts";
import { manualClock } from "../../src/time.ts";
import { newRun } from "./online-store.ts";
import { openRedis } from "../../src/online/stores/redis.ts";
import { redis } from "../../src/define/redis.ts";
import { RedisLayout } from "../../src/online/stores/redis-layout.ts";
import { startRedis, type RedisServer } from "../services/redis.ts";
import type { StoredView } from "../../src/online/store.ts";

const PARTITIONS = 3;
const KEYS = Array.from({ length: 8 }, (_, i) => `key${i}`);
const VIEW: StoredView = { name: "spending", version: "v1" };
type Rows = Readonly<Record<string, string>>;

type Step =
  | { readonly kind: "publish"; readonly rows: Rows; readonly broken: readonly number[] }
  | { readonly kind: "rollback" }
  /** A partition is taken back to where it was so many steps before. */
  | { readonly kind: "lose"; readonly partition: number; readonly steps: number };

const partitionArb = fc.nat(PARTITIONS - 1);
const rowsArb: fc.Arbitrary<Rows> = fc.dictionary(fc.constantFrom(...KEYS), fc.constantFrom("x", "y"), { noNullPrototype: true });
const stepArb: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant("publish" as const), rows: rowsArb, broken: fc.constant([]) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("publish" as const), rows: rowsArb, broken: fc.array(partitionArb, { minLength: 1, maxLength: 1 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("rollback" as const) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("lose" as const), partition: partitionArb, steps: fc.integer({ min: 1, max: 3 }) }) },
);

let server: RedisServer;
let prefixes = 0;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

test("whatever is lost or fails, rows are those of the run that is read with them", { timeout: 300_000 }, async () => {
  const counted = { read: 0, nothing: 0, lost: 0, failed: 0 };
  await fc.assert(
    fc.asyncProperty(fc.array(stepArb, { minLength: 3, maxLength: 12 }), async (steps) => {
      const prefix = `parts${++prefixes}`;
      const layout = new RedisLayout(prefix, PARTITIONS);
      const clock = manualClock(0);
      const store = await openRedis(redis({ url: server.url, prefix, partitions: PARTITIONS, timeout: "5s" }));
      const published = new Map<number, Rows>();
      const past: (() => Promise<void>)[][] = [];
      const check = async (mayLack: boolean): Promise<void> => {
        const at = clock.now();
        const found = await store.read(
          KEYS.map((key) => ({ view: VIEW, key: Buffer.from(key) })),
          at,
        );
        found.forEach((one, i) => {
          counted.read++;
          if (one === null) counted.nothing++;
          if (one === null || one === "unreached") {
            expect(mayLack, `nothing is found at ${at}`).toBe(true);
            return;
          }
          const row = one.row === null ? null : Buffer.from(one.row).toString();
          expect(row, `${KEYS[i]} at tick ${one.move.tick}`).toBe(published.get(one.move.tick)?.[KEYS[i] as string] ?? null);
        });
      };
      let tick = 0;
      let isWhole = false;
      for (const step of steps) {
        past.push(await Promise.all(Array.from({ length: PARTITIONS }, (_, p) => rememberPartition(server, layout.tagOf(p)))));
        clock.set(++tick * 10);
        if (step.kind === "lose") {
          await past.at(-1 - step.steps)?.[step.partition]?.();
          isWhole = false;
          counted.lost++;
        } else if (step.kind === "rollback") {
          await store.rollback(VIEW, clock).catch(() => undefined); // to a run that was published, or refused
        } else {
          const rows = Object.entries(step.rows)
            .toSorted(([a], [b]) => (a < b ? -1 : 1))
            .map(([key, row]) => ({ key: Buffer.from(key), row: Buffer.from(row) }));
          const mend = await breakGuards(
            server,
            step.broken.map((partition) => layout.of(VIEW, "pointer", partition)),
          );
          published.set(tick, step.rows); // whether it is acknowledged or not: if it is read, it is whole
          const done = await store.publish(VIEW, newRun(tick), rows, clock).catch(() => null);
          await mend();
          expect(done !== null).toBe(step.broken.length === 0);
          if (done === null) counted.failed++;
          else isWhole = true;
        }
        await check(!isWhole);
      }
      await store.close();
    }),
    { numRuns: 80 },
  );
  expect(counted.lost).toBeGreaterThan(50);
  expect(counted.failed).toBeGreaterThan(20);
  expect(counted.read - counted.nothing).toBeGreaterThan(500);
});
