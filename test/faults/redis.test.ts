// Faults between asof and a real Redis, each some times: nothing wrong is served, nothing is late, and it comes back. `npm run faults` does each 20 times.
import { beforeAll, describe, expect, test } from "vitest";
import { FAULTS, suffer, type Suffered } from "./suffer.ts";

const TIMES = Number(process.env["ASOF_FAULTS"] ?? 3);
/** What a request may take beyond its deadline here, where tests share two cores: `npm run faults` shows what it is alone. */
const LATE_MS = 250;
const BACK_MS = 1000;
const names = Object.keys(FAULTS);

describe("while requests are answered, states are fed and runs are published", () => {
  let found: readonly Suffered[];
  beforeAll(async () => {
    found = await suffer(names, TIMES);
  }, 600_000);

  test.each(names)("%s", (name) => {
    const one = found.find(({ fault }) => fault === name) as Suffered;
    expect(one.wrong).toEqual([]);
    expect(one.p999LateMs).toBeLessThan(LATE_MS);
    expect(one.backMs).toBeLessThan(BACK_MS);
    expect(one.unavailable, "the fault was felt").toBeGreaterThan(0);
  });
});
