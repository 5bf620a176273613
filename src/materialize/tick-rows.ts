// A view's values at a tick as the rows that an online store keeps: encoded, in order of key.
import { encodeRow } from "../online/row-codec.ts";
import { vectorReader } from "../schema/vector.ts";
import type { PublishedRow } from "../online/store.ts";
import type { TickValues } from "../offline/values-at.ts";
import type { ViewPlan } from "../plan/view-plan.ts";

/** The rows of a tick, encoded as they are asked for. Throws the signal's reason once it is aborted. */
export function* tickRows(plan: ViewPlan, { encoded, values }: TickValues, signal?: AbortSignal): Generator<PublishedRow> {
  const kinds = plan.features.map((feature) => feature.kind);
  const readers = values.features.map(vectorReader);
  for (let at = 0; at < encoded.length; at++) {
    signal?.throwIfAborted();
    const row = {
      values: readers.map((read) => read(at)),
      newest: values.newest.map((times) => (Number.isNaN(times[at]) ? null : (times[at] as number))),
      failed: values.failed.flatMap((flags, feature) => (flags[at] === 1 ? [feature] : [])),
    };
    yield { key: encoded[at] as Uint8Array, row: encodeRow(row, kinds) };
  }
}
