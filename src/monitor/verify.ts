// The proof: each logged value is recomputed from the source files, by the sweep that training uses, and compared byte for byte.
import { compareUse, entityReader, type Counts, type Difference, type ViewUse } from "./compare.ts";
import { lagOf, RowCounter, type Counted, type Lag } from "./lag.ts";
import { formatTime, type Micros } from "../time.ts";
import { isAbsolute, join } from "node:path";
import { Moments } from "./moments.ts";
import { openRunBook, type RunBook } from "./run-book.ts";
import { planService } from "../plan/service-plan.ts";
import { readServingLog, type Gaps } from "./serving-log-reader.ts";
import { toJson, type JsonValue } from "../schema/json-value.ts";
import { valuesAt } from "../offline/values-at.ts";
import type { Config } from "../define/config.ts";
import type { LoggedView, ReadRequest } from "./serving-log-format.ts";
import type { Offline } from "../offline/offline.ts";
import type { Value } from "../schema/value-type.ts";
import type { ViewPlan } from "../plan/view-plan.ts";

/** What a verification found for one view. */
export interface ViewVerification extends Readonly<Counts> {
  readonly view: string;
  readonly version: string;
  /** Uses of the view in requests under another version, which were not compared. */
  readonly skipped: number;
  /** Uses of the view whose logged run is not the one that the store's record shows at T. */
  readonly otherRun: number;
  readonly lag: Lag;
}

/** One differing value, with why it may differ. */
export interface Example {
  readonly view: string;
  readonly feature: string;
  readonly part: string;
  /** The line's number in its writer's log. */
  readonly request: number;
  readonly at: string;
  readonly asOf: string | null;
  readonly key: string;
  readonly logged: JsonValue;
  readonly recomputed: JsonValue;
  readonly why: string;
}

/** What a verification found. */
export interface Verification extends Readonly<Counts>, Readonly<Gaps> {
  readonly requests: number;
  readonly skipped: number;
  readonly views: readonly ViewVerification[];
  readonly examples: readonly Example[];
  readonly notes: readonly string[];
}

/** What to verify. */
export interface VerifyOptions {
  readonly root: string;
  /** The log's folder, relative to `root`. */
  readonly log: string;
  /** How many differing values to show. */
  readonly examples: number;
  readonly onProgress?: (step: { readonly what: string; readonly done: number; readonly total: number | null }) => void;
  readonly signal?: AbortSignal;
}

/** What is gathered of one view before it is computed. */
interface ViewWork {
  readonly plan: ViewPlan;
  readonly uses: ViewUse[];
  readonly moments: Moments;
  readonly counter: RowCounter;
  readonly counted: Counted[];
  skipped: number;
  otherRun: number;
  readonly otherVersions: Set<string>;
}

/** Verifies a serving log against the sources. Throws an `AsofError` if either cannot be read. */
export async function verifyLog(config: Config, options: VerifyOptions): Promise<Verification> {
  const { Offline } = await import("../offline/offline.ts");
  const plans = new Map(config.services.flatMap((service) => planService(service).views.map(({ view }) => [view.name, view] as const)));
  const folder = isAbsolute(options.log) ? options.log : join(options.root, options.log);
  const book = await openRunBook(config, options.root, [...plans.values()]);
  const works = new Map<string, ViewWork>();
  const unknown = new Set<string>();
  let requests = 0;
  const gaps = await readServingLog(folder, (request) => {
    options.signal?.throwIfAborted();
    if (++requests % 10_000 === 0) options.onProgress?.({ what: "reading the log", done: requests, total: null });
    request.service.views.forEach((logged, position) => {
      const plan = plans.get(logged.view);
      if (plan === undefined) return void unknown.add(logged.view);
      addUse(workOf(works, plan), request, position, logged, book);
    });
  });
  const offline = await Offline.open(options.root, config.offline);
  try {
    const found: { view: ViewVerification; examples: Example[] }[] = [];
    for (const work of works.values()) {
      options.onProgress?.({ what: `recomputing view ${work.plan.name}`, done: found.length, total: works.size });
      found.push(await verifyView(offline, work, book, options));
    }
    const views = found.map(({ view }) => view);
    const sum = (count: (view: ViewVerification) => number): number => views.reduce((total, view) => total + count(view), 0);
    return {
      requests,
      compared: sum((view) => view.compared),
      notNull: sum((view) => view.notNull),
      different: sum((view) => view.different),
      skipped: sum((view) => view.skipped),
      ...gaps,
      views,
      examples: found.flatMap(({ examples }) => examples).slice(0, options.examples),
      notes: notesOf(gaps, [...works.values()], unknown, book),
    };
  } finally {
    await offline.close();
  }
}

function workOf(works: Map<string, ViewWork>, plan: ViewPlan): ViewWork {
  const known = works.get(plan.name);
  if (known !== undefined) return known;
  const counter = [...works.values()].find((other) => other.counter.serves(plan))?.counter ?? new RowCounter(plan);
  const work: ViewWork = { plan, uses: [], moments: new Moments(), counter, counted: [], skipped: 0, otherRun: 0, otherVersions: new Set() };
  works.set(plan.name, work);
  return work;
}

function addUse(work: ViewWork, request: ReadRequest, position: number, logged: LoggedView, book: RunBook): void {
  if (logged.version !== work.plan.version) {
    work.skipped++;
    work.otherVersions.add(logged.version);
    return;
  }
  const key = logged.keys.map((index) => request.input[index] as Value);
  const run = request.runs[position] ?? null;
  if (!book.shows(work.plan, request.at, run)) work.otherRun++;
  const use: ViewUse = { request, position, key, moment: run === null ? -1 : work.moments.add(key, run.tick) };
  work.uses.push(use);
  if (run !== null) work.counted.push({ use, at: work.counter.add(key, request.at), tick: work.counter.add(key, run.tick) });
}

async function verifyView(
  offline: Offline,
  { plan, uses, moments, counter, counted, skipped, otherRun }: ViewWork,
  book: RunBook,
  { examples: limit, signal }: VerifyOptions,
): Promise<{ view: ViewVerification; examples: Example[] }> {
  const values = await valuesAt(offline, plan, moments.points(), { signal });
  const read = entityReader(values);
  const counts: Counts = { compared: 0, notNull: 0, different: 0 };
  const differences: Difference[] = [];
  for (const use of uses) {
    compareUse(plan, use, use.moment < 0 ? null : read(use.moment), counts, (difference) => {
      if (differences.length < limit) differences.push(difference);
    });
  }
  const snapshot = differences.length === 0 ? null : await offline.snapshot(plan.source);
  const examples = differences.map((difference) =>
    exampleOf(plan, difference, book.why(plan, difference.use.request.runs[difference.use.position] ?? null, snapshot)),
  );
  const lag = lagOf(counted, await counter.rows(offline, signal));
  return { view: { view: plan.name, version: plan.version, ...counts, skipped, otherRun, lag }, examples };
}

function exampleOf(plan: ViewPlan, { use, feature, part, logged, recomputed }: Difference, why: string): Example {
  const { request, position, key } = use;
  const tick = request.runs[position]?.tick ?? null;
  const show = (value: Value | Micros): JsonValue => (part === "event time" && value !== null ? formatTime(value as Micros) : toJson(value));
  return {
    view: plan.name,
    feature,
    part,
    request: request.number,
    at: formatTime(request.at),
    asOf: tick === null ? null : formatTime(tick),
    key: plan.keys.map(({ name }, i) => `${name}=${String(toJson(key[i] ?? null))}`).join(" "),
    logged: show(logged),
    recomputed: show(recomputed),
    why,
  };
}

function notesOf(gaps: Gaps, works: readonly ViewWork[], unknown: ReadonlySet<string>, book: RunBook): readonly string[] {
  return [
    ...book.notes,
    ...works
      .filter((work) => work.skipped > 0)
      .map(
        (work) =>
          `view ${work.plan.name} was served under version ${[...work.otherVersions].join(", ")}, the code has ${work.plan.version}: not compared; check out the code that served it`,
      ),
    ...works
      .filter((work) => work.otherRun > 0)
      .map((work) => `view ${work.plan.name}: ${work.otherRun} requests name another run than the record shows at their T`),
    ...[...unknown].map((view) => `view ${view} is in the log, but no service of the config uses it: not compared`),
    ...(gaps.lost > 0 ? [`${gaps.lost} lines were lost while serving, because the log could not be written`] : []),
    ...(gaps.missing > 0 ? [`${gaps.missing} lines are missing between others: the log was changed`] : []),
    ...(gaps.torn > 0 ? [`${gaps.torn} segments end in the middle of a line: their process was killed`] : []),
  ];
}
