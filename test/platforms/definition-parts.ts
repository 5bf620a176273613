// What versions and descriptions definitions have.
import { fingerprint } from "../../src/plan/fingerprint.ts";
import { describeView } from "../../src/plan/view-description.ts";
import { functions } from "../versions/definitions.ts";
import { planOutcome } from "../../src/plan/outcome-plan.ts";
import { planService } from "../../src/plan/service-plan.ts";
import { returned, SERVICES } from "./shop.ts";
import type { Part } from "./part.ts";

const ofFunctions: Part = {
  name: "versions of functions",
  make: (add) => {
    for (const [name, value] of Object.entries(functions)) add(`${name} ${fingerprint({ value })}`);
  },
};

const ofServices: Part = {
  name: "versions of services and views",
  make: (add) => {
    for (const service of SERVICES) {
      const plan = planService(service);
      add(`${plan.name} ${plan.version} ${plan.derived.map(({ name, version }) => `${name} ${version}`).join()}`);
      for (const { view } of plan.views) add(`${view.name} ${view.version} ${JSON.stringify(describeView(view))}`);
    }
    add(`${returned.name} ${planOutcome(returned).view.version}`);
  },
};

/** Versions are the same everywhere, but where functions use what differs in `Math`. */
export const DEFINITION_PARTS: readonly Part[] = [ofFunctions, ofServices];
