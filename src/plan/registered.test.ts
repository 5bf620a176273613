// The registry as plain data: which version was applied when, and what is known of views that are gone.
import { describe, expect, test } from "vitest";
import { afterApply, appliedVersion, NOTHING_APPLIED, versionAt, versionsUpTo, type RegisteredView } from "./registered.ts";
import { entity } from "../define/entity.ts";
import { events, rows } from "../define/source.ts";
import { every } from "../define/refresh.ts";
import { featureView } from "../define/feature-view.ts";
import { planView, type ViewPlan } from "./view-plan.ts";
import { t } from "../schema/value-type.ts";
import type { ViewDefinition } from "../define/feature-view.ts";

const user = entity("user", { user_id: t.string() });
const source = events("purchases", {
  schema: { user_id: t.string(), at: t.timestamp() },
  eventTime: "at",
  availableAt: { delay: "0s" },
  batch: rows([]),
});
const plan = (name: string, window: "1d" | "2d"): ViewPlan => {
  const view = featureView(name, { entity: user, source, refresh: every("1h"), features: ({ count }) => ({ n: count().over(window) }) });
  return planView((view as unknown as { readonly definition: ViewDefinition }).definition);
};
const [one, two, shops] = [plan("spending", "1d"), plan("spending", "2d"), plan("shops", "1d")];

describe("which version was applied at T", () => {
  const first = afterApply(NOTHING_APPLIED, [one, shops], 10);
  const second = afterApply(first, [two, shops], 20);
  const third = afterApply(second, [shops], 30);
  const fourth = afterApply(third, [one, shops], 40);
  const spending = fourth.views["spending"] as RegisteredView;

  test.each([
    [9, null],
    [10, one.version],
    [19, one.version],
    [20, two.version],
    [30, null],
    [39, null],
    [40, one.version],
  ])("at %i", (at, version) => {
    expect(versionAt(spending, at)?.version ?? null).toBe(version);
  });

  test("is that of each revision, and null while the view is gone", () => {
    expect([first, second, third, fourth].map(({ revision }) => revision)).toEqual([1, 2, 3, 4]);
    const applied = [NOTHING_APPLIED, first, second, third, fourth].map((registered) => appliedVersion(registered, "spending"));
    expect(applied).toEqual([null, one.version, two.version, null, one.version]);
    expect(fourth.views["shops"]).toMatchObject({ version: shops.version, appliedAt: 10 });
  });

  test.each([
    ["the applied one", one, [one, two, one]],
    ["one from before, and none after it", two, [one, two]],
  ])("the versions up to %s", (_, code, versions) => {
    expect(versionsUpTo(fourth, code).map(({ version }) => version)).toEqual(versions.map(({ version }) => version));
  });

  test("the versions up to one that was never applied are all, and it", () => {
    expect(versionsUpTo(second, { ...one, version: "other" }).map(({ version, since }) => [version, since])).toEqual([
      [one.version, 10],
      [two.version, 20],
      ["other", Infinity],
    ]);
  });

  test("never goes back where the clock was set back", () => {
    expect(afterApply(second, [one], 5).views["spending"]?.versions.map(({ since, until }) => [since, until])).toEqual([
      [10, 20],
      [20, 20],
      [20, null],
    ]);
  });
});
