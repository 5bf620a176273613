// The record of a view's refreshes with what its version inherits from those before it.
import { inheritedMoves, type RefreshRecord } from "../plan/record.ts";
import { versionsUpTo, type Registered } from "../plan/registered.ts";
import type { OnlineStore } from "./store.ts";
import type { ViewPlan } from "../plan/view-plan.ts";

/** Reads the record of a view: its own moves, and before the first of them those of the versions before it with the same `refresh`. */
export async function inheritedRecord(store: OnlineStore, registered: Registered, plan: ViewPlan): Promise<RefreshRecord> {
  const { name, version } = plan;
  const moves = versionsUpTo(registered, plan).map(async (one) => ({ ...one, moves: (await store.record({ name, version: one.version })).moves }));
  return { view: name, version, moves: inheritedMoves(await Promise.all(moves)) };
}
