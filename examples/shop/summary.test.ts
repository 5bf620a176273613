// The demo's own check: a run that is as it must be passes, and each way in which it may not be is told.
import { describe, expect, test } from "vitest";
import { failures, type Findings } from "./summary.ts";
import { WARMING } from "./live.ts";

const loaded = { requests: 52_000, failed: 0, became: { accepted: 205_000, corrected: 1000, unanswered: 0 } };
const good = {
  loaded,
  probed: { asked: 400 },
  refreshed: [{ tick: "2026-06-01T02:00:00Z", written: 1 }],
  proof: { requests: 52_400 + WARMING, compared: 1_700_000, different: 0, missing: 0 },
};
const check = (change: object, full = true): string[] => failures({ ...good, ...change } as unknown as Findings, full);

describe("a run of the demo", () => {
  test("passes", () => {
    expect(check({})).toEqual([]);
    expect(check({ proof: { ...good.proof, compared: 999 } }, false)).toEqual([]);
  });

  test.each([
    ["nothing was compared", { proof: { ...good.proof, compared: 0 } }],
    ["1 served values differ", { proof: { ...good.proof, different: 1 } }],
    ["2 lines are missing", { proof: { ...good.proof, missing: 2 } }],
    ["were logged", { proof: { ...good.proof, requests: 52_399 } }],
    ["3 events and 0 requests were not answered", { loaded: { ...loaded, became: { ...loaded.became, unanswered: 3 } } }],
    ["0 events and 1 requests were not answered", { loaded: { ...loaded, failed: 1 } }],
    ["not refreshed", { refreshed: [] }],
    ["fewer than 1000000 values", { proof: { ...good.proof, compared: 999_999 } }],
    ["fewer than 200000 events", { loaded: { ...loaded, became: { ...loaded.became, accepted: 198_999 } } }],
    ["fewer than 50000 requests", { loaded: { ...loaded, requests: 49_999 } }],
  ])("fails where %s", (sentence, change) => {
    expect(check(change).join()).toContain(sentence);
  });
});
