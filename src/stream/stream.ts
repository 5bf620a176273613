// The streaming side, open: for each source that takes events its intake, and the absorber of its log.
import { join } from "node:path";
import { Absorber, type ViewBehind } from "./absorber.ts";
import { didYouMean, IngestError } from "../errors.ts";
import { historyRecords } from "./history.ts";
import { Intake, type IntakeOptions, type Outcome } from "./intake.ts";
import { lockFolder, type FolderLock } from "./process-lock.ts";
import type { Clock, Micros } from "../time.ts";
import type { IngestConfig } from "../define/config.ts";
import type { Source } from "../define/source.ts";
import type { StateStore } from "../online/state-store.ts";
import type { ViewPlan } from "../plan/view-plan.ts";

/** How a stream is opened. */
export interface StreamOptions extends Pick<IntakeOptions, "clock" | "openFile" | "histories" | "idsInMemory"> {
  /** The folder of all logs. */
  readonly folder: string;
  readonly config: Pick<IngestConfig, "segmentBytes" | "queueBytes">;
  readonly states: StateStore;
  /** The views of all services; those that are `streaming()` over a source with `ingest()` are kept up to date. */
  readonly views: readonly ViewPlan[];
}

/** How the stream of one source fares. */
export interface SourceState {
  readonly source: string;
  /** The log's id. */
  readonly log: string;
  /** How many rows its history has, which are before all records; null where that was not noted when the log was begun. */
  readonly history: number | null;
  /** The end of the log, and of what all views that answer have absorbed. */
  readonly end: number;
  readonly absorbed: number;
  /** The watermark: all events that were available before it are seen by readers. */
  readonly upTo: Micros;
  /** Records that are in the log, but not in the states yet. */
  readonly waiting: number;
  /** Views whose states are brought up to the log's end, apart from what comes in. */
  readonly building: readonly BuildState[];
  readonly queuedBytes: number;
  readonly deadLetters: number;
  /** Bytes that were no whole record when the log was opened. */
  readonly torn: number;
  readonly problem: string | null;
}

/** How far the states of a view that is behind are. */
export interface BuildState {
  readonly view: string;
  /** Rows of the history that are in its states; null where it is not known how many there are. */
  readonly rows: number | null;
  /** The end of what it has absorbed of the log, in bytes. */
  readonly absorbed: number;
  /** Whether requests are answered from it meanwhile: its states were complete once. */
  readonly answers: boolean;
}

interface Flow {
  readonly intake: Intake;
  readonly absorber: Absorber;
}

/** An idle source says so often how far its states go. */
const BEAT = 250;

/** Takes events of all sources of a project. One process at a time. */
export class Stream {
  readonly #flows: ReadonlyMap<string, Flow>;
  readonly #lock: FolderLock;
  readonly #beats: NodeJS.Timeout;

  private constructor(flows: ReadonlyMap<string, Flow>, lock: FolderLock, clock: Clock) {
    this.#flows = flows;
    this.#lock = lock;
    this.#beats = setInterval(() => this.#beat(clock), BEAT).unref();
  }

  /** Opens the logs. States that lack much are built from here on, while events are taken. Throws an `IngestError` or a `StoreError`. */
  static async open(options: StreamOptions): Promise<Stream> {
    const { folder, config, states, views, ...own } = options;
    const lock = await lockFolder(folder);
    const flows = new Map<string, Flow>();
    const opened: Intake[] = [];
    try {
      for (const source of ingestSources(views)) {
        const { segmentBytes, queueBytes } = config;
        const intake = await Intake.open(source, { ...own, folder: join(folder, source.name), segmentBytes, queueBytes });
        opened.push(intake);
        const fed = views.filter((view) => view.streamed && view.source.name === source.name);
        const { histories } = options;
        const history = histories === undefined || source.batch === null ? undefined : () => historyRecords(histories, source, -Infinity);
        const absorber = await Absorber.open(intake.log, states, fed, history);
        intake.onRecords = (records) => absorber.take(records);
        flows.set(source.name, { intake, absorber });
      }
    } catch (error) {
      for (const intake of opened) await intake.close();
      await lock.release();
      throw error;
    }
    return new Stream(flows, lock, options.clock);
  }

  /** The sources that take events. */
  get definitions(): readonly Source<unknown>[] {
    return [...this.#flows.values()].map(({ intake }) => intake.source);
  }

  /** Their names. */
  get sources(): readonly string[] {
    return [...this.#flows.keys()];
  }

  /**
   * Takes events of a source, in order, and says what became of each, once it is on disk; with `visible`, once readers see it.
   * Throws an `IngestError`: `INGEST_UNKNOWN_SOURCE`, `INGEST_BUSY`, `INGEST_CLOSED`.
   */
  async ingest(
    source: string,
    events: readonly unknown[],
    options: { readonly bytes?: number | undefined; readonly visible?: boolean } = {},
  ): Promise<readonly Outcome[]> {
    const outcomes = await this.#flow(source).intake.take(events, options.bytes);
    if (options.visible !== true) return outcomes;
    await this.visible(source, lastPosition(outcomes));
    return outcomes;
  }

  /** Resolves when readers see the record at a position of a source's log; at once for -1. Throws an `IngestError` `INGEST_UNKNOWN_SOURCE`. */
  visible(source: string, position: number): Promise<void> {
    return this.#flow(source).absorber.visible(position);
  }

  /** Resolves when no view is built any more: the states of all are up to date. */
  async built(): Promise<void> {
    await Promise.all([...this.#flows.values()].map(({ absorber }) => absorber.built()));
  }

  /** Says to other processes of this machine where this one can be sent events. */
  announce(url: string): Promise<void> {
    return this.#lock.announce(url);
  }

  /** How each source fares. */
  state(): SourceState[] {
    return [...this.#flows].map(([source, { intake, absorber }]) => {
      const { end: absorbed, behind, ...fares } = absorber.state;
      const { log, queuedBytes, deadLetters } = intake;
      const { id, history = null } = log.identity;
      const building = behind.map((view) => buildState(view, history));
      return { source, log: id, history, end: log.end, absorbed, ...fares, building, queuedBytes, deadLetters, torn: log.torn };
    });
  }

  /** Takes no more events, finishes what was taken, and ends. */
  async close(): Promise<void> {
    clearInterval(this.#beats);
    for (const { intake, absorber } of this.#flows.values()) {
      await intake.close();
      await absorber.close();
    }
    await this.#lock.release();
  }

  #beat(clock: Clock): void {
    for (const { intake, absorber } of this.#flows.values()) if (intake.isIdle) absorber.beat(clock.now());
  }

  #flow(source: string): Flow {
    const flow = this.#flows.get(source);
    if (flow !== undefined) return flow;
    throw new IngestError({ code: "INGEST_UNKNOWN_SOURCE", what: `no source '${source}' takes events`, cure: didYouMean(source, this.#flows.keys()) });
  }
}

function buildState({ view, end, answers }: ViewBehind, history: number | null): BuildState {
  const rows = history === null ? null : Math.max(0, history + Math.min(0, end ?? -history));
  return { view, rows, absorbed: Math.max(0, end ?? 0), answers };
}

/** The last position of events in their log; -1 where none of them is in it. */
export function lastPosition(outcomes: readonly Outcome[]): number {
  return outcomes.reduce((last, outcome) => ("position" in outcome ? Math.max(last, outcome.position) : last), -1);
}

/** The sources of views that take events, each once. Those that carry attributes of others share the log of the source that does not. */
export function ingestSources(views: readonly ViewPlan[]): Source<unknown>[] {
  const sources = new Map<string, Source<unknown>>();
  for (const { source } of views) if (source.stream?.kind === "ingest") sources.set(source.name, sources.get(source.name) ?? source);
  return [...sources.values()];
}
