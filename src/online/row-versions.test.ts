// Two versions a key, held against whole copies of each run: publishes, crashes at any change, retries and rollbacks.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { begun, currentRun, narrowed, published, readableAt, rolledBack, NO_POINTER, type Pointer } from "./pointer.ts";
import { KeptKeys } from "./kept-keys.ts";
import { runChanges, type KeyChange, type RunCounts } from "./run-changes.ts";
import { decodeVersions, encodeVersions, seen, seenRow, written, type Version, type Versions } from "./row-versions.ts";

const KEYS = ["a", "b", "c"] as const;
type Rows = Readonly<Record<string, string>>;

/** A store of bytes in memory that can die after any change. */
class MemoryStore {
  readonly stored: Map<string, Buffer> = new Map();
  pointer: Pointer = NO_POINTER;
  /** What the last whole publish left in memory: it must not be used once anything came after. */
  #kept: KeptKeys | null = null;

  /** Publishes, or dies once `dieAfter` changes are written. */
  async publish(rows: Rows, dieAfter: number, check: () => void): Promise<RunCounts | null> {
    const run = this.pointer.nextRun;
    const current = currentRun(this.pointer);
    const stored = this.#kept?.stored(this.pointer) ?? ((above) => this.#chunk(above));
    const kept = new KeptKeys(this.pointer);
    this.pointer = begun(this.pointer, run, "test");
    const counts = { entities: 0, written: 0, removed: 0 };
    const sorted = Object.entries(rows)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, row]) => ({ key: Buffer.from(key), row: Buffer.from(row) }));
    let changes = 0;
    for await (const batch of runChanges(stored, sorted, run, current, counts, kept)) {
      this.pointer = narrowed(this.pointer);
      for (const change of batch) {
        if (changes++ === dieAfter) return null;
        this.#write(change);
        check();
      }
    }
    if (changes === dieAfter) return null;
    this.pointer = published(this.pointer, { from: run * 10, run, tick: run, kind: "publish" });
    this.#kept = kept;
    return counts;
  }

  /** Small chunks, so that reading ahead is tried too. */
  #chunk(above: Uint8Array | null): { key: Buffer; versions: Versions }[] {
    const floor = above === null ? "" : Buffer.from(above).toString();
    const keys = [...this.stored.keys()]
      .filter((key) => key > floor)
      .toSorted()
      .slice(0, 2);
    return keys.map((key) => ({ key: Buffer.from(key), versions: decodeVersions(this.stored.get(key) as Buffer) }));
  }

  #write({ key, versions }: KeyChange): void {
    const name = Buffer.from(key).toString();
    if (versions.length === 0) this.stored.delete(name);
    else this.stored.set(name, encodeVersions(versions));
  }

  /** All that a reader at `run` sees. */
  at(run: number): Rows {
    const pairs = [...this.stored].map(([key, bytes]) => [key, seenRow(bytes, bytes.length, run)] as const);
    return Object.fromEntries(pairs.flatMap(([key, row]) => (row === null ? [] : [[key, Buffer.from(row).toString()]])));
  }
}

const rowsArb: fc.Arbitrary<Rows> = fc.dictionary(fc.constantFrom(...KEYS), fc.constantFrom("x", "y", ""), { noNullPrototype: true });
const stepArb = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("publish" as const), rows: rowsArb }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("crash" as const), rows: rowsArb, after: fc.nat(3) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("rollback" as const) }) },
);

describe("row versions", () => {
  test("whatever the writer does and wherever it dies, readers see each readable run whole", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(stepArb, { maxLength: 14 }), async (steps) => {
        const store = new MemoryStore();
        const model = new Map<number, Rows>();
        const check = (): void => {
          for (const run of store.pointer.readable) expect(store.at(run)).toEqual(model.get(run));
        };
        let clock = 0;
        for (const step of steps) {
          const before = model.get(currentRun(store.pointer)) ?? {};
          if (step.kind === "rollback") {
            const target = store.pointer.readable.find((run) => run < currentRun(store.pointer));
            if (target === undefined) expect(() => rolledBack(store.pointer, (run) => run, clock, "test")).toThrow(/roll|stored|published/);
            else store.pointer = rolledBack(store.pointer, (run) => run, clock++, "test");
          } else {
            const run = store.pointer.nextRun;
            const crash = step.kind === "crash" ? step.after : Infinity;
            const counts = await store.publish(step.rows, crash, check);
            if (counts !== null) {
              model.set(run, step.rows);
              expect(counts.entities).toBe(Object.keys(step.rows).length);
              expect(counts.removed).toBe(Object.keys(before).filter((key) => !Object.hasOwn(step.rows, key)).length);
              expect(store.pointer.readable).toContain(run);
            }
          }
          check();
        }
        const again = await store.publish(model.get(currentRun(store.pointer)) ?? {}, Infinity, check);
        const third = await store.publish(model.get(currentRun(store.pointer)) ?? store.at(currentRun(store.pointer)), Infinity, () => undefined);
        expect(again).not.toBeNull();
        expect(third?.written, "what is equal is not written again").toBe(0);
        for (const bytes of store.stored.values()) expect(decodeVersions(bytes).length).toBeLessThanOrEqual(2);
      }),
      { numRuns: 3000 },
    );
  });

  test("stored bytes read back, and the hot reader agrees with the plain one", () => {
    const row = fc.option(fc.uint8Array({ maxLength: 40 }), { nil: null });
    const run = fc.integer({ min: 1, max: 2 ** 32 - 1 });
    fc.assert(
      fc.property(fc.tuple(row, fc.uint8Array({ maxLength: 40 })), fc.tuple(run, run), fc.boolean(), run, ([newest, older], [r1, r2], two, at) => {
        fc.pre(r1 !== r2);
        const versions: Version[] = [{ run: Math.max(r1, r2), row: newest }, ...(two ? [{ run: Math.min(r1, r2), row: older }] : [])];
        const bytes = encodeVersions(versions);
        expect(decodeVersions(bytes).map((v) => [v.run, v.row && [...v.row]])).toEqual(versions.map((v) => [v.run, v.row && [...v.row]]));
        for (const reader of [at, r1, r2, r1 - 1, r2 - 1]) {
          const [hot, plain] = [seenRow(bytes, bytes.length, reader), seen(versions, reader)?.row ?? null];
          expect(hot && [...hot]).toEqual(plain && [...plain]);
        }
      }),
    );
  });

  test("a row that left and stays away is dropped once no reader needs it", () => {
    const x = Buffer.from("x");
    const left = written([{ run: 1, row: x }], null, 2, 1) as Versions;
    expect(left).toEqual([
      { run: 2, row: null },
      { run: 1, row: x },
    ]);
    expect(written(left, null, 3, 2)).toEqual([]);
    expect(written(left, null, 3, 1), "run 2 was rolled back: readers at 1 still need it").toBeNull();
  });

  test("an older T has a run only while its rows are stored whole", () => {
    const move = (run: number): Pointer["moves"][number] => ({ from: run * 10, run, tick: run, kind: "publish" });
    let pointer = NO_POINTER;
    for (const run of [1, 2, 3]) pointer = published(begun(pointer, run, "test"), move(run));
    expect([9, 15, 25, 30].map((at) => readableAt(pointer, at)?.run ?? null)).toEqual([null, null, 2, 3]);
    expect(readableAt(narrowed(pointer), 25)).toBeNull();
  });
});
