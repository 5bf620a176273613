// The proof: each logged value is recomputed from the source files, by the sweep that training uses, and compared byte for byte.
import { comparer, entityReader, type Counts, type Difference, type ViewUse } from "./compare.ts";
import { DerivedCheck, type DerivedDifference, type DerivedVerification } from "./verify-derived.ts";
import { countsOf, lagOf, rowCount, type Age, type Lag } from "./lag.ts";
import { formatTime, type Micros } from "../time.ts";
import { isAbsolute, join } from "node:path";
import { noMishaps } from "../kernel/mishaps.ts";
import { openRunBook, type RunBook } from "./run-book.ts";
import { planService } from "../plan/service-plan.ts";
import { readServingLog, type Gaps } from "./serving-log-reader.ts";
import { toJson, type JsonValue } from "../schema/json-value.ts";
import { KeyList, viewsAt, type Question, type Questions } from "../offline/views-at.ts";
import { UNREACHED } from "../online/store.ts";
import type { Config } from "../define/config.ts";
import { asOfRead } from "../online/answer.ts";
import { isAbsorbed, type LoggedView, type ReadRequest } from "./serving-log-format.ts";
import type { Offline } from "../offline/offline.ts";
import type { FeatureValue, Value } from "../schema/value-type.ts";
import type { ViewPlan } from "../plan/view-plan.ts";
import type { ViewValues } from "../kernel/rows.ts";

/** What a verification found for one view. */
export interface ViewVerification extends Readonly<Counts> {
  readonly view: string;
  readonly version: string;
  /** Uses of the view in requests under another version, which were not compared. */
  readonly skipped: number;
  /** Uses of the view that were answered without it, since its store could not be reached. */
  readonly unreached: number;
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
  /** Of the services with derived features. */
  readonly derived: readonly DerivedVerification[];
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
  readonly keys: KeyList;
  readonly uses: ViewUse[];
  /** The uses that were answered, and the number of each one's key. */
  readonly answered: Age[];
  readonly key: number[];
  /** Of a streaming view, for each of them how far its states had absorbed the log. */
  readonly ends: number[];
  /** Uses whose states had absorbed another log than there is now. */
  otherLog: number;
  /** Uses whose windows reach before what is retained of the log. */
  unretained: number;
  skipped: number;
  unreached: number;
  otherRun: number;
  readonly otherVersions: Set<string>;
}

/** Verifies a serving log against the sources. Throws an `AsofError` if either cannot be read. */
export async function verifyLog(config: Config, options: VerifyOptions): Promise<Verification> {
  const { Offline } = await import("../offline/offline.ts");
  const services = config.services.map(planService);
  const plans = new Map(services.flatMap((service) => service.views.map(({ view }) => [view.name, view] as const)));
  const derived = new Map(services.map((service) => [service.name, new DerivedCheck(service, options.examples)] as const));
  const folder = isAbsolute(options.log) ? options.log : join(options.root, options.log);
  const book = await openRunBook(config, options.root, [...plans.values()]);
  const works = new Map<string, ViewWork>();
  const unknown = new Set<string>();
  let requests = 0;
  const gaps = await readServingLog(folder, (request) => {
    options.signal?.throwIfAborted();
    if (++requests % 10_000 === 0) options.onProgress?.({ what: "reading the log", done: requests, total: null });
    derived.get(request.service.name)?.check(request);
    request.service.views.forEach((logged, position) => {
      const plan = plans.get(logged.view);
      if (plan === undefined) return void unknown.add(logged.view);
      addUse(workOf(works, plan), request, position, logged, book);
    });
  });
  const offline = await Offline.open(options.root, config);
  try {
    options.onProgress?.({ what: `recomputing ${works.size} views`, done: 0, total: null });
    const recomputed = await recompute(offline, [...works.values()], options.signal);
    const found: { view: ViewVerification; examples: Example[] }[] = [];
    for (const [work, values] of recomputed) {
      options.onProgress?.({ what: `comparing view ${work.plan.name}`, done: found.length, total: works.size });
      found.push(await verifyView(offline, work, values, book, options.examples));
    }
    const views = found.map(({ view }) => view);
    const checks = [...derived].filter(([, { counts, skipped }]) => counts.compared + skipped > 0);
    const parts: readonly (Readonly<Counts> & { readonly skipped: number })[] = [
      ...views,
      ...checks.map(([, { counts, skipped }]) => ({ ...counts, skipped })),
    ];
    const sum = (count: (part: (typeof parts)[number]) => number): number => parts.reduce((total, part) => total + count(part), 0);
    return {
      requests,
      compared: sum((part) => part.compared),
      notNull: sum((part) => part.notNull),
      different: sum((part) => part.different),
      skipped: sum((part) => part.skipped),
      ...gaps,
      views,
      derived: checks.map(([service, { counts, skipped }]) => ({ service, ...counts, skipped })),
      examples: [...found.flatMap(({ examples }) => examples), ...checks.flatMap(([, { differences }]) => differences.map(derivedExample))].slice(
        0,
        options.examples,
      ),
      notes: notesOf(gaps, [...works.values()], unknown, book),
    };
  } finally {
    await offline.close();
  }
}

function workOf(works: Map<string, ViewWork>, plan: ViewPlan): ViewWork {
  const known = works.get(plan.name);
  if (known !== undefined) return known;
  const shares = ({ plan: { source, streamed, keys } }: ViewWork): boolean =>
    source === plan.source && streamed === plan.streamed && plan.keys.every(({ column }, i) => column === keys[i]?.column);
  const keys = [...works.values()].find(shares)?.keys ?? new KeyList(plan.keys);
  const work: ViewWork = {
    plan,
    keys,
    uses: [],
    answered: [],
    key: [],
    ends: [],
    otherLog: 0,
    unretained: 0,
    skipped: 0,
    unreached: 0,
    otherRun: 0,
    otherVersions: new Set(),
  };
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
  const read = request.runs[position] ?? null;
  const run = read === UNREACHED ? null : read;
  const isOtherLog = isAbsorbed(run) && run.log !== book.log(work.plan);
  if (isOtherLog) {
    work.skipped++;
    work.otherLog++;
    return;
  }
  const asOf = run === null ? null : isAbsorbed(run) ? request.at : asOfRead(run);
  if (asOf !== null && asOf < book.completeFrom(work.plan)) {
    work.skipped++;
    work.unretained++;
    return;
  }
  if (isAbsorbed(run)) work.ends.push(run.end);
  else if (read === UNREACHED) work.unreached++;
  else if (!book.shows(work.plan, request.at, run)) work.otherRun++;
  work.uses.push({ request, position, key, moment: run === null ? -1 : work.key.length });
  if (run === null) return;
  work.key.push(work.keys.add(key));
  work.answered.push({ at: request.at, asOf: asOfRead(run) as Micros });
}

/** What the sweep gives for a view: its values as they were answered, and its rows that were available at each T, and that each value knew. */
interface Recomputed {
  readonly values: ViewValues;
  readonly available: Float64Array;
  readonly known: Float64Array;
}

/** What is asked about one view: its values; then its rows at each T; and those that its values knew. */
function questionsOf({ plan, key, answered, ends }: ViewWork): readonly Question[] {
  const at = answered.map((one) => one.at);
  const rows = rowCount(plan);
  if (plan.refresh.kind === "streaming")
    return [
      { plan, key, at, end: ends },
      { plan: rows, key, at },
      { plan: rows, key, at, end: ends },
    ];
  const ticks = answered.map(({ asOf }) => asOf);
  return [
    { plan, key, at: ticks },
    { plan: rows, key: [...key, ...key], at: [...at, ...ticks], growth: true },
  ];
}

function recomputedOf({ answered }: ViewWork, [values, first, second]: readonly ViewValues[]): Recomputed {
  const available = countsOf(first as ViewValues);
  if (second !== undefined) return { values: values as ViewValues, available, known: countsOf(second) };
  return { values: values as ViewValues, available: available.subarray(0, answered.length), known: available.subarray(answered.length) };
}

/** Recomputes all views, those of one source together. */
async function recompute(offline: Offline, works: readonly ViewWork[], signal: AbortSignal | undefined): Promise<[ViewWork, Recomputed][]> {
  const answered = works.filter((work) => work.answered.length > 0);
  const groups = [...new Set(answered.map(({ keys }) => keys))].map((keys) => answered.filter((work) => work.keys === keys));
  const questions = groups.map((group): Questions => ({ keys: (group[0] as ViewWork).keys, asked: group.flatMap(questionsOf) }));
  const answers = await viewsAt(offline, questions, { signal });
  const found = groups.flatMap((group, g) => {
    let next = 0;
    return group.map((work): [ViewWork, Recomputed] => [
      work,
      recomputedOf(work, (answers[g] as ViewValues[]).slice(next, (next += questionsOf(work).length))),
    ]);
  });
  return [...found, ...works.filter((work) => work.answered.length === 0).map((work): [ViewWork, Recomputed] => [work, NOTHING])];
}

/** Where nothing was answered, there is nothing to compare with. */
const NOTHING: Recomputed = {
  values: { features: [], failed: [], newest: [], found: new Uint8Array(), mishaps: noMishaps() },
  available: new Float64Array(),
  known: new Float64Array(),
};

async function verifyView(
  offline: Offline,
  { plan, uses, answered, skipped, unreached, otherRun }: ViewWork,
  { values, available, known }: Recomputed,
  book: RunBook,
  limit: number,
): Promise<{ view: ViewVerification; examples: Example[] }> {
  const read = entityReader(values);
  const compare = comparer(plan);
  const counts: Counts = { compared: 0, notNull: 0, different: 0 };
  const differences: Difference[] = [];
  for (const use of uses) {
    compare(use, use.moment < 0 ? null : read(use.moment), counts, (difference) => {
      if (differences.length < limit) differences.push(difference);
    });
  }
  const snapshot = differences.length === 0 ? null : await offline.snapshot(plan);
  const examples = differences.map((difference) =>
    exampleOf(plan, difference, book.why(plan, difference.use.request.runs[difference.use.position] ?? null, snapshot)),
  );
  return { view: { view: plan.name, version: plan.version, ...counts, skipped, unreached, otherRun, lag: lagOf(answered, available, known) }, examples };
}

function exampleOf(plan: ViewPlan, { use, feature, part, logged, recomputed }: Difference, why: string): Example {
  const { request, position, key } = use;
  const tick = asOfRead(request.runs[position] ?? null);
  const show = (value: FeatureValue | Micros): JsonValue => (part === "event time" && value !== null ? formatTime(value as Micros) : toJson(value));
  return {
    view: plan.name,
    feature,
    part,
    request: request.number,
    at: formatTime(request.at),
    asOf: tick === null ? null : formatTime(tick),
    key: plan.keys.map(({ name }, i) => `${name}=${plainText(key[i] ?? null)}`).join(" "),
    logged: show(logged),
    recomputed: show(recomputed),
    why,
  };
}

function derivedExample({ service, feature, part, request, logged, recomputed }: DerivedDifference): Example {
  return {
    view: `${service}, derived`,
    feature,
    part,
    request: request.number,
    at: formatTime(request.at),
    asOf: formatTime(request.at),
    key: request.service.input.map(({ name }, i) => `${name}=${plainText(request.input[i] ?? null)}`).join(" "),
    logged: toJson(logged),
    recomputed: toJson(recomputed),
    why: "its function gives another value for the logged features, request and T: it depends on something else, or the log was edited",
  };
}

/** A key or field as people write it: text without quotes. */
function plainText(value: Value): string {
  return value === null ? "null" : String(value);
}

function notesOf(gaps: Gaps, works: readonly ViewWork[], unknown: ReadonlySet<string>, book: RunBook): readonly string[] {
  return [
    ...book.notes,
    ...works
      .filter((work) => work.otherVersions.size > 0)
      .map(
        (work) =>
          `view ${work.plan.name} was served under version ${[...work.otherVersions].join(", ")}, the code has ${work.plan.version}: not compared; check out the code that served it`,
      ),
    ...works
      .filter((work) => work.otherLog > 0)
      .map((work) => `view ${work.plan.name}: ${work.otherLog} requests were answered from another log of its source than there is now: not compared`),
    ...works
      .filter((work) => work.unretained > 0)
      .map(
        (work) =>
          `view ${work.plan.name}: ${work.unretained} requests reach before what is retained of its source's log: not compared; verify before asof compact throws it away`,
      ),
    ...works
      .filter((work) => work.unreached > 0)
      .map((work) => `view ${work.plan.name}: ${work.unreached} requests were answered without it, since its store could not be reached`),
    ...works
      .filter((work) => work.otherRun > 0)
      .map((work) => `view ${work.plan.name}: ${work.otherRun} requests name another run than the record shows at their T`),
    ...[...unknown].map((view) => `view ${view} is in the log, but no service of the config uses it: not compared`),
    ...(gaps.lost > 0 ? [`${gaps.lost} lines were lost while serving, because the log could not be written`] : []),
    ...(gaps.missing > 0 ? [`${gaps.missing} lines are missing between others: the log was changed`] : []),
    ...(gaps.torn > 0 ? [`${gaps.torn} segments end in the middle of a line: their process was killed`] : []),
  ];
}
