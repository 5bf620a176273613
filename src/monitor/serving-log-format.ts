// The serving log's lines: a header that names everything once, then one short line of positions per answered request.
import { fromJson, toJsonText, type JsonValue } from "../schema/json-value.ts";
import { kindText } from "../schema/vector.ts";
import { SourceError } from "../errors.ts";
import { UNREACHED, type Unreached } from "../online/store.ts";
import type { Absorbed } from "../online/state-store.ts";
import type { Micros } from "../time.ts";
import type { ServicePlan } from "../plan/service-plan.ts";
import type { Status } from "../define/answer.ts";
import type { ColumnKind, FeatureValue, Value, ValueKind } from "../schema/value-type.ts";

/** Raised whenever a reader of the format before could misread a line. */
export const LOG_FORMAT = 3;

/** The letter that stands for a status in a line. */
const LETTERS: { readonly [S in Status]: string } = { PRESENT: "P", NULL: "N", NOT_FOUND: "F", STALE: "S", UNAVAILABLE: "U", ERROR: "E" };
const STATUSES: ReadonlyMap<string, Status> = new Map(Object.entries(LETTERS).map(([status, letter]) => [letter, status as Status]));

/** A field of a request, or a feature, as the header names it. */
export interface LoggedField<K extends ValueKind = ColumnKind> {
  readonly name: string;
  readonly kind: K;
}

/** A feature as the header names it: where it comes from. */
export interface LoggedFeature extends LoggedField<ValueKind> {
  /** Index into the service's views; null where it is derived. */
  readonly view: number | null;
  /** The feature's name in that view's definition. */
  readonly feature: string;
  /** Of a derived feature: its own version. */
  readonly version?: string;
}

/** A view of a service as the header names it. */
export interface LoggedView {
  readonly name: string;
  readonly view: string;
  readonly version: string;
  /** For each key of the entity, its position in `input`. */
  readonly keys: readonly number[];
}

/** A service as the header names it. */
export interface LoggedService {
  readonly name: string;
  readonly version: string;
  /** Keys, then request fields: the order of `input` in a line. */
  readonly input: readonly LoggedField[];
  readonly views: readonly LoggedView[];
  readonly features: readonly LoggedFeature[];
}

/** The first line of each segment. */
export interface LogHeader {
  readonly asof: "serving-log";
  readonly format: number;
  /** Names the process that wrote the segment. */
  readonly writer: string;
  /** The number of the segment's first line; a writer counts its lines through all its segments, from 1. */
  readonly first: number;
  readonly services: readonly LoggedService[];
}

/** The run that answered for a view; null while there is none. */
export type LoggedRun = { readonly run: number; readonly tick: Micros } | null;
/** What answered for a view: a run, states that had absorbed so much of a log, or nothing, since the store could not be reached. */
export type LoggedRead = LoggedRun | Absorbed | Unreached;

/** Whether states answered. */
export function isAbsorbed(read: LoggedRead): read is Absorbed {
  return read !== null && read !== UNREACHED && "log" in read;
}

/** One answered request, by positions of its service's header. */
export interface LoggedRequest {
  readonly at: Micros;
  readonly input: readonly Value[];
  /** One per view of the service. */
  readonly runs: readonly LoggedRead[];
  /** One each per feature of the service, as answered: defaults are applied. */
  readonly values: readonly FeatureValue[];
  readonly status: readonly Status[];
  readonly eventTime: readonly (Micros | null)[];
}

/** What the header says of a service. */
export function describeService(plan: ServicePlan): LoggedService {
  const input = [...plan.keys, ...plan.request].map(({ name, kind }) => ({ name, kind }));
  const position = (key: string): number => input.findIndex((field) => field.name === key);
  return {
    name: plan.name,
    version: plan.version,
    input,
    views: plan.views.map((use) => ({ name: use.name, view: use.view.name, version: use.view.version, keys: use.keyNames.map(position) })),
    features: [
      ...plan.features.map(({ name, kind, view, feature }) => ({ name, kind, view, feature: plan.views[view]?.view.features[feature]?.name ?? name })),
      ...plan.derived.map(({ name, kind, version }) => ({ name, kind, view: null, feature: name, version })),
    ],
  };
}

/** Where a service's requests have a key or field. */
export function inputIndex(service: LoggedService, name: string): number {
  return service.input.findIndex((field) => field.name === name);
}

/** A line as JSON has it: `n` its number, `s` the service, `t` T, `i` the input, `r` run and tick by view, or log, end and up to when, then one of each by feature. */
interface Line {
  readonly n: number;
  readonly s: number;
  readonly t: Micros;
  readonly i: readonly JsonValue[];
  readonly r: readonly (readonly [run: number, tick: Micros] | readonly [log: string, end: number, upTo: Micros] | Unreached | null)[];
  /** Values. */
  readonly v: readonly JsonValue[];
  /** Statuses, a letter each. */
  readonly c: string;
  /** Event times, in microseconds. */
  readonly e: readonly (Micros | null)[];
}

/** Says in the log itself that lines before it were lost, because they could not be written. */
export interface LossLine {
  readonly lost: number;
  readonly because: string;
}

/** The text of one request, a `Line`, with its newline: written piece by piece, since one is written for every answer. */
export function encodeLine(number: number, service: number, { at, input, runs, values, status, eventTime }: LoggedRequest): string {
  const i = listText(input, toJsonText);
  const r = listText(runs, readText);
  const v = listText(values, toJsonText);
  let c = "";
  for (const one of status) c += LETTERS[one];
  return `{"n":${number},"s":${service},"t":${at},"i":[${i}],"r":[${r}],"v":[${v}],"c":"${c}","e":[${listText(eventTime, String)}]}\n`;
}

function readText(read: LoggedRead): string {
  if (isAbsorbed(read)) return `["${read.log}",${read.end},${read.upTo}]`;
  return read === null ? "null" : read === UNREACHED ? `"${UNREACHED}"` : `[${read.run},${read.tick}]`;
}

function listText<T>(list: readonly T[], text: (one: T) => string): string {
  let all = "";
  for (let i = 0; i < list.length; i++) all += i === 0 ? text(list[i] as T) : `,${text(list[i] as T)}`;
  return all;
}

/** A request read back, with its service. */
export interface ReadRequest extends LoggedRequest {
  readonly number: number;
  readonly service: LoggedService;
}

/** Reads a header. Throws a `SourceError` if it is none, or of a format that is not known. */
export function decodeHeader(text: string, where: string): LogHeader {
  const json = parse(text, where) as Partial<LogHeader>;
  if (json.asof !== "serving-log") throw unreadable("its first line is no header of a serving log", where);
  if (json.format === LOG_FORMAT) return json as LogHeader;
  throw new SourceError({
    code: "LOG_OTHER_FORMAT",
    what: `it has format ${String(json.format)}, this asof reads ${LOG_FORMAT}`,
    where,
    cure: "Verify it with the asof that wrote it",
  });
}

/** Reads a line after the header. Throws a `SourceError` if it holds anything but what the header names. */
export function decodeLine(text: string, header: LogHeader, where: string): ReadRequest | LossLine {
  const json = parse(text, where) as Partial<Line> & Partial<LossLine>;
  if (typeof json.lost === "number") return { lost: json.lost, because: String(json.because) };
  const service = header.services[json.s ?? -1];
  if (service === undefined) throw unreadable(`it names service ${String(json.s)}`, where);
  const { i = [], r = [], v = [], c = "", e = [], n, t } = json;
  const whole = i.length === service.input.length && r.length === service.views.length && [v, c, e].every((list) => list.length === service.features.length);
  if (!whole || !Number.isSafeInteger(n) || !isMoment(t)) throw unreadable("it does not have the fields that the header names", where);
  return {
    number: n as number,
    service,
    at: t,
    input: i.map((json, index) => valueOf(json, service.input[index] as LoggedField, where) as Value),
    runs: r.map((read): LoggedRead =>
      read === null || read === UNREACHED ? read : read.length === 3 ? { log: read[0], end: read[1], upTo: read[2] } : { run: read[0], tick: read[1] },
    ),
    values: v.map((json, index) => valueOf(json, service.features[index] as LoggedFeature, where)),
    status: c.split("").map((letter) => STATUSES.get(letter) ?? refuse(`'${letter}' is no status`, where)),
    eventTime: e.map((time) => (time === null || isMoment(time) ? time : refuse(`${String(time)} is no event time`, where))),
  };
}

function valueOf(json: unknown, { name, kind }: LoggedField<ValueKind>, where: string): FeatureValue {
  const value = fromJson(json, kind);
  return value === undefined ? refuse(`${JSON.stringify(json)} is no ${kindText(kind)} for '${name}'`, where) : value;
}

function isMoment(time: unknown): time is Micros {
  return Number.isInteger(time);
}

function parse(text: string, where: string): object {
  try {
    const json: unknown = JSON.parse(text);
    return typeof json === "object" && json !== null ? json : refuse("it is no JSON object", where);
  } catch (error) {
    if (error instanceof SourceError) throw error;
    return refuse("it is no JSON", where);
  }
}

function refuse(what: string, where: string): never {
  throw unreadable(what, where);
}

function unreadable(what: string, where: string): SourceError {
  return new SourceError({ code: "LOG_UNREADABLE", what, where, cure: "The log has been changed or damaged: restore the file, or set it aside" });
}
