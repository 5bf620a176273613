// An HTTP server of asof over node:http: how requests are answered and told of, errors told, time limited, and how it ends.
import { createServer, STATUS_CODES, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { bodyOf } from "./body.ts";
import { formatTime, MILLISECOND, monotonic, systemClock, type Micros } from "../time.ts";
import { GONE, logFields, logLevel, requestId, traceOf, traceResponse, type Exchange, type Trace } from "./exchange.ts";
import { problemOf } from "./problem.ts";
import { RequestError, UsageError } from "../errors.ts";
import { router, type Found, type HttpAnswer, type HttpRequest, type Route } from "./routes.ts";
import type { AddressInfo, Socket } from "node:net";

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
/** How often connections are looked at while a server closes, in milliseconds. */
const LOOK = 50;

/** A request that is not answered yet. */
interface Open {
  readonly message: IncomingMessage;
  readonly response: ServerResponse;
  readonly id: string;
  readonly trace: Trace;
  found: Found | null;
  code: string | null;
  defect: unknown;
}

/** Serves routes over HTTP. Throws a `UsageError` if it cannot listen. */
export async function serveRoutes(routes: readonly Route[], limits: HttpLimits, options: ListenOptions): Promise<Serving> {
  const timeout = Math.max(1, Math.round(limits.timeout / MILLISECOND));
  const find = router(routes);
  let isClosing = false;
  const answer = async (open: Open): Promise<void> => {
    const { message } = open;
    const [path = "", query] = (message.url ?? "").split("?");
    const { route, name } = (open.found = find(message.method ?? "", path));
    const body = await bodyOf(message, limits.bodyBytes);
    send(open, await route.answer({ name, query: queryOf(query), contentType: message.headers["content-type"] ?? "", body }), isClosing);
  };
  const fail = (open: Open, error: unknown): void => {
    if (open.response.headersSent) return;
    const { status, body, headers } = problemOf(error);
    open.code = body.error.code;
    if (status === 500) {
      open.defect = error;
      options.onDefect?.(error);
    }
    send(open, { status, ...(headers === undefined ? {} : { headers }), json: { error: { ...body.error, requestId: open.id } } }, isClosing);
  };
  const server = createServer({ requestTimeout: timeout, keepAliveTimeout: IDLE }, (message, response) => {
    const started = monotonic();
    const id = requestId(message.headers["x-request-id"]);
    const open: Open = { message, response, id, trace: traceOf(message.headers["traceparent"]), found: null, code: null, defect: undefined };
    const timer = setTimeout(() => fail(open, tooLate()), timeout);
    response.once("close", () => {
      clearTimeout(timer);
      tell(exchangeOf(open, monotonic() - started), options);
    });
    answer(open).catch((error: unknown) => fail(open, error));
  });
  server.on("clientError", refuseBytes);
  const url = await listening(server, options);
  return {
    url,
    close: () => {
      isClosing = true;
      return closeInTime(server, timeout);
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

/** Finishes open requests. A connection that falls idle only then is closed too, and none outlives the time that a request may take. */
async function closeInTime(server: Server, timeout: number): Promise<void> {
  const idle = setInterval(() => server.closeIdleConnections(), LOOK);
  const all = setTimeout(() => server.closeAllConnections(), timeout);
  await new Promise((resolve) => server.close(resolve));
  clearInterval(idle);
  clearTimeout(all);
}

const NO_QUERY: HttpRequest["query"] = {};

function queryOf(query: string | undefined): HttpRequest["query"] {
  return query === undefined ? NO_QUERY : Object.fromEntries(new URLSearchParams(query));
}

/** Answers, unless that was done. A connection whose request is not read to its end can take no other. */
function send({ message, response, id, trace }: Open, { status = 200, headers, text, contentType = JSON_TYPE, json }: HttpAnswer, isLast: boolean): void {
  if (response.headersSent) return;
  const body = text ?? JSON.stringify(json);
  const head = ["x-request-id", id, "traceresponse", traceResponse(trace), "content-type", contentType, "content-length", String(Buffer.byteLength(body))];
  for (const name in headers) head.push(name, headers[name] as string);
  if (isLast || !message.complete) head.push("connection", "close");
  response.writeHead(status, head).end(body);
}

/** What became of a request whose connection has heard the last of it. */
function exchangeOf({ message, response, id, trace, found, code, defect }: Open, seconds: number): Exchange {
  return {
    id,
    trace,
    method: message.method ?? "",
    route: found?.route.path ?? null,
    part: found?.part ?? null,
    name: found?.name ?? "",
    status: response.writableFinished ? response.statusCode : GONE,
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

/** The statuses of what cannot be read as a request; 400 otherwise. */
const STATUS_OF: Readonly<Record<string, number>> = { HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 };

/** Answers what cannot be read as a request, and ends its connection. */
function refuseBytes(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code !== "ECONNRESET" && socket.writable) {
    const status = STATUS_OF[error.code ?? ""] ?? 400;
    const body = JSON.stringify({ error: { code: "REQUEST_BAD", message: `It cannot be read as a request: ${error.message}` } });
    const head = `content-type: ${JSON_TYPE}\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close`;
    socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${head}\r\n\r\n${body}`);
  }
  socket.destroySoon();
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
