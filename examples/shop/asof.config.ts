// The project as asof's commands see it: `asof apply`, `asof stream`, `asof serve`, `asof verify`, ...
import { defineConfig } from "asof";
import { onlineStore } from "../common/store.ts";
import { chargedBack, checkout } from "./definitions.ts";

export default defineConfig({
  services: [checkout],
  labels: [chargedBack],
  online: onlineStore("../../.cache/shop/online"),
  ingest: { folder: "../../.cache/shop/log" },
  servingLog: "../../.cache/shop/served",
});
