// The types stay cheap: a service of 10 views with 50 features each, asked online and trained, within a budget.
import { expect, test } from "vitest";
import { compile } from "./compile.ts";

const VIEWS = 10;
const FEATURES = 50;
/** How many types the compiler may instantiate for it all, beyond those of asof itself. */
const BUDGET = 100_000;

const AGGREGATES = [
  "count()",
  "sum((p) => p.amount * p.quantity)",
  "mean((p) => p.amount)",
  "min((p) => p.at)",
  "last((p) => p.category)",
  "max((p) => p.cents)",
];

function feature(i: number): string {
  return `f${i}: ${AGGREGATES[i % AGGREGATES.length]}.over("${i + 1}h")${i % AGGREGATES.length === 1 ? ".default(0)" : ""}`;
}

function view(i: number): string {
  const features = Array.from({ length: FEATURES }, (_, n) => feature(n)).join(", ");
  return `const v${i} = featureView("v${i}", { entity: user, source: purchases, refresh: every("1d"), where: (p) => p.quantity > 0,
    features: ({ count, sum, mean, min, max, last }) => ({ ${features} }) });`;
}

function program(views: number): string {
  const all = Array.from({ length: views }, (_, i) => i);
  return `
    import { purchases, session, store, user } from "./shop.ts";
    import { every, featureService, featureView, labels, parquet, t } from "asof";
    ${all.map(view).join("\n")}
    const all = featureService("all", { request: { amount: t.float64() }, features: [${all.map((i) => `v${i}.as("a${i}", { user_id: "u${i}" })`).join(", ")}] });
    const answer = await store.online(all, { amount: 1, ${all.map((i) => `u${i}: "u"`).join(", ")} });
    answer.values.a0_f1 satisfies number;
    const schema = { at: t.timestamp(), amount: t.float64(), y: t.boolean(), ${all.map((i) => `u${i}: t.string()`).join(", ")} };
    const set = await store.training(all, labels("l", { schema, at: "at", from: parquet("l.parquet") }), { out: "set" });
    for await (const row of set) { row.a${views - 1}_f1 satisfies number; row.y satisfies boolean; row.u0 satisfies string; }
    void session;
  `;
}

/** What importing asof costs, without a view. */
const IMPORT = 'import { openStore } from "asof";\nvoid openStore;\n';

test(`${VIEWS} views of ${FEATURES} features compile within ${BUDGET} instantiations`, () => {
  const whole = compile("budget", program(VIEWS));
  expect(whole.errors).toEqual([]);
  const instantiations = whole.instantiations - compile("budget", IMPORT).instantiations;
  console.log(`${instantiations} instantiations for ${VIEWS} views of ${FEATURES} features`);
  expect(instantiations).toBeGreaterThan(VIEWS * FEATURES);
  expect(instantiations).toBeLessThanOrEqual(BUDGET);
});
