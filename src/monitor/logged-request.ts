// From an answer to what the serving log keeps of it: by position, in the order of the service's plan.
import { fromJson } from "../schema/json-value.ts";
import type { Answer } from "../online/read.ts";
import type { LoggedRequest } from "./serving-log-format.ts";
import type { Micros } from "../time.ts";
import type { ServicePlan } from "../plan/service-plan.ts";
import type { Status } from "../define/answer.ts";
import type { Value } from "../schema/value-type.ts";

/** What to log of an answer to `row`, which has passed the service's checks. */
export function loggedRequest(plan: ServicePlan, row: unknown, answer: Answer): LoggedRequest {
  const given = row as Readonly<Record<string, unknown>>;
  return {
    at: answer.at,
    input: [
      ...plan.keys.map(({ name, kind }) => fromJson(given[name], kind) ?? (given[name] as Value)),
      ...plan.request.map(({ name }) => answer.request[name] ?? null),
    ],
    runs: plan.views.map(({ name }) => answer.views[name] ?? null),
    values: plan.features.map(({ name }) => answer.values[name] ?? null),
    status: plan.features.map(({ name }) => answer.status[name] as Status),
    eventTime: plan.features.map(({ name }): Micros | null => answer.eventTime[name] ?? null),
  };
}
