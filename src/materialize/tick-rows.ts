// A view's values at a tick as the rows that an online store keeps: encoded, in order of key.
import { rowEncoder } from "../online/row-codec.ts";
import { vectorReader } from "../schema/vector.ts";
import type { PublishedRow } from "../online/store.ts";
import type { TickValues } from "../offline/values-at.ts";
import type { ViewPlan } from "../plan/view-plan.ts";

const NONE: readonly number[] = [];

/** The rows of a tick, encoded as they are asked for. Throws the signal's reason once it is aborted. */
export function* tickRows(plan: ViewPlan, { key, place, encoded, values }: TickValues, signal?: AbortSignal): Generator<PublishedRow> {
  const encode = rowEncoder(plan.features.map(({ kind }) => kind));
  const readers = values.features.map(vectorReader);
  const mayFail = values.failed.some((flags) => flags.includes(1));
  for (let i = 0; i < key.length; i++) {
    signal?.throwIfAborted();
    const at = place[i] as number;
    const row = encode({
      values: readers.map((read) => read(at)),
      newest: values.newest.map((times) => (times[at] === times[at] ? (times[at] as number) : null)),
      failed: mayFail ? values.failed.flatMap((flags, feature) => (flags[at] === 1 ? [feature] : [])) : NONE,
    });
    yield { key: encoded[key[i] as number] as Uint8Array, row };
  }
}
