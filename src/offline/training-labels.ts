// The labels of a training set, read or computed, with the part of the split that each belongs to.
import { formatTime, type Micros } from "../time.ts";
import { isOutcome } from "../define/outcome.ts";
import { judge } from "./outcome-labels.ts";
import { openLabels, refuseFeature, type LabelTable } from "./label-table.ts";
import { partOf, type Split, type SplitPart } from "../define/split.ts";
import { planOutcome } from "../plan/outcome-plan.ts";
import { SourceError, UsageError } from "../errors.ts";
import type { ComputedColumn } from "./training-file.ts";
import type { LabelData, Labels } from "../define/labels.ts";
import type { Mishaps } from "../kernel/mishaps.ts";
import type { Offline } from "./offline.ts";
import type { ServicePlan } from "../plan/service-plan.ts";
import type { SourceSnapshot } from "../plan/record.ts";
import type { ViewPlan } from "../plan/view-plan.ts";

/** What labels to open. */
export interface LabelsRequest {
  readonly labels: Labels<unknown>;
  readonly service: ServicePlan;
  /** What an outcome knows: the rows available before it. By default now. */
  readonly cut?: Micros | undefined;
  readonly split?: Split | undefined;
}

/** What a manifest says of labels. */
export interface LabelsManifest {
  readonly name: string;
  readonly snapshot: SourceSnapshot;
  /** How labels were computed; null where they were read. */
  readonly outcome: OutcomeManifest | null;
}

/** What a manifest says of an outcome. */
export interface OutcomeManifest {
  /** 16 hexadecimal digits of a hash over all that can change a label. */
  readonly version: string;
  readonly horizonMicros: Micros;
  /** `late` of its source. */
  readonly lateMicros: Micros;
  /** Labels know the rows that were available before it. */
  readonly cut: string;
  /** Points that were left out, as they were not mature at the cut. */
  readonly immature: number;
  /** Labels that are null because they cannot be represented. */
  readonly failed: number;
  /** Calls of its row functions that gave no value. */
  readonly mishaps: Mishaps;
}

/** What a manifest says of a split. */
export interface SplitManifest {
  readonly validation: string | null;
  readonly test: string;
  /** How long after T a label is known: what keeps the parts apart. */
  readonly embargoMicros: Micros;
  readonly rows: Readonly<Record<SplitPart | "embargo", number>>;
}

/** Opened labels. */
export interface TrainingLabels {
  readonly table: LabelTable;
  /** The outcome and the part of the split. */
  readonly columns: readonly ComputedColumn[];
  readonly manifest: LabelsManifest;
  readonly split: SplitManifest | null;
  /** What computed the labels; null where they were read. */
  readonly view: ViewPlan | null;
}

/** The column of a split. */
const SPLIT = "split";

/** Opens or computes labels. Throws a `SourceError`, and a `UsageError` for a cut that means nothing. */
export async function trainingLabels(offline: Offline, request: LabelsRequest, now: Micros): Promise<TrainingLabels> {
  const { labels, service, split, cut } = request;
  const opened = isOutcome(labels) ? await computed(offline, request, now) : await read(offline, labels as LabelData<unknown>, service, cut);
  const { maturity, ...whole } = opened;
  if (split === undefined) return { ...whole, split: null };
  refuseSplitColumn(opened, service, `labels ${labels.name}`);
  const { ids, rows } = partsOf(opened.table.at, maturity, split);
  const column: ComputedColumn = { name: SPLIT, vector: { kind: "string", ids, dictionary: PARTS }, role: "split" };
  const validation = split.validation === null ? null : formatTime(split.validation);
  return { ...whole, columns: [...whole.columns, column], split: { validation, test: formatTime(split.test), embargoMicros: maturity, rows } };
}

type Opened = Omit<TrainingLabels, "split"> & { readonly maturity: Micros };

async function read({ db, root }: Offline, labels: LabelData<unknown>, service: ServicePlan, cut: Micros | undefined): Promise<Opened> {
  if (cut !== undefined)
    throw new UsageError({
      code: "TRAINING_NO_OUTCOME",
      what: `labels ${labels.name} are data, for which a cut means nothing`,
      where: "cut",
      cure: "Leave it out, or give an outcome",
    });
  const table = await openLabels(db, root, labels, service);
  const { name, maturity } = labels;
  return { table, columns: [], manifest: { name, snapshot: { source: name, files: table.files }, outcome: null }, view: null, maturity };
}

async function computed(offline: Offline, { labels, service, cut = Infinity }: LabelsRequest, now: Micros): Promise<Opened> {
  if (cut !== Infinity && cut > now)
    throw new UsageError({
      code: "TRAINING_CUT_AHEAD",
      what: `the cut ${formatTime(cut)} is after ${formatTime(now)}, which is now`,
      where: "cut",
      cure: "Give a moment of the past: what comes until then is not known yet",
    });
  if (!isOutcome(labels)) throw new TypeError("no outcome");
  const plan = planOutcome(labels);
  const known = Math.min(cut, now);
  const { points, values, immature } = await judge(offline, labels, plan, service, known);
  const { snapshot } = await offline.events(plan.view);
  const [vector] = values.features;
  const { name, horizon, view } = plan;
  const late = view.source.late ?? 0;
  return {
    table: points,
    columns: vector === undefined ? [] : [{ name, vector, role: "label" }],
    manifest: {
      name,
      snapshot: { source: name, files: [...snapshot.files, ...points.files] },
      outcome: {
        version: view.version,
        horizonMicros: horizon,
        lateMicros: late,
        cut: formatTime(known),
        immature,
        failed: values.failed.reduce((all, flags) => all + flags.reduce((sum, flag) => sum + flag, 0), 0),
        mishaps: values.mishaps,
      },
    },
    view,
    maturity: Math.max(plan.maturity, labels.points?.maturity ?? 0),
  };
}

function refuseSplitColumn({ table, columns }: Pick<TrainingLabels, "table" | "columns">, service: ServicePlan, where: string): void {
  refuseFeature(SPLIT, service, where);
  if (![...table.columns, ...columns].some(({ name }) => name === SPLIT)) return;
  throw new SourceError({
    code: "LABELS_NAME_TWICE",
    what: `there is a column '${SPLIT}' already`,
    where,
    cure: "Rename it: a split gives each row its part under this name",
  });
}

const PARTS: readonly SplitPart[] = ["train", "validation", "test"];

/** The part of each label, as its place among `PARTS`, -1 for the embargo, and how many labels each has. */
function partsOf(at: Float64Array, maturity: Micros, split: Split): { readonly ids: Int32Array; readonly rows: SplitManifest["rows"] } {
  const ids = new Int32Array(at.length);
  const rows = { train: 0, validation: 0, test: 0, embargo: 0 };
  for (let i = 0; i < ids.length; i++) {
    const part = partOf(at[i] as number, maturity, split);
    ids[i] = part === null ? -1 : PARTS.indexOf(part);
    rows[part ?? "embargo"]++;
  }
  return { ids, rows };
}
