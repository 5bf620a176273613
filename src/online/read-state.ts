// The values of a streaming view from an entity's state, computed at T when they are asked for.
import { answerFeature, missingAt, type EntityValues } from "../plan/answer.ts";
import { decodeHead } from "../kernel/state/format.ts";
import { EMPTY } from "../kernel/state/absorb.ts";
import { finish } from "./state-read.ts";
import { UNREACHED, type Unreached } from "./store.ts";
import { valuesAt } from "../kernel/state/read.ts";
import type { Absorbed, StateFound } from "./state-store.ts";
import type { Head } from "../kernel/state/tree.ts";
import type { Micros } from "../time.ts";
import type { OpenRow } from "./read-row.ts";
import type { FeaturePlan, ViewPlan } from "../plan/view-plan.ts";
import type { ServicePlan } from "../plan/service-plan.ts";
import type { StateLayout } from "../kernel/state/layout.ts";

/** A state whose head is read. */
export interface StateHead extends Omit<StateFound, "head"> {
  readonly head: Head;
}

/** Reads the head of a state; null where the view's states are not built yet. */
export function headOf(found: StateFound | Unreached | null): StateHead | Unreached | null {
  if (found === UNREACHED) return UNREACHED;
  if (found === null || found.absorbed.end < 0 || found.absorbed.building === true) return null;
  return { ...found, head: found.head === null ? EMPTY : decodeHead(found.head), chunks: found.chunks };
}

/** The values of a state at T; null where no window holds a row. */
export function readState(layout: StateLayout, { head, chunks }: StateHead, at: Micros): EntityValues | null | Promise<EntityValues | null> {
  return head === EMPTY ? null : finish(valuesAt(layout, head, at), chunks);
}

/** Puts the values of a state into an answer. */
export type FillState = (absorbed: Absorbed | null, values: EntityValues | null, row: OpenRow) => void;

/** What puts the values of one use of a streaming view into answers of a service. */
export function stateFiller(view: ViewPlan, service: ServicePlan, use: number): FillState {
  const outputs = service.features.flatMap(({ view: of, feature }, position) =>
    of === use ? [{ position, feature, plan: view.features[feature] as FeaturePlan }] : [],
  );
  return (absorbed, found, { at, values, status, eventTime }) => {
    const missing = missingAt(view, at, absorbed === null ? null : absorbed.upTo);
    for (const { position, feature, plan } of outputs) {
      const answer = answerFeature(plan, feature, missing, found);
      values[position] = answer.value;
      status[position] = answer.status;
      eventTime[position] = answer.eventTime;
    }
  };
}
