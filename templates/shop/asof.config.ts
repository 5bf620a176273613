// The project: what is served, and what it is trained on.
import { defineConfig } from "asof";
import { checkout, paid } from "./definitions.ts";

export default defineConfig({ services: [checkout], labels: [paid], servingLog: ".asof/served" });
