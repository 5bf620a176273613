// An outcome's plan: the view that computes it, and when its labels are mature.
import { DefinitionError } from "../errors.ts";
import { planView, type ViewPlan } from "./view-plan.ts";
import type { Micros } from "../time.ts";
import type { Outcome } from "../define/outcome.ts";

/** The plan of an outcome. */
export interface OutcomePlan {
  readonly name: string;
  /** One feature, whose value at `T + horizon` is the label, over rows as they are known at the cut. */
  readonly view: ViewPlan;
  readonly horizon: Micros;
  /** How long after T all that belongs to a label can have come: its horizon, and `late` of its source. */
  readonly maturity: Micros;
}

/** Compiles an outcome. Throws a `DefinitionError` for what cannot be computed. */
export function planOutcome({ name, definition, horizon }: Outcome<unknown>): OutcomePlan {
  const view = inOutcome(name, () => planView(definition));
  return Object.freeze({ name, view, horizon, maturity: horizon + (definition.source.late ?? 0) });
}

/** The moment before which labels are mature: those with `T + maturity < cut`. */
export function matureBefore(maturity: Micros, cut: Micros): Micros {
  return cut - maturity;
}

/** Errors of the view that computes an outcome, told of the outcome. */
function inOutcome<T>(name: string, plan: () => T): T {
  try {
    return plan();
  } catch (error) {
    if (!(error instanceof DefinitionError) || error.where === undefined) throw error;
    const { code, what, cure } = error;
    const where = error.where.replace(`view ${name}`, `outcome ${name}`).replace(`, feature ${name}`, ", label");
    throw new DefinitionError({ code, what, where, ...(cure === undefined ? {} : { cure }) }, { cause: error });
  }
}
