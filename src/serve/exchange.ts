// A request and its answer as logs and metrics tell of them: the request's id, its place in a trace (W3C Trace Context), what became of it.
import { inspect } from "node:util";
import { randomUUID } from "node:crypto";

/** Where a request stands in a trace: 32, 16, 16 and 2 hexadecimal digits. */
export interface Trace {
  readonly id: string;
  /** The caller's span; null where this request begins the trace. */
  readonly parent: string | null;
  /** This request's own. */
  readonly span: string;
  readonly flags: string;
}

/** A request that was answered. */
export interface Exchange {
  readonly id: string;
  readonly trace: Trace;
  readonly method: string;
  /** The route's path as it is declared; null where there is none. */
  readonly route: string | null;
  /** What the open part of the path is called, such as `service`; null where it has none. */
  readonly part: string | null;
  /** What that part is in this request. */
  readonly name: string;
  readonly status: number;
  /** From the first byte of the request to the last of the answer. */
  readonly seconds: number;
  /** The error's code; null where there was none. */
  readonly code: string | null;
  /** What went wrong within; undefined where nothing did. */
  readonly defect: unknown;
}

/** The status of a request whose sender went away before it was answered. */
export const GONE = 499;

const SANE_ID = /^[\w.:=+/@-]{1,128}$/;

/** The id that a request brings, if it is one of 1 to 128 plain characters, or else a new one. */
export function requestId(given: unknown): string {
  return typeof given === "string" && SANE_ID.test(given) ? given : randomUUID();
}

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const ZEROS = /^0+$/;

/** The trace that a `traceparent` header names; a new one where there is none, or where it is malformed. */
export function traceOf(header: unknown): Trace {
  const fresh = randomUUID();
  const span = fresh.slice(0, 8) + fresh.slice(-8);
  const [, version = "", id = "", parent = "", flags = "", more] = (typeof header === "string" ? TRACEPARENT.exec(header) : null) ?? [];
  const isKnown = id !== "" && !ZEROS.test(id) && !ZEROS.test(parent) && version !== "ff" && (version !== "00" || more === undefined);
  return isKnown ? { id, parent, span, flags } : { id: randomUUID().replaceAll("-", ""), parent: null, span, flags: "00" };
}

/** A `traceresponse` header. */
export function traceResponse({ id, span, flags }: Trace): string {
  return `00-${id}-${span}-${flags}`;
}

/** What a log holds of a request, beside its time and level. */
export function logFields({ id, trace, method, route, part, name, status, seconds, code, defect }: Exchange): Readonly<Record<string, unknown>> {
  return {
    requestId: id,
    traceId: trace.id,
    spanId: trace.span,
    ...(trace.parent === null ? {} : { parentId: trace.parent }),
    method,
    route,
    ...(part === null ? {} : { [part]: name }),
    status,
    milliseconds: Math.round(seconds * 1e6) / 1e3,
    ...(code === null ? {} : { code }),
    ...(defect === undefined ? {} : { error: defect instanceof Error ? (defect.stack ?? defect.message) : inspect(defect) }),
  };
}

/** How grave it is: what the server could not do is an error, what was asked wrongly a warning. A state that is told (`/ready`) has no code. */
export function logLevel({ status, code }: Exchange): "info" | "warn" | "error" {
  if (status < 400) return "info";
  return status >= 500 && code !== null ? "error" : "warn";
}
