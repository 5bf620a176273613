// The proof must be able to fail: a changed kernel, a changed source and a changed log are each found, and nothing else is.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildAsof, change, type BuiltAsof, type Fault } from "../cli/built-asof.ts";
import { startServer } from "../cli/server.ts";
import { createShop, SHOP, USERS, type Shop } from "../cli/shop.ts";

interface Found {
  readonly requests: number;
  readonly compared: number;
  readonly different: number;
  readonly missing: number;
  readonly examples: readonly {
    readonly view: string;
    readonly feature: string;
    readonly part: string;
    readonly why: string;
    readonly logged: unknown;
    readonly recomputed: unknown;
  }[];
  readonly notes: readonly string[];
}

let asof: BuiltAsof;
let shop: Shop;
/** Users, one of whom has no purchase, each asked about once. */
const ASKED = USERS + 1;

const verify = (by: BuiltAsof): Found & { readonly code: number | null } => {
  const { code, json } = by.run(shop.folder, "verify", "--json", "--rows", "1000");
  return { code, ...(json() as unknown as Found) };
};

beforeAll(async () => {
  asof = buildAsof();
  shop = createShop();
  asof.succeed(shop.folder, "apply");
  const inputs = Array.from({ length: ASKED }, (_, i) => ({ user_id: `u${i}`, shop_id: SHOP, amount: i, note: null }));
  // the same questions at two ticks: at the newest one, reading no more rows than are asked for could hide a changed kernel
  for (const tick of [shop.before, shop.tick]) {
    asof.succeed(shop.folder, "materialize", "--at", tick);
    const server = await startServer(asof, shop.folder);
    await server.post("/v1/features/checkout", JSON.stringify({ inputs }));
    await server.stop();
  }
});
afterAll(() => {
  asof.remove();
  shop.remove();
});

test("without a fault nothing differs", () => {
  expect(verify(asof)).toMatchObject({ code: 0, requests: 2 * ASKED, compared: 2 * ASKED * 7, different: 0, missing: 0, examples: [], notes: [] });
});

describe("a changed kernel is found:", () => {
  const faults: readonly (readonly [string, Fault, readonly string[]])[] = [
    [
      "rows that tie are in another order",
      { file: "offline/read-rows.ts", text: "events.tieBreaks() : []", instead: "events.tieBreaks().toReversed() : []" },
      ["last_kind"],
    ],
    [
      "the newest row is another",
      { file: "aggregate/end-rows.ts", text: "x === x && row > this.#newest", instead: "x === x && (row < this.#newest || this.#newest < 0)" },
      ["last_kind"],
    ],
    [
      "a row at T counts",
      { file: "aggregate/window.ts", text: "as number) < now) inside++", instead: "as number) <= now) inside++" },
      ["n_1d", "n_7d", "spend_7d"],
    ],
    [
      "a row at T - w does not count",
      { file: "aggregate/window.ts", text: "+ reach < now) gone++", instead: "+ reach <= now) gone++" },
      ["n_1d", "n_7d", "spend_7d"],
    ],
    [
      "the second clock is ignored",
      { file: "aggregate/window.ts", text: "Math.max(eventTime + offset, availableTime + delay)", instead: "eventTime + offset + 0 * (availableTime + delay)" },
      ["n_1d"],
    ],
  ];

  test.each(faults)("%s", (_, fault, features) => {
    const changed = buildAsof(fault);
    const found = verify(changed);
    changed.remove();
    expect(found.code).toBe(1);
    expect(found.different).toBeGreaterThanOrEqual(USERS);
    for (const feature of features) expect(found.examples.filter((example) => example.feature === feature)).not.toEqual([]);
    expect(found.examples[0]?.why).toMatch(/the source is as run [12] read it/);
  });
});

describe("a changed source is found:", () => {
  test("an event is dropped", () => {
    const file = join(shop.folder, "purchases.csv");
    const before = readFileSync(file, "utf8");
    const lines = before.split("\n");
    writeFileSync(file, lines.filter((line) => !(line.startsWith("u3,") && line.endsWith(",edge"))).join("\n"));
    const found = verify(asof);
    writeFileSync(file, before);
    expect(found).toMatchObject({ code: 1, missing: 0 });
    expect(found.different).toBeGreaterThan(0);
    expect(found.examples.filter(({ view }) => view === "spending").map(({ feature }) => feature)).toEqual(
      expect.arrayContaining(["n_1d", "n_7d", "spend_7d"]),
    );
    expect(found.examples[0]?.why).toMatch(/the source has changed since run [12] read it/);
  });
});

describe("a changed log is found:", () => {
  const edited = (edit: (lines: string[]) => string[]): Found & { readonly code: number | null } => {
    const file = join(shop.folder, "log", readdirSync(join(shop.folder, "log"))[0] as string);
    const before = readFileSync(file, "utf8");
    writeFileSync(file, edit(before.split("\n")).join("\n"));
    const found = verify(asof);
    writeFileSync(file, before);
    return found;
  };
  const editedLine = (change: (line: { v: unknown[]; c: string; e: unknown[]; i: unknown[]; r: [number, number][] }) => void) =>
    edited((lines) =>
      lines.map((text, i) => {
        if (i !== 4) return text;
        const line = JSON.parse(text) as { v: unknown[]; c: string; e: unknown[]; i: unknown[]; r: [number, number][] };
        change(line);
        return JSON.stringify(line);
      }),
    );

  test("a value, by one bit", () => {
    const found = editedLine((line) => (line.v[3] = nextDouble(line.v[3] as number)));
    expect(found).toMatchObject({ code: 1, different: 1, examples: [{ view: "spending", feature: "mean_7d", part: "value" }] });
  });

  test("a status", () => {
    expect(editedLine((line) => (line.c = `N${line.c.slice(1)}`))).toMatchObject({
      code: 1,
      different: 1,
      examples: [{ feature: "n_1d", part: "status", logged: "NULL", recomputed: "PRESENT" }],
    });
  });

  test("an event time", () => {
    expect(editedLine((line) => (line.e[0] = (line.e[0] as number) + 1))).toMatchObject({
      code: 1,
      different: 1,
      examples: [{ feature: "n_1d", part: "event time" }],
    });
  });

  test("whom it is about", () => {
    expect(editedLine((line) => (line.i[0] = "u7"))).toMatchObject({ code: 1 });
  });

  test("the tick", () => {
    const found = editedLine((line) => ((line.r[0] as [number, number])[1] -= 86_400_000_000));
    expect(found.code).toBe(1);
    expect(found.examples[0]?.why).toMatch(/the log was changed/);
    expect(found.notes).toEqual([expect.stringMatching(/view spending: 1 requests name another run than the record shows/)]);
  });

  test("a line taken out", () => {
    expect(edited((lines) => lines.toSpliced(4, 1))).toMatchObject({ code: 1, different: 0, missing: 1 });
  });

  test("text that is no line", () => {
    const file = join(shop.folder, "log", readdirSync(join(shop.folder, "log"))[0] as string);
    const before = readFileSync(file, "utf8");
    change(file, '"n":4,', '"n":4,,');
    const { code, err } = asof.run(shop.folder, "verify");
    writeFileSync(file, before);
    expect(code).toBe(1);
    expect(err).toMatch(/error LOG_UNREADABLE: it is no JSON\n {2}at {3}.*ndjson, line 5\n {2}cure /);
  });
});

/** The next greater double of a positive one. */
function nextDouble(x: number): number {
  const bits = new BigUint64Array(Float64Array.of(x).buffer);
  return new Float64Array(BigUint64Array.of((bits[0] as bigint) + 1n).buffer)[0] as number;
}
