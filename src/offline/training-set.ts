// Training sets: one row per label, with the features as they were known at its time, in a folder of their own.
import { auditSource, type Audit } from "./audit.ts";
import { formatTime, type Clock, type Micros } from "../time.ts";
import { trainingLabels, type LabelsManifest, type SplitManifest } from "./training-labels.ts";
import { readParquet, writeParquet, type TrainingColumn } from "./training-file.ts";
import { replaceFolder } from "./replace-folder.ts";
import { SourceError } from "../errors.ts";
import { trainingFeatures } from "./training-features.ts";
import { vectorReader, type Vector } from "../schema/vector.ts";
import { derivedFeatures } from "./derived-features.ts";
import { join } from "node:path";
import { readFile, writeFile } from "node:fs/promises";
import type { Availability } from "./event-table.ts";
import type { Labels } from "../define/labels.ts";
import type { Split } from "../define/split.ts";
import type { Mishaps } from "../kernel/mishaps.ts";
import type { Offline } from "./offline.ts";
import type { Reading } from "./reading.ts";
import type { RefreshRecord, SourceSnapshot } from "../plan/record.ts";
import type { ServicePlan } from "../plan/service-plan.ts";
import type { ViewPlan } from "../plan/view-plan.ts";
import type { FeatureValue } from "../schema/value-type.ts";

/** How far a training set is. `features` counts label x view pairs, the other phases rows. */
export interface TrainingProgress {
  readonly phase: "labels" | "features" | "writing";
  readonly done: number;
  readonly total: number;
}

/** What to build. */
export interface TrainingRequest {
  readonly service: ServicePlan;
  readonly labels: Labels<unknown>;
  /** An absolute path: a new folder, or that of an older training set, which is then replaced. */
  readonly folder: string;
  /** The record of each view's refreshes, by the view's name. */
  readonly records?: Readonly<Record<string, RefreshRecord>>;
  /** `instant` ignores the second clock, as if every row had been available when it happened. Not for training models. */
  readonly availability?: Availability;
  /** What an outcome knows: the rows available before it. By default the clock's now. */
  readonly cut?: Micros | undefined;
  /** Adds a column with each row's part. */
  readonly split?: Split | undefined;
  readonly clock: Clock;
  readonly progress?: (progress: TrainingProgress) => void;
  readonly signal?: AbortSignal | undefined;
}

/** What a training set is and came from, as `manifest.json` says it. */
export interface TrainingManifest {
  readonly format: 1;
  readonly asof: string;
  readonly service: string;
  readonly version: string;
  readonly availability: Availability;
  readonly rows: number;
  readonly columns: readonly TrainingColumn[];
  readonly labels: LabelsManifest;
  /** Null where the rows are not split. */
  readonly split: SplitManifest | null;
  readonly views: readonly TrainingView[];
  /** Features made at request time, and how often the function of each threw or gave an infinity. */
  readonly derived: readonly { readonly name: string; readonly version: string; readonly failed: number }[];
  readonly sources: readonly AuditedSource[];
  readonly createdAt: string;
  /** From the first reading of labels to the last byte written. */
  readonly durationMicros: Micros;
}

/** A source of a training set: what it is made of, and which of its rows do not count. Its batch and its log are told apart. */
export type AuditedSource = Audit & { readonly snapshot: SourceSnapshot };

/** A view of a training set. */
export interface TrainingView {
  readonly name: string;
  readonly version: string;
  readonly refresh: unknown;
  /** Moves of the pointer that were followed; 0 where the schedule was assumed. */
  readonly moves: number;
  /** Calls of its row functions that gave no value. */
  readonly mishaps: Mishaps;
}

const DATA = "data.parquet";
const MANIFEST = "manifest.json";

/**
 * Builds a training set: `data.parquet` with exactly one row per label, in the labels' order, and `manifest.json`. The
 * folder appears whole or not at all. Throws a `SourceError`, or the signal's reason when it is aborted.
 */
export function buildTrainingSet(offline: Offline, version: string, request: TrainingRequest): Promise<TrainingSet> {
  const { service, records = {}, availability = "recorded", clock, progress, signal } = request;
  return offline.db.exclusively(signal, async () => {
    const startedAt = clock.now();
    progress?.({ phase: "labels", done: 0, total: 0 });
    const given = await trainingLabels(offline, request, startedAt);
    const labels = given.table;
    const total = labels.at.length;
    progress?.({ phase: "labels", done: total, total });
    progress?.({ phase: "features", done: 0, total: 0 });
    const sources: AuditedSource[] = [];
    const views = [...service.views.map(({ view }) => view), ...(given.view === null ? [] : [given.view])];
    const audit = async (reading: Reading): Promise<void> => {
      const found = await audited(offline, views, reading);
      if (!sources.some((known) => JSON.stringify(known) === JSON.stringify(found))) sources.push(found);
    };
    const features = await trainingFeatures(offline, {
      service,
      labels,
      records,
      mode: availability,
      progress: (done, pairs) => progress?.({ phase: "features", done, total: pairs }),
      meanwhile: audit,
    });
    if (given.view !== null) await audit(given.view);
    const derived = await derivedFeatures(offline.db, service, labels, features.vectors);
    const vectors = [...features.vectors, ...derived.vectors];
    const columns = [...given.columns, ...service.outputs.map(({ name }, i) => ({ name, vector: vectors[i] as Vector }))];
    return replaceFolder(request.folder, MANIFEST, async (folder) => {
      progress?.({ phase: "writing", done: 0, total });
      const written = await writeParquet(offline.db, join(folder, DATA), labels, columns, (done) => progress?.({ phase: "writing", done, total }));
      const finishedAt = clock.now();
      const manifest: TrainingManifest = {
        format: 1,
        asof: version,
        service: service.name,
        version: service.version,
        availability,
        rows: total,
        columns: written,
        labels: given.manifest,
        split: given.split,
        views: viewsOf(service, records, features.mishaps),
        derived: service.derived.map(({ name, version: own }) => ({ name, version: own, failed: derived.failures[name] ?? 0 })),
        sources,
        createdAt: formatTime(finishedAt),
        durationMicros: finishedAt - startedAt,
      };
      await writeFile(join(folder, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`);
      signal?.throwIfAborted();
      progress?.({ phase: "writing", done: total, total });
      return manifest;
    }).then((manifest) => new TrainingSet(offline, request.folder, manifest));
  });
}

/** Opens a training set that was built before. Throws a `SourceError` if the folder holds none. */
export async function openTrainingSet(offline: Offline, folder: string): Promise<TrainingSet> {
  const text = await readFile(join(folder, MANIFEST), "utf8").catch(() => null);
  if (text === null) throw new SourceError({ code: "TRAINING_NOT_FOUND", what: `there is no training set in ${folder}`, cure: "Build one with asof training" });
  return new TrainingSet(offline, folder, JSON.parse(text) as TrainingManifest);
}

function viewsOf(service: ServicePlan, records: Readonly<Record<string, RefreshRecord>>, mishaps: Readonly<Record<string, Mishaps>>): TrainingView[] {
  return [...new Set(service.views.map(({ view }) => view))].map(({ name, version, refresh }) => ({
    name,
    version,
    refresh,
    moves: Object.hasOwn(records, name) ? (records[name]?.moves.length ?? 0) : 0,
    mishaps: mishaps[name] as Mishaps,
  }));
}

/** Audits a source for all views that read it. */
async function audited(offline: Offline, all: readonly ViewPlan[], reading: Reading): Promise<AuditedSource> {
  const views = all.filter((view) => view.source === reading.source);
  const keys = new Map(views.map((view) => [view.keys.map((key) => key.column).join("\0"), view.keys]));
  const columns = new Set(views.flatMap((view) => [...offline.columnsOf(view)]));
  const events = await offline.events(reading);
  return { ...(await auditSource(offline.db, events, [...keys.values()], columns)), snapshot: events.snapshot };
}

/** Rows that are read at a time by an iteration. */
const SLICE = 50_000;

/** A training set on disk. `R`: its rows, the label's columns and the features. Its `Offline` must be open to read it. */
export class TrainingSet<out R = Readonly<Record<string, FeatureValue>>> implements AsyncIterable<R> {
  readonly folder: string;
  readonly manifest: TrainingManifest;
  readonly #offline: Offline;

  constructor(offline: Offline, folder: string, manifest: TrainingManifest) {
    this.#offline = offline;
    this.folder = folder;
    this.manifest = manifest;
  }

  /** The Parquet file. */
  get path(): string {
    return join(this.folder, DATA);
  }

  get rows(): number {
    return this.manifest.rows;
  }

  /** Columns as typed arrays, in the rows' order; all of them, or those named. Numbers are NaN where null. */
  async columns(...names: readonly (keyof R & string)[]): Promise<{ readonly [C in keyof R & string]: Vector }> {
    const wanted = this.manifest.columns.filter(({ name }) => names.length === 0 || (names as readonly string[]).includes(name));
    const vectors = await this.#read(wanted);
    return Object.fromEntries(wanted.map(({ name }, i) => [name, vectors[i]])) as { [C in keyof R & string]: Vector };
  }

  /** The rows, one by one, in the labels' order. */
  async *[Symbol.asyncIterator](): AsyncGenerator<R> {
    const { columns } = this.manifest;
    for (let from = 0; from < this.rows; from += SLICE) {
      const length = Math.min(SLICE, this.rows - from);
      const readers = (await this.#read(columns, { from, length })).map(vectorReader);
      for (let i = 0; i < length; i++) yield Object.fromEntries(columns.map(({ name }, c) => [name, readers[c]?.(i)])) as R;
    }
  }

  #read(columns: readonly TrainingColumn[], range?: { readonly from: number; readonly length: number }): Promise<readonly Vector[]> {
    const { db } = this.#offline;
    return db.exclusively(undefined, () => readParquet(db, this.path, columns, range));
  }
}
