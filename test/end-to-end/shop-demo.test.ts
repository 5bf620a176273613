// The shop's demo at a small size: it ends well, and badly once a fault is planted in asof.
import { cpSync } from "node:fs";
import { join } from "node:path";
import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { fileURLToPath } from "node:url";
import { buildAsof, type Fault } from "../cli/built-asof.ts";
import { LIVE_FAULTS } from "./live-faults.ts";

const examples = fileURLToPath(new URL("../../examples/", import.meta.url));
const SMALL = ["--users", "4000", "--events", "4000", "--rate", "400", "--requests", "600", "--probes", "20"];

/** Runs the demo beside a build of asof. */
function demo(fault?: Fault): { readonly code: number | null; readonly figures: Readonly<Record<string, number>>; readonly told: string } {
  const asof = buildAsof(fault);
  try {
    for (const part of ["common", "shop"]) cpSync(join(examples, part), join(asof.folder, "examples", part), { recursive: true });
    const args = ["--import", "jiti/register", join("examples", "shop", "main.ts"), ...SMALL, "--json"];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: asof.folder, encoding: "utf8" });
    return { code: status, figures: stdout.startsWith("{") ? (JSON.parse(stdout) as Record<string, number>) : {}, told: stderr };
  } finally {
    asof.remove();
  }
}

describe("npm run demo -- shop", () => {
  test("takes events, serves, refreshes and proves every value", { timeout: 300_000 }, () => {
    const { code, figures, told } = demo();
    expect(code, told).toBe(0);
    expect(figures).toMatchObject({ events: 4000, different: 0, became: { unanswered: 0 }, refreshed: [{ kind: "published" }] });
    const { compared, requests, auc_evaluated: auc } = figures as Record<"compared" | "requests" | "auc_evaluated", number>;
    expect(requests).toBeGreaterThan(600 + 500);
    expect(compared).toBe(requests * 33);
    expect(auc).toBeGreaterThan(0.8);
    expect(told).toMatch(/items_in_session +live +\["i\d+",.*\] +PRESENT/);
    expect(told).toMatch(/amount_over_usual +request time +[\d.]+ +PRESENT/);
  });

  test.each(["the position that is logged is not the one that was absorbed"])("fails where %s", { timeout: 300_000 }, (name) => {
    const { code, figures, told } = demo(LIVE_FAULTS[name]);
    expect(code, told).toBe(1);
    expect(figures["different"]).toBeGreaterThan(0);
    expect(told).toMatch(/FAILED: \d+ served values differ/);
  });
});
