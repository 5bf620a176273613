// An HTTP server of asof: how requests are answered and told of, errors told, time limited.
import { formatTime, MILLISECOND, monotonic, systemClock, type Micros } from "../time.ts";
import { GONE, logFields, logLevel, requestId, traceOf, traceResponse, type Exchange, type Trace } from "./exchange.ts";
import { problemOf } from "./problem.ts";
import { RequestError, UsageError } from "../errors.ts";
import { router, type Found, type HttpAnswer, type HttpRequest, type Route } from "./routes.ts";
import { serverOf } from "./connections.ts";
import type { AddressInfo, Server } from "node:net";
import type { Asked, TakeRequest } from "./asked.ts";

/** Lines of JSON about requests. */
export interface RequestLog {
  /** Whether every request has a line; if not, only those that failed by the server's fault. */
  readonly requests: boolean;
  /** Takes one line, with its line break. */
  write(line: string): void;
}

/** Where a server listens, and who hears of what. */
export interface ListenOptions {
  /** 0 takes any free port. */
  readonly port: number;
  readonly host: string;
  /** Called with what is answered by a bare 500. */
  readonly onDefect?: ((error: unknown) => void) | undefined;
  readonly log?: RequestLog | undefined;
  /** Called for each request once it is answered. */
  readonly onAnswered?: (exchange: Exchange) => void;
  /** The flag of the command line that sets the port, for errors. */
  readonly flag?: string;
}

/** A server that listens. */
export interface Serving {
  /** Such as `http://127.0.0.1:7600`. */
  readonly url: string;
  /** Takes no more requests, finishes the open ones, and resolves. */
  close(): Promise<void>;
}

/** What a server allows. */
export interface HttpLimits {
  readonly bodyBytes: number;
  /** A request that takes longer is given up with a 503. */
  readonly timeout: Micros;
}

const JSON_TYPE = "application/json; charset=utf-8";
/** A connection may be idle for so long between requests, in milliseconds: longer than most clients keep one. */
const IDLE = 72_000;

/** A request that is not answered yet. */
interface Open {
  readonly asked: Asked;
  readonly id: string;
  readonly trace: Trace;
  found: Found | null;
  code: string | null;
  defect: unknown;
  /** Of its answer; null until then. */
  status: number | null;
}

/** Serves routes over HTTP. Throws a `UsageError` if it cannot listen. */
export async function serveRoutes(routes: readonly Route[], limits: HttpLimits, options: ListenOptions): Promise<Serving> {
  const timeout = Math.max(1, Math.round(limits.timeout / MILLISECOND));
  const find = router(routes);
  let isClosing = false;
  const answer = async (open: Open): Promise<void> => {
    const { method, target, headers, body } = open.asked;
    const at = target.indexOf("?");
    const { route, name } = (open.found = find(method, at < 0 ? target : target.slice(0, at)));
    const query = at < 0 ? NO_QUERY : Object.fromEntries(new URLSearchParams(target.slice(at + 1)));
    send(open, await route.answer({ name, query, contentType: (headers["content-type"] as string | undefined) ?? "", body: await body() }), isClosing);
  };
  const fail = (open: Open, error: unknown): void => {
    if (open.status !== null) return;
    const { status, body, headers } = problemOf(error);
    open.code = body.error.code;
    if (status === 500) {
      open.defect = error;
      options.onDefect?.(error);
    }
    send(open, { status, ...(headers === undefined ? {} : { headers }), json: { error: { ...body.error, requestId: open.id } } }, isClosing);
  };
  const take: TakeRequest = (asked) => {
    const started = monotonic();
    const { "x-request-id": id, traceparent } = asked.headers;
    const open: Open = { asked, id: requestId(id), trace: traceOf(traceparent), found: null, code: null, defect: undefined, status: null };
    const timer = setTimeout(() => fail(open, tooLate()), timeout);
    answer(open).catch((error: unknown) => fail(open, error));
    return (isHeard) => {
      clearTimeout(timer);
      tell(exchangeOf(open, isHeard, monotonic() - started), options);
    };
  };
  const server = serverOf({ take, bodyBytes: limits.bodyBytes, idle: IDLE, timeout });
  const url = await listening(server.http, options);
  return {
    url,
    close: () => {
      isClosing = true;
      return server.close();
    },
  };
}

async function listening(server: Server, options: ListenOptions): Promise<string> {
  const { port, host } = options;
  try {
    await new Promise<void>((resolve, reject) => server.once("error", reject).listen({ port, host }, resolve));
  } catch (error) {
    throw cannotListen(error as Error, options);
  }
  const name = { "0.0.0.0": "127.0.0.1", "::": "::1" }[host] ?? host;
  return `http://${name.includes(":") ? `[${name}]` : name}:${(server.address() as AddressInfo).port}`;
}

const NO_QUERY: HttpRequest["query"] = {};

/** Answers, unless that was done. */
function send(open: Open, { status = 200, headers, text, contentType = JSON_TYPE, json }: HttpAnswer, isLast: boolean): void {
  if (open.status !== null) return;
  const body = text ?? JSON.stringify(json);
  const { id, trace } = open;
  const bytes = Buffer.byteLength(body);
  const head = ["x-request-id", id, "traceresponse", traceResponse(trace), "content-type", contentType, "content-length", String(bytes)];
  for (const name in headers) head.push(name, headers[name] as string);
  open.asked.reply({ status, head, body, bytes, isLast });
  open.status = status;
}

/** What became of a request whose connection has heard the last of it. */
function exchangeOf({ asked, id, trace, found, code, defect, status }: Open, isHeard: boolean, seconds: number): Exchange {
  return {
    id,
    trace,
    method: asked.method,
    route: found?.route.path ?? null,
    part: found?.part ?? null,
    name: found?.name ?? "",
    status: isHeard && status !== null ? status : GONE,
    seconds,
    code,
    defect,
  };
}

function tell(exchange: Exchange, { onAnswered, log }: ListenOptions): void {
  onAnswered?.(exchange);
  const level = logLevel(exchange);
  if (log === undefined || (!log.requests && level !== "error")) return;
  log.write(`${JSON.stringify({ level, time: formatTime(systemClock.now()), pid: process.pid, ...logFields(exchange) })}\n`);
}

function tooLate(): RequestError {
  return new RequestError({
    code: "REQUEST_TIMED_OUT",
    what: "The answer took longer than is allowed",
    cure: "Try again, or raise limits.timeout in the config",
  });
}

function cannotListen(error: Error, { port, host, flag = "--port" }: ListenOptions): UsageError {
  return new UsageError(
    {
      code: "SERVE_CANNOT_LISTEN",
      what: `it cannot listen: ${error.message}`,
      where: `${host}:${port}`,
      cure: `Choose another port with ${flag}, or end what listens there`,
    },
    { cause: error },
  );
}
