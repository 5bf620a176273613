// One simulated life of a streaming view: events arrive, are asked about, and processes die; what was answered is kept beside what arrived.
import { join } from "node:path";
import { caseOf, type Case, type Seeds } from "../property/cases.ts";
import { chance } from "../property/runs.ts";
import { featureReader } from "../../src/online/read.ts";
import { planOf } from "../property/plan.ts";
import { Stream } from "../../src/stream/stream.ts";
import { timestampOf } from "../../src/time.ts";
import { World, DEATHS } from "./world.ts";
import type { Absorbed } from "../../src/online/state-store.ts";
import type { Answer } from "../../src/online/answer.ts";
import type { EventRow } from "../property/inputs.ts";
import type { OnlineStore } from "../../src/online/store.ts";
import type { Outcome } from "../../src/stream/intake.ts";
import type { ServicePlan } from "../../src/plan/service-plan.ts";
import type { Source } from "../../src/define/source.ts";
import type { ViewDefinition } from "../../src/define/feature-view.ts";
import type { ViewPlan } from "../../src/plan/view-plan.ts";

/** An event that was sent, `seen` when it came, with what became of it; null where its process died first. */
export interface Arrival {
  readonly row: EventRow;
  /** What the clock showed. */
  readonly clock: number;
  readonly outcome: Outcome | null;
}

/** An answer, and how far the states had absorbed the log. */
export interface Asked {
  readonly key: string;
  readonly answer: Answer;
  readonly cut: Absorbed;
}

/** What happened. */
export interface Life {
  readonly definition: ViewDefinition;
  readonly arrivals: readonly Arrival[];
  readonly asked: readonly Asked[];
  /** The folder of the source's log. */
  readonly log: string;
  readonly deaths: number;
}

const BASES = [0, 991_353_600_000_000, -7];

/** The case of some seeds, with a source that takes events. */
function streamedCase(seeds: Seeds): Case {
  const tried = caseOf({ ...seeds, base: BASES[Math.abs(seeds.base) % BASES.length] as number, refresh: 0 });
  const source: Source<unknown> = {
    ...tried.definition.source,
    tieBreak: [[], ["rank"], ["s", "x"], []][seeds.source % 4] as string[],
    available: { column: "seen", trustedFrom: -Infinity, delay: 0 },
    batch: seeds.source % 2 === 0 ? null : tried.definition.source.batch,
    stream: { kind: "ingest" },
    late: [seeds.range * 8, seeds.range, seeds.range >> 1][seeds.source % 3] as number,
    ahead: seeds.source % 5 === 0 ? seeds.range >> 3 : seeds.range * 4,
  };
  return { ...tried, definition: { ...tried.definition, source } };
}

/** Lives through a history in a folder. `name` is of no other history in the store. */
export async function live(seeds: Seeds, steps: number, store: OnlineStore, folder: string, name: string): Promise<Life> {
  const { definition, rows } = streamedCase(seeds);
  const plan: ViewPlan = { ...planOf(definition), name, version: "1", streamed: true };
  const world = new World();
  const below = chance(steps);
  const options = {
    folder,
    config: { segmentBytes: 200 + below(2000), queueBytes: 1e6 },
    clock: world.clock,
    states: world.storeOf(store.states),
    views: [plan],
    openFile: world.openFile,
    idsInMemory: 1 + below(6),
  };
  const arrivals: Arrival[] = [];
  const asked: Asked[] = [];
  const reader = featureReader(serviceOf(plan), store, world.clock);
  let stream = await Stream.open(options);
  let deaths = 0;
  let newest = -Infinity;
  const restart = async (): Promise<void> => {
    await stream.close();
    world.revive();
    stream = await Stream.open(options);
  };
  const source = definition.source.name;
  const send = async (events: readonly EventRow[], visible: boolean): Promise<void> => {
    const sent = events.map(({ seen: _, ...event }) => event);
    const done = stream.ingest(source, sent, { visible });
    const outcomes = await (visible && world.doom !== null ? Promise.race([done, died(world)]) : done);
    events.forEach((row, i) => {
      const outcome = outcomes?.[i] ?? null;
      const isLost = outcome === null || (outcome.status === "refused" && outcome.error.code === "INGEST_CANNOT_WRITE");
      const isTaken = outcome !== null && "available" in outcome;
      if (isTaken) newest = outcome.available;
      arrivals.push({
        row: { ...row, seen: timestampOf(isTaken ? newest : Math.max(newest, world.clock.now())) },
        clock: world.clock.now(),
        outcome: isLost ? null : outcome,
      });
    });
  };
  const inOrder = below(4) > 0;
  const queue = inOrder ? rows.toSorted((a, b) => Number(a.seen.micros - b.seen.micros)) : [...rows];
  while (queue.length > 0) {
    const events = queue.splice(0, 1 + below(3));
    const clock = Number((events.at(-1) as EventRow).seen.micros);
    world.clock.set(below(6) === 0 ? clock : Math.max(clock, world.clock.now())); // sometimes it jumps back
    if (below(5) === 0) world.doom = { death: DEATHS[below(DEATHS.length)] as (typeof DEATHS)[number], share: below(101) };
    await send(events, below(2) === 0);
    if (world.doom !== null || below(9) === 0) {
      deaths++;
      await restart();
      const lost = events.filter((row) => arrivals.some((arrival) => arrival.outcome === null && arrival.row.id === row.id && row.id !== null));
      if (lost.length > 0 && definition.source.id !== null && below(3) > 0) queue.unshift(...lost.slice(0, 1));
    }
    if (below(4) === 0) world.clock.set(world.clock.now() + below(1 + seeds.range));
    const key = rows[below(rows.length)]?.user ?? "nobody";
    const answer = await reader.one({ user: key });
    asked.push({ key, answer, cut: answer.row.runs[0] as Absorbed });
  }
  await restart();
  for (const {
    key: [key],
  } of caseOf(seeds).wanted) {
    const answer = await reader.one({ user: key });
    asked.push({ key: key as string, answer, cut: answer.row.runs[0] as Absorbed });
  }
  await stream.close();
  return { definition, arrivals, asked, log: join(folder, source), deaths };
}

async function died(world: World): Promise<null> {
  while (!world.isDead) await new Promise(setImmediate);
  return null;
}

/** A service of one view, as `planService` would make it. */
function serviceOf(view: ViewPlan): ServicePlan {
  const features = view.features.map(({ name, kind }, feature) => ({ name, kind, view: 0, feature }));
  return {
    name: "simulated",
    version: "1",
    keys: [{ name: "user", kind: "string", nullable: false }],
    request: [],
    features,
    derived: [],
    outputs: features.map(({ name, kind }) => ({ name, kind, view: 0, version: view.version })),
    views: [{ name: view.name, view, keyNames: ["user"] }],
  };
}
