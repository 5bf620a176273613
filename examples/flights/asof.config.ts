// The project as asof's commands see it: `asof training lateness departures`, `asof verify`, ...
import { defineConfig } from "asof";
import { onlineStore } from "../common/store.ts";
import { briefing, departures, drawnDepartures, juneDepartures, lateness } from "./definitions.ts";

export default defineConfig({
  services: [lateness, briefing],
  labels: [departures, drawnDepartures, juneDepartures],
  online: onlineStore("../../.cache/flights/online"),
  servingLog: "../../.cache/flights/log",
});
