// Configurations: what is filled in, and every way in which one can be wrong.
import { describe, expect, it } from "vitest";
import { defineConfig, embedded } from "./config.ts";
import { entity } from "./entity.ts";
import { every } from "./refresh.ts";
import { events, rows } from "./source.ts";
import { featureService } from "./feature-service.ts";
import { featureView } from "./feature-view.ts";
import { SECOND } from "../time.ts";
import { t } from "../schema/value-type.ts";

const user = entity("user", { user_id: t.string() });
const source = events("purchases", { schema: { user_id: t.string(), at: t.timestamp() }, eventTime: "at", availableAt: { delay: "0s" }, batch: rows([]) });
const view = (window: "1d" | "7d") =>
  featureView("spending", { entity: user, source, refresh: every("1d"), features: ({ count }) => ({ n: count().over(window) }) });
const spending = view("7d");
const services = [featureService("checkout", { features: [spending] })];

describe("defineConfig", () => {
  it("fills in what is not said, as frozen plain data", () => {
    const config = defineConfig({ services });
    expect(config).toEqual({
      kind: "config",
      services,
      labels: [],
      online: { kind: "embedded", path: ".asof/online" },
      servingLog: null,
      ingest: { folder: ".asof/log", segmentBytes: 2 ** 26, bodyBytes: 2 ** 24, queueBytes: 2 ** 26, retain: null },
      offline: { memory: null, threads: null, temp: null },
      limits: { bodyBytes: 1_048_576, inputs: 1000, timeout: 5 * SECOND },
    });
    expect([config, config.limits, config.offline, config.services].every(Object.isFrozen)).toBe(true);
  });

  it("takes what is said", () => {
    const config = defineConfig({
      services,
      online: embedded({ path: "store" }),
      servingLog: { folder: "log", segmentBytes: 10, flushEvery: "2s" },
      limits: { inputs: 3, timeout: "1s" },
    });
    expect(config.online).toMatchObject({ path: "store" });
    expect(config.servingLog).toEqual({ folder: "log", segmentBytes: 10, flushEvery: 2 * SECOND });
    expect(config.limits).toMatchObject({ inputs: 3, timeout: SECOND });
  });

  it("takes one view in several services, whole and picked", () => {
    expect(
      defineConfig({ services: [...services, featureService("other", { features: [spending.pick("n"), spending.as("seller", { user_id: "seller_id" })] })] })
        .services,
    ).toHaveLength(2);
  });

  it.each([
    ["no service", { services: [] }, /CONFIG_NO_SERVICES|no service.*featureService|services: \[checkout\]/],
    ["two services of one name", { services: [...services, featureService("checkout", { features: [spending] })] }, /two services are named 'checkout'/],
    [
      "two views of one name",
      { services: [...services, featureService("other", { features: [view("1d")] })] },
      /services checkout and other: two different feature views are named 'spending'/,
    ],
    ["a misspelt setting", { services, limit: {} }, /no setting 'limit'.*Did you mean 'limits'/],
    ["a misspelt limit", { services, limits: { input: 3 } }, /no setting 'input'.*Did you mean 'inputs'/],
    ["a limit of 0", { services, limits: { inputs: 0 } }, /limits\.inputs is 0/],
    ["a memory without a unit", { services, offline: { memory: "2" } }, /offline\.memory is "2"/],
    ["a view in place of a service", { services: [spending] }, /services\[0\] is missing or of another kind/],
    ["an empty path", { services, servingLog: "" }, /servingLog is ""/],
  ])("refuses %s", (_, input, message) => {
    expect(() => defineConfig(input as never)).toThrow(message);
  });
});
