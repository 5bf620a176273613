// The lock of a folder: of any number that want it at once one gets it, also where one that died left it behind.
import { afterEach, beforeEach, expect, test } from "vitest";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { tmpdir } from "node:os";
import { ingestUrl, lockFolder, type FolderLock } from "./process-lock.ts";

const WANTING = 16;
/** No process has this number. */
const DEAD = JSON.stringify({ pid: 2 ** 22 + 1, started: null, token: "dead" });

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "asof-lock-"));
});
afterEach(() => rm(folder, { recursive: true }));

test.each([
  ["free", null],
  ["left behind by a process that died", DEAD],
  ["left behind half written", '{"pid":'],
])("of many that want a lock that is %s one gets it, round after round", async (_, left) => {
  for (let round = 0; round < 40; round++) {
    if (left !== null) await writeFile(join(folder, "lock.json"), left);
    const settled = await Promise.allSettled(Array.from({ length: WANTING }, () => lockFolder(folder)));
    const got = settled.filter((one): one is PromiseFulfilledResult<FolderLock> => one.status === "fulfilled");
    const refused = settled.flatMap((one) => (one.status === "rejected" ? [(one.reason as { code: string }).code] : []));
    expect([got.length, new Set(refused)]).toEqual([1, new Set(["INGEST_LOCKED"])]);
    await got[0]?.value.release();
    expect(await readdir(folder)).toEqual([]);
  }
});

test("who died while removing one is told of", { timeout: 20_000 }, async () => {
  await writeFile(join(folder, "lock.json"), DEAD);
  await mkdir(join(folder, "lock.json.removing"));
  await expect(lockFolder(folder)).rejects.toMatchObject({ code: "INGEST_LOCKED", where: join(folder, "lock.json.removing") });
});

test("who has it says where it listens, until it gives it back", async () => {
  expect(await ingestUrl(folder)).toBe(null);
  const lock = await lockFolder(folder);
  expect(await ingestUrl(folder)).toBe(null);
  await lock.announce("http://127.0.0.1:7601");
  expect(await ingestUrl(folder)).toBe("http://127.0.0.1:7601");
  await lock.release();
  expect(await ingestUrl(folder)).toBe(null);
});
