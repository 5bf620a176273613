// The project: what is served, and what it is trained on.
import { defineConfig } from "asof";
import { buysAgain, customers } from "./definitions.ts";

export default defineConfig({ services: [customers], labels: [buysAgain] });
