// The proof at the end of a history: what was answered is logged and verified, and trained on at the same moments.
import { join } from "node:path";
import { answersAt, history, type Given } from "../oracle/naive.ts";
import { bits } from "../property/compare.ts";
import { buildTrainingSet } from "../../src/offline/training-set.ts";
import { defineConfig, embedded } from "../../src/define/config.ts";
import { labels } from "../../src/define/labels.ts";
import { manualClock, timestampOf, SECOND } from "../../src/time.ts";
import { openServingLog } from "../../src/monitor/serving-log.ts";
import { rows } from "../../src/define/source.ts";
import { t } from "../../src/schema/value-type.ts";
import { verifyLog } from "../../src/monitor/verify.ts";
import type { Asked, Happened } from "./life.ts";
import type { Machine } from "./processes.ts";

/** Logs all answers and verifies them. Throws where a value is not what it was; gives how many were compared. */
export async function verified({ asked, of }: Happened, { root }: Machine, name: string): Promise<number> {
  const folder = join(root, name, "served");
  const plans = [...new Set(asked.map((one) => one.of.plan))];
  const log = await openServingLog({ folder, segmentBytes: 1000, flushEvery: SECOND }, root, plans, manualClock(0));
  for (const { of: by, answer } of asked) await log.append(by.plan, answer.row);
  await log.close();
  const config = defineConfig({ services: [of.service], online: embedded({ path: join(name, "online") }), ingest: { folder: "log" } });
  const found = await verifyLog(config, { root, log: folder, examples: 3 });
  if (found.different > 0 || found.requests !== asked.length) throw new Error(`verify: ${JSON.stringify({ ...found, examples: found.examples }, null, 1)}`);
  return found.compared;
}

/** Trains at the moments of all answers by the definitions of the end. Throws where a value is not what the oracle says; gives how many there are. */
export async function trained(happened: Happened, { root, offline }: Machine, name: string, known: readonly Given[]): Promise<number> {
  const { of, scenario, moves } = happened;
  const asked = happened.asked.filter(({ answer }) => answer.at >= (moves[0]?.from ?? Infinity)); // before, training takes what the schedule was to show
  const from = rows(asked.map(({ key, answer }) => ({ user: key, T: timestampOf(answer.at) })));
  const points = labels("asked", { schema: { user: t.string(), T: t.timestamp() }, at: "T", from });
  const records = { refreshed: { view: "refreshed", version: of.refreshed.version, moves } };
  const request = { service: of.plan, labels: points, folder: join(root, name, "trained"), records, clock: manualClock(0) };
  const set = await buildTrainingSet(offline, "simulated", request);
  const views = [history(of.definitions.live, known), history(of.definitions.refreshed, scenario.given(known))];
  let at = 0;
  for await (const row of set) {
    const { key, answer } = asked[at++] as Asked;
    for (const view of views) {
      answersAt(view, [key], BigInt(answer.at), moves).forEach(({ value }, i) => {
        const feature = view.definition.features[i]?.name as string;
        if (bits(row[feature] ?? null) !== bits(value))
          throw new Error(`${key} at ${answer.at}, trained ${feature}: ${bits(row[feature] ?? null)}, oracle ${bits(value)}`);
      });
    }
  }
  if (at !== asked.length) throw new Error(`${asked.length} labels have ${at} rows`);
  return at * of.plan.outputs.length;
}
