// The facade: one store of features, opened from a configuration; heavy parts are loaded when they are first needed.
import { resolve } from "node:path";
import { appliedVersion, wasApplied, type Registered } from "./plan/registered.ts";
import { didYouMean, UsageError } from "./errors.ts";
import { isMade, openOnline } from "./online/open.ts";
import { packageVersion } from "./version.ts";
import { planService, type ServicePlan } from "./plan/service-plan.ts";
import { systemClock, timestampOf, type Clock, type Micros, type Timestamp } from "./time.ts";
import type { ApplyOptions, Changes, Definitions } from "./apply/apply.ts";
import type { Answer, InputOf, LabelsFor, TrainingRow } from "./define/answer.ts";
import type { Answer as Served } from "./online/answer.ts";
import type { FeatureReader } from "./online/read.ts";
import type { Freshness } from "./online/freshness.ts";
import type { Config } from "./define/config.ts";
import type { Compacted, CompactOptions } from "./materialize/compact-logs.ts";
import type { LogState, ServingLog } from "./monitor/serving-log.ts";
import type { Materialized, MaterializeOptions, Mode } from "./materialize/materialize.ts";
import type { Labels } from "./define/labels.ts";
import type { Move, RefreshRecord } from "./plan/record.ts";
import type { Offline } from "./offline/offline.ts";
import type { OnlineStore } from "./online/store.ts";
import type { OrNull } from "./define/entity.ts";
import { microsOf, planSplit, type SplitOptions } from "./define/split.ts";
import type { Outcome } from "./stream/intake.ts";
import type { Service } from "./define/feature-service.ts";
import type { Source } from "./define/source.ts";
import type { Stream } from "./stream/stream.ts";
import type { TrainingProgress, TrainingSet } from "./offline/training-set.ts";
import type { Availability } from "./offline/event-table.ts";
import type { ViewPlan } from "./plan/view-plan.ts";

/** What to materialize: by default the newest due tick of every view with a schedule. */
export interface MaterializeRequest extends MaterializeOptions {
  readonly views?: readonly string[];
  readonly mode?: Mode;
}

/** What a training set is built of. */
export interface TrainingOptions {
  /** A new folder, relative to the root, or that of an older training set, which is replaced. */
  readonly out: string;
  /** `recorded` (default): only rows that had arrived at T. `instant`: as if rows arrived when they happened, which leaks. */
  readonly availability?: Availability;
  /** What the labels of an outcome know: the rows available before it, ISO 8601 or a timestamp. By default the clock's now. */
  readonly cut?: string | Timestamp;
  /** Adds a column `split` with each row's part, null where a row lies in the embargo between two. */
  readonly split?: SplitOptions | undefined;
  /** Ends the build, leaving nothing behind. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (progress: TrainingProgress) => void;
}

/** A store of features, in this process. */
export interface Store {
  readonly config: Config;
  /** The plans of the config's services. */
  readonly services: readonly ServicePlan[];
  /** The features of one entity, as of the clock's now. Throws a `RequestError`. */
  online<K, Q, V>(service: Service<K, Q, V>, input: NoInfer<InputOf<K, Q>>): Promise<Answer<V>>;
  /** The features of many entities, in order, at one T and in one snapshot of the store. Throws a `RequestError`. */
  onlineMany<K, Q, V>(service: Service<K, Q, V>, inputs: readonly NoInfer<InputOf<K, Q>>[]): Promise<readonly Answer<V>[]>;
  /** One row per label, with the features as they were known at its T. Throws a `SourceError`, `UsageError` or `TimeError`. */
  training<K, Q, V, L extends NoInfer<OrNull<K> & Q>, S extends SplitOptions | undefined = undefined>(
    service: Service<K, Q, V>,
    labels: LabelsFor<L, NoInfer<V>>,
    options: TrainingOptions & { readonly split?: S },
  ): Promise<TrainingSet<TrainingRow<L, V, S>>>;
  /** Like `training`, where the types are not known. */
  build(plan: ServicePlan, labels: Labels<unknown>, options: TrainingOptions): Promise<TrainingSet>;
  /** Runs that are due, of views that are refreshed on a schedule, computed from their sources and published. */
  materialize(request?: MaterializeRequest): Promise<readonly Materialized[]>;
  /**
   * Takes events of a source, in order, in this process; resolves with what became of each, once it is on disk, or, with `visible`,
   * once readers see it. Throws an `IngestError`: `INGEST_LOCKED` where another process takes events, `INGEST_BUSY` where too much waits.
   */
  ingest<R>(source: Source<R>, events: readonly Partial<NoInfer<R>>[], options?: { readonly visible?: boolean }): Promise<readonly Outcome[]>;
  /** The streaming side, opened in this process when it is first asked for: it takes events, and keeps streaming views up to date. */
  stream(): Promise<Stream>;
  /**
   * Puts Parquet files in the place of what of the event logs no event can correct any more, while any process takes events or reads.
   * Throws an `IngestError` `INGEST_COMPACTING` where another process does.
   */
  compact(options?: CompactOptions): Promise<readonly Compacted[]>;
  /** Points a view back to the run before the current one. Throws a `MaterializeError`. */
  rollback(view: string): Promise<Move>;
  /** What `apply` would change, and what that has computed again. Writes nothing. */
  changes(): Promise<Changes>;
  /**
   * Registers the definitions as the code has them, all or none, and says what changed. Throws a `StoreError`: `REGISTRY_MOVED` where
   * another apply came first, `REGISTRY_SCHEMA` where the log of a source could not be read any more, `REGISTRY_PREVENTED`.
   */
  apply(options?: ApplyOptions): Promise<Changes>;
  /** The plan of a service by name. Throws a `UsageError`. */
  plan(service: string): ServicePlan;
  /** Answers rows as JSON or TypeScript holds them, times in microseconds. Each is logged if the config says so. */
  answer(plan: ServicePlan, rows: readonly unknown[]): Promise<readonly Served[]>;
  /** Why requests cannot be answered as the code says, a sentence each; empty when they can. */
  problems(): Promise<readonly string[]>;
  /** How fresh each view is that requests are answered with now. */
  freshness(): Promise<readonly Freshness[]>;
  /** How the serving log fares; null without one. */
  logState(): LogState | null;
  close(): Promise<void>;
}

/** How a store is opened. */
export interface StoreOptions {
  /** The folder that the config's paths are relative to; by default the current one. */
  readonly root?: string;
  /** By default the machine's. */
  readonly clock?: Clock;
}

/** Opens a store. Its files are opened when they are first needed. Throws a `DefinitionError` for what cannot be planned. */
export function openStore(config: Config, options: StoreOptions = {}): Promise<Store> {
  return Promise.resolve().then(() => new FeatureStore(config, resolve(options.root ?? "."), options.clock ?? systemClock));
}

class FeatureStore implements Store {
  readonly config: Config;
  readonly services: readonly ServicePlan[];
  readonly #root: string;
  readonly #clock: Clock;
  readonly #views: ReadonlyMap<string, ViewPlan>;
  readonly #readers: Map<ServicePlan, FeatureReader> = new Map();
  #online: Promise<OnlineStore> | null = null;
  #offline: Promise<Offline> | null = null;
  #log: Promise<ServingLog> | null = null;
  #openLog: ServingLog | null = null;
  #stream: Promise<Stream> | null = null;
  #freshness: (() => Promise<readonly Freshness[]>) | null = null;

  constructor(config: Config, root: string, clock: Clock) {
    this.config = config;
    this.services = config.services.map(planService);
    this.#root = root;
    this.#clock = clock;
    this.#views = new Map(this.services.flatMap(({ views }) => views.map(({ view }) => [view.name, view] as const)));
  }

  async online<K, Q, V>(service: Service<K, Q, V>, input: NoInfer<InputOf<K, Q>>): Promise<Answer<V>> {
    const [answer] = await this.answer(this.plan(service.name), [input]);
    return typed<V>(answer as Served);
  }

  async onlineMany<K, Q, V>(service: Service<K, Q, V>, inputs: readonly NoInfer<InputOf<K, Q>>[]): Promise<readonly Answer<V>[]> {
    return (await this.answer(this.plan(service.name), inputs)).map((answer) => typed<V>(answer));
  }

  async answer(plan: ServicePlan, rows: readonly unknown[]): Promise<readonly Served[]> {
    const reader = this.#readers.get(plan) ?? (await this.#reader(plan));
    const found = rows.length === 1 ? reader.one(rows[0]) : reader.many(rows);
    const answered = found instanceof Promise ? await found : found; // most stores answer at once
    const answers = Array.isArray(answered) ? (answered as readonly Served[]) : [answered as Served];
    const log = this.#openLog ?? (await this.#servingLog());
    if (log === null) return answers;
    for (const { row } of answers) {
      const wait = log.append(plan, row);
      if (wait !== undefined) await wait; // the disk is behind: the answer waits, so that no line is lost
    }
    return answers;
  }

  training<K, Q, V, L extends NoInfer<OrNull<K> & Q>, S extends SplitOptions | undefined = undefined>(
    service: Service<K, Q, V>,
    labels: LabelsFor<L, NoInfer<V>>,
    options: TrainingOptions & { readonly split?: S },
  ): Promise<TrainingSet<TrainingRow<L, V, S>>> {
    return this.build(this.plan(service.name), labels as Labels<unknown>, options) as Promise<unknown> as Promise<TrainingSet<TrainingRow<L, V, S>>>;
  }

  async build(
    plan: ServicePlan,
    labels: Labels<unknown>,
    { out, availability = "recorded", cut, split, signal, onProgress }: TrainingOptions,
  ): Promise<TrainingSet> {
    const { buildTrainingSet } = await import("./offline/training-set.ts");
    const records = await this.#records(plan);
    const progress = onProgress === undefined ? {} : { progress: onProgress };
    return buildTrainingSet(await this.#openOffline(), packageVersion(), {
      service: plan,
      labels,
      folder: resolve(this.#root, out),
      records,
      availability,
      cut: cut === undefined ? undefined : microsOf(cut),
      split: split === undefined ? undefined : planSplit(split),
      clock: this.#clock,
      signal,
      ...progress,
    });
  }

  async materialize({ views, mode = { kind: "now" }, ...options }: MaterializeRequest = {}): Promise<readonly Materialized[]> {
    const plans = views?.map((name) => this.#view(name)) ?? [...this.#views.values()].filter(({ refresh }) => refresh.kind === "every");
    const { materialize } = await import("./materialize/materialize.ts");
    const wings = { offline: await this.#openOffline(), store: await this.#openOnline(), clock: this.#clock };
    const done: Materialized[] = [];
    for (const plan of plans) done.push(await materialize(wings, plan, mode, options));
    return done;
  }

  async ingest<R>(source: Source<R>, events: readonly Partial<NoInfer<R>>[], options?: { readonly visible?: boolean }): Promise<readonly Outcome[]> {
    return (await this.stream()).ingest(source.name, events, options);
  }

  stream(): Promise<Stream> {
    this.#stream ??= this.#openStream().catch((error: unknown) => {
      this.#stream = null; // what was wrong may be mended while the process runs
      throw error;
    });
    return this.#stream;
  }

  async #definitions(): Promise<Definitions> {
    const [{ Definitions }, { logSize }] = await Promise.all([import("./apply/apply.ts"), import("./apply/log-size.ts")]);
    const logBytes = (source: string): Promise<number | null> => logSize(this.#root, this.config.ingest.folder, source);
    const site = { clock: this.#clock, logBytes, exists: () => isMade(this.config.online, this.#root), store: () => this.#openOnline() };
    return new Definitions([...this.#views.values()], site);
  }

  async #openStream(): Promise<Stream> {
    await (await this.#definitions()).refuseUnreadableLogs();
    const [{ Stream }, { historiesOf }] = await Promise.all([import("./stream/stream.ts"), import("./materialize/histories.ts")]);
    const { states } = await this.#openOnline();
    const folder = this.#logFolder;
    const histories = historiesOf(() => this.#openOffline());
    return Stream.open({ folder, config: this.config.ingest, clock: this.#clock, states, views: [...this.#views.values()], histories });
  }

  async compact(options?: CompactOptions): Promise<readonly Compacted[]> {
    const [{ compactLogs }, { ingestSources }] = await Promise.all([import("./materialize/compact-logs.ts"), import("./stream/stream.ts")]);
    const views = [...this.#views.values()];
    const states = isMade(this.config.online, this.#root) ? (await this.#openOnline()).states : null;
    const { folder, retain } = this.config.ingest;
    const site = { offline: await this.#openOffline(), folder: resolve(this.#root, folder), retain, states, views, clock: this.#clock };
    return compactLogs(site, ingestSources(views), options);
  }

  async rollback(view: string): Promise<Move> {
    const plan = this.#view(view);
    return (await this.#openOnline()).rollback(plan, this.#clock);
  }

  async changes(): Promise<Changes> {
    return (await this.#definitions()).changes();
  }

  async apply(options?: ApplyOptions): Promise<Changes> {
    return (await this.#definitions()).apply(options);
  }

  plan(service: string): ServicePlan {
    const plan = this.services.find((candidate) => candidate.name === service);
    if (plan !== undefined) return plan;
    const cure = didYouMean(
      service,
      this.services.map(({ name }) => name),
    );
    throw new UsageError({ code: "STORE_UNKNOWN_SERVICE", what: `there is no service '${service}' in the config`, cure });
  }

  async problems(): Promise<readonly string[]> {
    const store = await this.#openOnline();
    const [{ stateProblem }, { isTaken }] = await Promise.all([import("./online/freshness.ts"), import("./stream/process-lock.ts")]);
    const isStreamed = (): Promise<boolean> => isTaken(this.#logFolder);
    const registered = await store.registry.read();
    await this.#servingLog();
    const ofView = async (plan: ViewPlan): Promise<readonly (string | null)[]> => [
      unapplied(plan, registered),
      plan.streamed ? await stateProblem(plan, await store.states.absorbed(plan), this.#clock.now(), isStreamed) : null,
    ];
    return (await Promise.all([...this.#views.values()].map(ofView))).flat().filter((problem) => problem !== null);
  }

  async freshness(): Promise<readonly Freshness[]> {
    const { freshnessReader } = await import("./online/freshness.ts");
    this.#freshness ??= freshnessReader(await this.#openOnline(), [...this.#views.values()]);
    return this.#freshness();
  }

  logState(): LogState | null {
    return this.#openLog?.state() ?? null;
  }

  async close(): Promise<void> {
    await (await this.#stream)?.close();
    await (await this.#log)?.close();
    await (await this.#online)?.close();
    await (await this.#offline)?.close();
  }

  #view(name: string): ViewPlan {
    const plan = this.#views.get(name);
    if (plan !== undefined) return plan;
    throw new UsageError({
      code: "STORE_UNKNOWN_VIEW",
      what: `there is no view '${name}' in the config's services`,
      cure: didYouMean(name, this.#views.keys()),
    });
  }

  get #logFolder(): string {
    return resolve(this.#root, this.config.ingest.folder);
  }

  /** The record of each view of a service, with what its version inherits; empty where there is no online store yet. */
  async #records(plan: ServicePlan): Promise<Readonly<Record<string, RefreshRecord>>> {
    if (!isMade(this.config.online, this.#root)) return {};
    const store = await this.#openOnline();
    const { inheritedRecord } = await import("./online/inherited-record.ts");
    const registered = await store.registry.read();
    const views = [...new Set(plan.views.map(({ view }) => view))];
    return Object.fromEntries(await Promise.all(views.map(async (view) => [view.name, await inheritedRecord(store, registered, view)] as const)));
  }

  #openOnline(): Promise<OnlineStore> {
    this.#online ??= openOnline(this.config.online, this.#root);
    return this.#online;
  }

  #openOffline(): Promise<Offline> {
    this.#offline ??= import("./offline/offline.ts").then(({ Offline }) => Offline.open(this.#root, this.config));
    return this.#offline;
  }

  async #reader(plan: ServicePlan): Promise<FeatureReader> {
    const { featureReader } = await import("./online/read.ts");
    const reader = featureReader(plan, await this.#openOnline(), this.#clock);
    this.#readers.set(plan, reader);
    return reader;
  }

  async #servingLog(): Promise<ServingLog | null> {
    const { servingLog } = this.config;
    if (servingLog === null) return null;
    this.#log ??= import("./monitor/serving-log.ts").then(({ openServingLog }) => openServingLog(servingLog, this.#root, this.services, this.#clock));
    try {
      return (this.#openLog = await this.#log);
    } catch (error) {
      this.#log = null; // the folder may be mended while the server runs
      throw error;
    }
  }
}

/** Why a view is not served as the code has it; null where it is. A version from before goes on to be served while another takes its place. */
function unapplied({ name, version }: ViewPlan, registered: Registered): string | null {
  if (wasApplied(registered, name, version)) return null;
  const found = appliedVersion(registered, name);
  if (found === null) return `view ${name} is not applied: run asof apply`;
  return `view ${name} is applied as version ${found}, the code has ${version}: run asof apply and asof materialize`;
}

/** An answer with its times as `Timestamp`s. */
function typed<V>({ at, values, status, eventTime, asOf, version }: Served): Answer<V> {
  return { at: timestampOf(at), values, status, eventTime: timestamps(eventTime), asOf: timestamps(asOf), version } as unknown as Answer<V>;
}

function timestamps(times: Readonly<Record<string, Micros | null>>): Readonly<Record<string, Timestamp | null>> {
  const made: Record<string, Timestamp | null> = {};
  for (const name in times) made[name] = times[name] == null ? null : timestampOf(times[name]);
  return made;
}
