// The configuration of a project: its services, its labels and where things lie, as `asof.config.ts` exports it.
import { DefinitionError } from "../errors.ts";
import { parseDuration, SECOND, type Micros } from "../time.ts";
import type { Duration } from "./duration.ts";
import type { Labels } from "./labels.ts";
import type { RedisConfig } from "./redis.ts";
import { checkKind } from "./given.ts";
import { refuseShortRetain } from "./retain.ts";
import { refuseUnknown } from "./settings.ts";
import type { ServiceDefinition } from "./feature-service.ts";
import type { ViewDefinition } from "./feature-view.ts";

/** An online store as plain data; the store itself is opened when it is first needed. */
export type OnlineConfig = EmbeddedConfig | RedisConfig;

/** A store in a folder of this machine. */
export interface EmbeddedConfig {
  readonly kind: "embedded";
  /** A folder, relative to the config file's. */
  readonly path: string;
}

/** Where answered requests are written, so that `asof verify` can prove them. */
export interface ServingLogConfig {
  /** A folder, relative to the config file's. */
  readonly folder: string;
  /** A segment is closed once it has this many bytes. */
  readonly segmentBytes: number;
  /** Lines reach the disk after this long at the latest. */
  readonly flushEvery: Micros;
}

/** Where events that are sent to asof are kept, and how much of them. */
export interface IngestConfig {
  /** A folder with one log for each source, relative to the config file's. */
  readonly folder: string;
  /** A segment of a log is closed once it has this many bytes. */
  readonly segmentBytes: number;
  /** How many bytes one request may send. */
  readonly bodyBytes: number;
  /** How many bytes of events may wait to be written; more are refused until there is room. */
  readonly queueBytes: number;
  /** How long events are kept after they came, at least; null: for ever. `asof compact` throws away what is older. */
  readonly retain: Micros | null;
}

/** What reading sources may use; null leaves it to the engine. */
export interface OfflineConfig {
  /** Such as `2GB`. */
  readonly memory: string | null;
  readonly threads: number | null;
  /** A folder for what does not fit into memory, relative to the config file's. */
  readonly temp: string | null;
}

/** What one request to the server may ask for. */
export interface Limits {
  readonly bodyBytes: number;
  /** Inputs of one request. */
  readonly inputs: number;
  /** A request that takes longer is given up with a 503. */
  readonly timeout: Micros;
}

/** A project's configuration, checked and complete. */
export interface Config {
  readonly kind: "config";
  readonly services: readonly ServiceDefinition[];
  readonly labels: readonly Labels<unknown>[];
  readonly online: OnlineConfig;
  readonly servingLog: ServingLogConfig | null;
  readonly ingest: IngestConfig;
  readonly offline: OfflineConfig;
  readonly limits: Limits;
}

/** What `defineConfig` takes. */
export interface ConfigInput {
  /** Every service that is trained, refreshed or served. */
  readonly services: readonly ServiceDefinition[];
  /** The labels that `asof training` can be asked for by name. */
  readonly labels?: readonly Labels<unknown>[];
  /** `embedded({ path })` or `redis({ url })`; by default embedded in `.asof/online`. */
  readonly online?: OnlineConfig;
  /** The serving log's folder, or `false` for none, which is the default: it holds what was asked about whom. */
  readonly servingLog?: string | false | { readonly folder: string; readonly segmentBytes?: number; readonly flushEvery?: Duration };
  /** Where events are kept that are sent to asof; by default in `.asof/log`. */
  readonly ingest?: {
    readonly folder?: string;
    readonly segmentBytes?: number;
    readonly bodyBytes?: number;
    readonly queueBytes?: number;
    /** How long events are kept: longer than any window over them, and `late`, reach back. By default for ever. */
    readonly retain?: Duration;
  };
  readonly offline?: { readonly memory?: string; readonly threads?: number; readonly temp?: string };
  readonly limits?: { readonly bodyBytes?: number; readonly inputs?: number; readonly timeout?: Duration };
}

const SEGMENT_BYTES: number = 64 * 2 ** 20;
const BODY_BYTES: number = 2 ** 20;
const EVENTS_BYTES: number = 16 * 2 ** 20;
const QUEUE_BYTES: number = 64 * 2 ** 20;
const INPUTS = 1000;

/** The store that lives in a folder of this machine (LMDB): one writer, any number of reading processes. */
export function embedded(options: { readonly path: string }): EmbeddedConfig {
  refuseUnknown(options, ["path"], "embedded");
  return Object.freeze({ kind: "embedded", path: folder(options.path, "embedded({ path })") });
}

/**
 * The project's configuration, the default export of `asof.config.ts`. Paths are relative to that file's folder.
 * Throws a `DefinitionError` or `TimeError`.
 */
export function defineConfig(input: ConfigInput): Config {
  refuseUnknown(input, ["services", "labels", "online", "servingLog", "ingest", "offline", "limits"], "config");
  refuseUnknown(input.offline ?? {}, ["memory", "threads", "temp"], "config, offline");
  refuseUnknown(input.limits ?? {}, ["bodyBytes", "inputs", "timeout"], "config, limits");
  const labels = input.labels ?? [];
  ofKind(input.services, ["service"], "services", "List what featureService(...) returns");
  if (input.online !== undefined)
    checkKind(input.online, ["embedded", "redis"], { what: "online", where: "config", cure: 'Write embedded({ path: ".asof/online" }) or redis({ url })' });
  ofKind(labels, ["labels", "outcome"], "labels", "List what labels(...) and outcome(...) return");
  if (input.services.length === 0)
    throw new DefinitionError({ code: "CONFIG_NO_SERVICES", what: "it has no service", where: "config", cure: "List at least one: services: [checkout]" });
  refuseTwice(input.services, "services");
  refuseTwice(labels, "labels");
  refuseOneViewNameTwice(input.services);
  const kept = ingest(input.ingest ?? {});
  refuseShortRetain(kept.retain, input.services, labels);
  return Object.freeze({
    kind: "config",
    services: Object.freeze([...input.services]),
    labels: Object.freeze([...labels]),
    online: input.online ?? embedded({ path: ".asof/online" }),
    servingLog: servingLog(input.servingLog ?? false),
    ingest: kept,
    offline: offline(input.offline ?? {}),
    limits: limits(input.limits ?? {}),
  });
}

function servingLog(input: NonNullable<ConfigInput["servingLog"]>): ServingLogConfig | null {
  if (input === false) return null;
  const given = typeof input === "string" ? { folder: input } : input;
  refuseUnknown(given, ["folder", "segmentBytes", "flushEvery"], "config, servingLog");
  return Object.freeze({
    folder: folder(given.folder, "servingLog"),
    segmentBytes: whole(given.segmentBytes ?? SEGMENT_BYTES, "servingLog.segmentBytes"),
    flushEvery: given.flushEvery === undefined ? SECOND : parseDuration(given.flushEvery, "config, servingLog.flushEvery"),
  });
}

function ingest(input: NonNullable<ConfigInput["ingest"]>): IngestConfig {
  refuseUnknown(input, ["folder", "segmentBytes", "bodyBytes", "queueBytes", "retain"], "config, ingest");
  return Object.freeze({
    folder: folder(input.folder ?? ".asof/log", "ingest.folder"),
    segmentBytes: whole(input.segmentBytes ?? SEGMENT_BYTES, "ingest.segmentBytes"),
    bodyBytes: whole(input.bodyBytes ?? EVENTS_BYTES, "ingest.bodyBytes"),
    queueBytes: whole(input.queueBytes ?? QUEUE_BYTES, "ingest.queueBytes"),
    retain: input.retain === undefined ? null : parseDuration(input.retain, "config, ingest.retain"),
  });
}

function offline(input: NonNullable<ConfigInput["offline"]>): OfflineConfig {
  const { memory, threads, temp } = input;
  if (memory !== undefined && !/^[1-9]\d*(\.\d+)? ?(KB|MB|GB|TB|KiB|MiB|GiB|TiB)$/.test(memory)) {
    throw new DefinitionError({
      code: "CONFIG_BAD_VALUE",
      what: `offline.memory is ${JSON.stringify(memory)}`,
      where: "config",
      cure: "Write a number and a unit, such as 2GB",
    });
  }
  return Object.freeze({
    memory: memory ?? null,
    threads: threads === undefined ? null : whole(threads, "offline.threads"),
    temp: temp === undefined ? null : folder(temp, "offline.temp"),
  });
}

function limits(input: NonNullable<ConfigInput["limits"]>): Limits {
  return Object.freeze({
    bodyBytes: whole(input.bodyBytes ?? BODY_BYTES, "limits.bodyBytes"),
    inputs: whole(input.inputs ?? INPUTS, "limits.inputs"),
    timeout: input.timeout === undefined ? 5 * SECOND : parseDuration(input.timeout, "config, limits.timeout"),
  });
}

function whole(value: number, name: string): number {
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new DefinitionError({ code: "CONFIG_BAD_VALUE", what: `${name} is ${String(value)}`, where: "config", cure: "Give a whole number above 0" });
}

function folder(value: string, name: string): string {
  if (typeof value === "string" && value !== "" && !value.includes("\0")) return value;
  throw new DefinitionError({ code: "CONFIG_BAD_VALUE", what: `${name} is ${JSON.stringify(value)}`, where: "config", cure: "Name a folder" });
}

function ofKind(list: readonly { readonly kind: string }[] | undefined, kinds: readonly string[], name: string, cure: string): void {
  const wrong = Array.isArray(list) ? list.findIndex((one: { readonly kind: string } | undefined) => !kinds.includes(one?.kind ?? "")) : 0;
  if (wrong >= 0) throw new DefinitionError({ code: "CONFIG_BAD_VALUE", what: `${name}[${wrong}] is missing or of another kind`, where: "config", cure });
}

function refuseTwice(list: readonly { readonly name: string }[], name: string): void {
  const names = list.map((one) => one.name);
  const twice = names.find((one, i) => names.indexOf(one) !== i);
  if (twice !== undefined)
    throw new DefinitionError({ code: "DEFINITION_NAME_TWICE", what: `two ${name} are named '${twice}'`, where: "config", cure: "Rename one of them" });
}

/** The store keeps views by name, so two definitions under one name would share one place. */
function refuseOneViewNameTwice(services: readonly ServiceDefinition[]): void {
  const owners = new Map<string, { readonly definition: ViewDefinition; readonly service: string }>();
  for (const service of services) {
    for (const { definition } of service.views) {
      const other = owners.get(definition.name);
      if (other !== undefined && other.definition !== definition) {
        const places = other.service === service.name ? `service ${service.name}` : `services ${other.service} and ${service.name}`;
        throw new DefinitionError({
          code: "DEFINITION_NAME_TWICE",
          what: `two different feature views are named '${definition.name}'`,
          where: places,
          cure: "Rename one of them",
        });
      }
      owners.set(definition.name, { definition, service: service.name });
    }
  }
}
