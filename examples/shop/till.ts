// The till: asks for the features of checkouts over HTTP, scores them, and keeps what came of each.
import type { Agent } from "node:http";
import { amountOf, chargebackAfter } from "./visit.ts";
import { chanceBy, valuesFor, type Logistic } from "./logistic.ts";
import { postJson } from "../common/http.ts";
import type { Chance } from "./chance.ts";
import type { Visitor } from "./traffic.ts";

/** A charge that comes back within so many days makes a checkout a fraud: as in the label. */
const HORIZON_DAYS = 14;

/** An answer of the store, as it stands in the body. */
export interface Served {
  readonly at: string;
  readonly values: Readonly<Record<string, unknown>>;
  readonly status: Readonly<Record<string, string>>;
  readonly eventTime: Readonly<Record<string, string | null>>;
  readonly asOf: Readonly<Record<string, string | null>>;
}

/** An answer, with what was asked and the score that the model gave it. */
export interface Example extends Served {
  readonly input: Readonly<Record<string, unknown>>;
  readonly score: number;
}

/** Asks about visitors. */
export interface Till {
  /** How long each answer took from when it was due, in milliseconds. */
  readonly latencies: readonly number[];
  /** Of each checkout the score, and 1 if it will be charged back in time, else 0. */
  readonly scores: readonly number[];
  readonly outcomes: readonly number[];
  failed(): number;
  /** The last checkout of several items by somebody with a past. */
  example(): Example | null;
  /** Asks about somebody who looks around, or checks out; `due` is when, on the clock of `performance`. */
  ask(visitor: Visitor, due: number, checksOut: boolean): Promise<void>;
}

/** A till. Without a model nothing is scored. */
export function tillAt(server: string, agent: Agent, model: Logistic | null, chance: Chance): Till {
  const latencies: number[] = [];
  const scores: number[] = [];
  const outcomes: number[] = [];
  let failed = 0;
  let example: Example | null = null;
  const ask = async ({ session, visit, done }: Visitor, due: number, checksOut: boolean): Promise<void> => {
    const amount = amountOf(visit.steps.slice(0, done));
    const input = { user_id: visit.user.id, session_id: session, amount };
    try {
      const served = await postJson<Served>(`${server}/v1/features/checkout`, agent, { input });
      latencies.push(performance.now() - due);
      if (!checksOut || model === null) return;
      const score = chanceBy(model, valuesFor(model, { ...served.values, amount }));
      scores.push(score);
      outcomes.push((chargebackAfter(visit, chance) ?? Infinity) < HORIZON_DAYS ? 1 : 0);
      const { items_in_session: items, usual_amount: usual } = served.values;
      if (usual !== null && Array.isArray(items) && items.length > 2 && items.length < 6) example = { ...served, input, score };
    } catch (error) {
      if (failed++ === 0) process.stderr.write(`${String(error)}\n`);
    }
  };
  return { latencies, scores, outcomes, failed: () => failed, example: () => example, ask };
}
