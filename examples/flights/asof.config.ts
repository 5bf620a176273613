// The project as asof's commands see it: `asof training lateness departures`, `asof verify`, ...
import { defineConfig, embedded } from "asof";
import { departures, drawnDepartures, juneDepartures, lateness } from "./definitions.ts";

export default defineConfig({
  services: [lateness],
  labels: [departures, drawnDepartures, juneDepartures],
  online: embedded({ path: "../../.cache/flights/online" }),
  servingLog: "../../.cache/flights/log",
});
