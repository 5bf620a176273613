// `asof/testing`: a whole store for one test, with a clock that stands still until it is moved, and nothing left behind.
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStore, type Store } from "./feature-store.ts";
import { defineConfig, type ConfigInput } from "./define/config.ts";
import { manualClock, parseTime, timestampOf, type Micros, type Timestamp } from "./time.ts";
import { expectedTick, type Schedule } from "./materialize/ticks.ts";
import { rows } from "./define/source.ts";
import { UsageError } from "./errors.ts";
import type { Outcome } from "./stream/intake.ts";
import type { ServiceDefinition } from "./define/feature-service.ts";
import type { Source } from "./define/source.ts";
import type { Value } from "./schema/value-type.ts";

/** How a store for a test is made. */
export interface TestStoreOptions extends Pick<ConfigInput, "services"> {
  /** Where the clock stands at first: ISO 8601. */
  readonly at: string;
  /** For sources by name, the rows that their batch holds in this test. Sources that are not named keep theirs. */
  readonly rows?: Readonly<Record<string, readonly Readonly<Record<string, Value>>[]>>;
  /** The folder that the paths of sources are relative to; by default the current one. */
  readonly root?: string;
}

/** A store for one test. */
export interface TestStore extends Pick<Store, "online" | "onlineMany" | "training"> {
  /** What the clock shows. */
  readonly now: Timestamp;
  /**
   * Moves the clock, forwards only, and refreshes every view whose run would have been published by then. Throws a `UsageError`
   * where the time lies behind.
   */
  at(time: string): Promise<void>;
  /** Takes events that arrive now; resolves once the next question sees them. Throws an `IngestError` where one is no event of the source. */
  ingest<R>(source: Source<R>, events: readonly Partial<NoInfer<R>>[]): Promise<readonly Outcome[]>;
  /** Ends, and removes all that it kept. */
  close(): Promise<void>;
}

/**
 * Makes a store of services for one test, where `at` what is said holds:
 *
 *     const store = await testStore({ services: [checkout], at: "2026-06-01T12:00:00Z" });
 *     await store.ingest(basketEvents, [{ session_id: "s1", item_id: "pen", at: store.now, kind: "add" }]);
 *     await store.at("2026-06-01T12:05:00Z");
 *     expect((await store.online(checkout, { session_id: "s1" })).values.items_in_session).toEqual(["pen"]);
 *     await store.close();
 *
 * It is a real store, with its log, states and refreshes, in a folder of its own. Throws a `DefinitionError` or `TimeError`.
 */
export async function testStore({ services, at, rows: given = {}, root = "." }: TestStoreOptions): Promise<TestStore> {
  const clock = manualClock(parseTime(at));
  const changed = withRows(services, given);
  const folder = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "asof-test-"));
  const config = defineConfig({
    services: changed,
    online: { kind: "embedded", path: join(folder, "online") },
    ingest: { folder: join(folder, "log") },
  });
  const store = await openStore(config, { root, clock });
  await store.apply();
  const schedules = new Map<string, Schedule>();
  for (const { view } of store.services.flatMap(({ views }) => views)) if (view.refresh.kind === "every") schedules.set(view.name, view.refresh);
  const published = new Map<string, Micros>();
  const refresh = async (): Promise<void> => {
    for (const [view, schedule] of schedules) {
      const tick = expectedTick(schedule, clock.now());
      if (tick <= (published.get(view) ?? -Infinity)) continue;
      await store.materialize({ views: [view], mode: { kind: "tick", tick } });
      published.set(view, tick);
    }
  };
  const close = async (): Promise<void> => {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await refresh();
    if (store.services.some(({ views }) => views.some(({ view }) => view.streamed))) await (await store.stream()).built();
  } catch (error) {
    await close();
    throw error;
  }
  return {
    online: (service, input) => store.online(service, input),
    onlineMany: (service, inputs) => store.onlineMany(service, inputs),
    training: (service, labels, options) => store.training(service, labels, options),
    get now() {
      return timestampOf(clock.now());
    },
    at: async (time) => {
      const to = parseTime(time);
      if (to < clock.now()) {
        const now = timestampOf(clock.now()).toString();
        throw new UsageError({ code: "TESTING_BACKWARDS", what: `${time} lies before ${now}, where the clock stands`, cure: "Tell what happens in its order" });
      }
      clock.set(to);
      await refresh();
    },
    ingest: async (source, events) => {
      const outcomes = await store.ingest(source, events, { visible: true });
      for (const outcome of outcomes) if (outcome.status === "refused") throw outcome.error;
      return outcomes;
    },
    close,
  };
}

/** Services whose sources hold other rows: each source is exchanged once, so that views that share one still do. */
function withRows(services: readonly ServiceDefinition[], given: NonNullable<TestStoreOptions["rows"]>): ServiceDefinition[] {
  const sources = new Map<Source<unknown>, Source<unknown>>();
  const names = new Set<string>();
  const exchanged = (source: Source<unknown>): Source<unknown> => {
    names.add(source.name);
    const known = sources.get(source);
    if (known !== undefined) return known;
    const own = given[source.name];
    const enrichments = source.enrichments.map((enrichment) => ({ ...enrichment, of: exchanged(enrichment.of) }));
    const changed = { ...source, enrichments, batch: own === undefined ? source.batch : rows(own) };
    sources.set(source, changed);
    return changed;
  };
  const definitions = new Map<unknown, ServiceDefinition["views"][number]["definition"]>();
  const changed = services.map((service): ServiceDefinition => ({
    ...service,
    views: service.views.map((view) => {
      const definition = definitions.get(view.definition) ?? { ...view.definition, source: exchanged(view.definition.source) };
      definitions.set(view.definition, definition);
      return { ...view, definition };
    }),
  }));
  const unknown = Object.keys(given).find((name) => !names.has(name));
  if (unknown === undefined) return changed;
  throw new UsageError({ code: "TESTING_UNKNOWN_SOURCE", what: `no view takes rows of a source '${unknown}'`, cure: `There are: ${[...names].join(", ")}` });
}
