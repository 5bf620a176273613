// The project as asof's commands see it: `asof apply`, `asof stream`, `asof serve`, `asof verify`, ...
import { defineConfig, embedded } from "asof";
import { chargedBack, checkout } from "./definitions.ts";

export default defineConfig({
  services: [checkout],
  labels: [chargedBack],
  online: embedded({ path: "../../.cache/shop/online" }),
  ingest: { folder: "../../.cache/shop/log" },
  servingLog: "../../.cache/shop/served",
});
