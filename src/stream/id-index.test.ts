// The index of ids beside a map: whatever is in memory, on disk or merged, the newest version is found; after a crash too.
import { afterEach, beforeEach, expect, test } from "vitest";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { tmpdir } from "node:os";
import { IdIndex } from "./id-index.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "asof-ids-"));
});
afterEach(() => rm(folder, { recursive: true }));

const positions = (index: IdIndex, id: string): number[] => index.find(id).map(({ position }) => position);
const open = (end: number, late = 1e9): Promise<IdIndex> => IdIndex.open({ folder, late, memory: 64 }, end);

test("the newest version of an id is found first, through tables, runs and merges", async () => {
  const index = await open(0);
  const newest = new Map<string, number>();
  let position = 0;
  for (let i = 0; i < 6000; i++, position += 10) {
    const id = `id${(i * 7919) % 4000}`;
    index.put(id, position, position, newest.get(id) ?? null);
    newest.set(id, position);
    if (index.isFull) await index.flush(position + 10, position);
  }
  for (const [id, at] of newest) expect(positions(index, id)[0], id).toBe(at);
  expect([...Array(500)].flatMap((_, i) => positions(index, `other${i}`))).toEqual([]);
  await index.close();
  const runs = (await readdir(folder)).length;
  expect(runs, "runs were merged").toBeLessThan(30);
  const again = await open(position);
  expect(again.covered).toBeLessThanOrEqual(position);
  for (const [id, at] of newest) if (at < again.covered) expect(positions(again, id)[0], id).toBe(at);
  await again.close();
});

test("ids with one hash are told apart by their records: all places are given", async () => {
  const index = await open(0);
  index.put("a", 1, 0, null);
  index.put("a", 2, 0, null);
  expect(positions(index, "a")).toEqual([2, 1]);
  index.put("a", 3, 0, 1);
  expect(positions(index, "a")).toEqual([3, 2]);
  await index.flush(4, 0);
  expect(positions(index, "a")).toEqual([3, 2]);
  await index.close();
});

test("runs behind the end of the log, half-written ones and those that a merge has taken in are removed", async () => {
  const index = await open(0);
  index.put("a", 5, 0, null);
  await index.flush(10, 0);
  index.put("b", 15, 0, null);
  await index.flush(20, 0);
  await index.close();
  await writeFile(join(folder, "0-30.ids.new"), "half");
  const shorter = await open(10);
  expect([shorter.covered, positions(shorter, "a"), positions(shorter, "b"), await readdir(folder)]).toEqual([10, [5], [], ["0-10.ids"]]);
  await shorter.close();
});

test("what is too old to be corrected is forgotten in a merge", async () => {
  const index = await open(0, 100);
  for (let run = 0; run < 8; run++) {
    for (let i = 0; i < 64; i++) index.put(`id${run}.${i}`, run * 1000 + i, run * 50, null);
    await index.flush((run + 1) * 1000, 350);
  }
  await index.close();
  const merged = await open(8000);
  expect([positions(merged, "id0.1"), positions(merged, "id4.63"), positions(merged, "id5.0"), positions(merged, "id7.63")]).toEqual([[], [], [5000], [7063]]);
  await merged.close();
});
