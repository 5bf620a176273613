// Faults of a real Redis and of the network before it, each some times: nothing wrong is served, nothing is late, and it comes back. `npm run faults` does each 20 times.
import { expect, test } from "vitest";
import { suffer } from "./suffer.ts";
import { TARGETS } from "./targets.ts";

const TIMES = Number(process.env["ASOF_FAULTS"] ?? 3);
/** What a request may take beyond its deadline here, where tests share two cores: `npm run faults` shows what it is alone. */
const LATE_MS = 250;
/** How long after the repair, or after a replica has become the master, answers are whole again at the latest. */
const BACK_MS = 1000;

test.each(Object.entries(TARGETS))("%s: requests are answered while states are fed and runs are published", { timeout: 600_000 }, async (_, start) => {
  for (const { fault, wrong, p999LateMs, backMs, unavailable } of await suffer(start, TIMES)) {
    expect(wrong, fault).toEqual([]);
    expect(p999LateMs, fault).toBeLessThan(LATE_MS);
    expect(backMs, fault).toBeLessThan(BACK_MS);
    expect(unavailable, `${fault} was felt`).toBeGreaterThan(0);
  }
});
