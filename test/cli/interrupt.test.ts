// Ctrl-C while a command works: it ends with 130, and nothing is half written.
import { once } from "node:events";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildAsof, type BuiltAsof } from "./built-asof.ts";
import { createShop, SHOP, type Shop } from "./shop.ts";

let asof: BuiltAsof;
let shop: Shop;
/** So many times as many purchases, that a command works for a while. */
const TIMES = 500;

beforeAll(() => {
  asof = buildAsof();
  shop = createShop();
  const file = join(shop.folder, "purchases.csv");
  const [header = "", ...lines] = readFileSync(file, "utf8").trimEnd().split("\n");
  writeFileSync(file, `${header}\n${Array.from({ length: TIMES }, () => lines.join("\n")).join("\n")}\n`);
});
afterAll(() => {
  asof.remove();
  shop.remove();
});

/** Starts a command and interrupts it so many milliseconds after it has first told its progress. */
async function interrupted(delay: number, ...args: readonly string[]): Promise<{ readonly code: number | null; readonly err: string }> {
  const child = asof.start(shop.folder, ...args, "--progress");
  let err = "";
  let waiting = true;
  child.stderr?.on("data", (text: Buffer) => {
    err += text.toString();
    if (waiting) setTimeout(() => child.kill("SIGINT"), delay);
    waiting = false;
  });
  const [code] = (await once(child, "close")) as [number | null];
  return { code, err };
}

describe.each([0, 100, 300])("%d ms into its work,", (delay) => {
  test("training leaves no folder, nor a part of one", async () => {
    const before = readdirSync(shop.folder);
    const { code, err } = await interrupted(delay, "training", "checkout", "--labels", "churn", "--out", `set-${delay}`);
    expect({ code, err }).toEqual({ code: 130, err: expect.stringMatching(/interrupted: nothing is left half written\n$/) as string });
    expect(readdirSync(shop.folder).filter((name) => name !== "online")).toEqual(before.filter((name) => name !== "online"));
  });

  test("a refresh publishes nothing, and the next one finds the store as it was", async () => {
    const { code, err } = await interrupted(delay, "materialize", "spending", "--at", shop.tick);
    expect({ code, err }).toEqual({ code: 130, err: expect.stringMatching(/interrupted/) as string });
    const { status } = asof.succeed(shop.folder, "get", "checkout", "user_id=u1", `shop_id=${SHOP}`, "amount=3", "--json").json();
    expect(status).toMatchObject({ n_1d: "UNAVAILABLE" });
  });
});

test("afterwards a refresh does what it would have done", () => {
  const [run] =
    (asof.succeed(shop.folder, "materialize", "spending", "--at", shop.tick, "--json").json()["views"] as { runs: { run: number }[] }[])[0]?.runs ?? [];
  expect(run).toMatchObject({ run: 1, kind: "published" });
  const { status } = asof.succeed(shop.folder, "get", "checkout", "user_id=u1", `shop_id=${SHOP}`, "amount=3", "--json").json();
  expect(status).toMatchObject({ n_1d: "PRESENT" });
});
