// An HTTP server of asof: how bodies are read, errors told and time limited; the only file that knows fastify.
import { gunzip } from "node:zlib";
import { promisify } from "node:util";
import { formatTime, MILLISECOND, monotonic, systemClock, type Micros } from "../time.ts";
import { GONE, logFields, logLevel, requestId, traceOf, traceResponse, type Exchange, type Trace } from "./exchange.ts";
import { problemOf } from "./problem.ts";
import { RequestError, UsageError } from "../errors.ts";
import type { FastifyInstance, FastifyReply, FastifyRequest, FastifyServerOptions } from "fastify";

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

/** A request as a route sees it. */
export interface HttpRequest {
  /** The part of the path that a route leaves open; empty where there is none. */
  readonly name: string;
  readonly query: Readonly<Record<string, string | undefined>>;
  readonly contentType: string;
  /** The body, unpacked; empty where there is none. */
  readonly body: string;
}

/** What a route answers: a text with its type, or an object as JSON; 200 unless it says otherwise. */
export interface HttpAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text, already in its final form, of `contentType`. */
  readonly text?: string;
  readonly contentType?: string;
  readonly json?: unknown;
}

/** A route: `{name}` at the end of its path stands for any one segment. */
export interface Route {
  readonly method: "GET" | "POST";
  readonly path: string;
  answer(request: HttpRequest): HttpAnswer | Promise<HttpAnswer>;
}

/** What a server allows. */
export interface HttpLimits {
  readonly bodyBytes: number;
  /** A request that takes longer is given up with a 503. */
  readonly timeout: Micros;
}

const JSON_TYPE = "application/json; charset=utf-8";
/** The part of a path that a request fills in. */
const OPEN_PART = /\{(\w+)\}$/;

declare module "fastify" {
  interface FastifyReply {
    exchange: OpenExchange | null;
  }
}

/** A request that is not answered yet. */
interface OpenExchange {
  readonly trace: Trace;
  readonly started: number;
  code: string | null;
  defect: unknown;
}

/** Serves routes over HTTP. Throws a `UsageError` if it cannot listen. */
export async function serveRoutes(routes: readonly Route[], limits: HttpLimits, options: ListenOptions): Promise<Serving> {
  const { fastify, LogController } = await import("fastify");
  const timeout = Math.max(1, Math.round(limits.timeout / MILLISECOND));
  const told = (exchange: Exchange): void => {
    options.onAnswered?.(exchange);
    const level = logLevel(exchange);
    if (options.log !== undefined && (options.log.requests || level === "error")) server.log[level](logFields(exchange));
  };
  const open = (request: FastifyRequest, reply: FastifyReply): OpenExchange => (reply.exchange ??= begin(request, reply, told));
  const fail = (error: unknown, request: FastifyRequest, reply: FastifyReply): unknown => answerProblem(error, open(request, reply), reply, options);
  const server: FastifyInstance = fastify({
    bodyLimit: limits.bodyBytes,
    requestTimeout: timeout,
    routerOptions: { maxParamLength: 1024 },
    frameworkErrors: (error, request, reply) => void fail(error, request, reply),
    genReqId: ({ headers }) => requestId(headers["x-request-id"]),
    childLoggerFactory: (logger) => logger,
    logController: new LogController({ disableRequestLogging: true }),
    logger: options.log === undefined ? false : loggerOptions(options.log),
  });
  server.decorateReply("exchange", null);
  server.removeAllContentTypeParsers();
  server.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
  server.addHook("onRequest", (request, reply, done) => {
    open(request, reply);
    limitTime(reply, timeout, (error) => fail(error, request, reply));
    done();
  });
  server.setErrorHandler((error, request, reply) => fail(error, request, reply));
  server.setNotFoundHandler((request, reply) => fail(unknownRoute(request.method, request.url.split("?")[0] ?? "", routes, reply), request, reply));
  for (const route of routes) addRoute(server, route, limits);
  try {
    const url = await server.listen({ port: options.port, host: options.host });
    if (options.log?.requests === true) server.log.level = "info"; // from here on: that it listens is told by who asked for it
    return { url, close: () => closeInTime(server, timeout) };
  } catch (error) {
    await server.close();
    throw cannotListen(error as Error, options);
  }
}

/** How often connections are looked at while a server closes, in milliseconds. */
const LOOK = 50;

/** Finishes open requests. A connection that falls idle only then is closed too, and none outlives the time that a request may take. */
async function closeInTime(server: FastifyInstance, timeout: number): Promise<void> {
  const idle = setInterval(() => server.server.closeIdleConnections(), LOOK);
  const all = setTimeout(() => server.server.closeAllConnections(), timeout);
  await server.close().finally(() => {
    clearInterval(idle);
    clearTimeout(all);
  });
}

function addRoute(server: FastifyInstance, { method, path, answer }: Route, { bodyBytes }: HttpLimits): void {
  server.route({
    method: method === "GET" ? ["GET", "HEAD"] : method,
    url: path.replace(OPEN_PART, ":name"),
    config: { path },
    handler: async (request, reply) => {
      const { headers } = request;
      const query = request.query as HttpRequest["query"];
      const body = await unpacked(request.body, headers["content-encoding"], bodyBytes);
      return send(await answer({ name: nameOf(request), query, contentType: headers["content-type"] ?? "", body }), reply);
    },
  });
}

function nameOf({ params }: FastifyRequest): string {
  return (params as { readonly name?: string } | undefined)?.name ?? "";
}

/** Notes a request that came in; `told` hears of it once it is answered. */
function begin(request: FastifyRequest, reply: FastifyReply, told: (exchange: Exchange) => void): OpenExchange {
  const trace = traceOf(request.headers["traceparent"]);
  const open: OpenExchange = { trace, started: monotonic(), code: null, defect: undefined };
  void reply.headers({ "x-request-id": request.id, traceresponse: traceResponse(trace) });
  reply.raw.once("close", () => {
    const { path } = request.routeOptions.config as { readonly path?: string };
    told({
      id: request.id,
      trace,
      method: request.method,
      route: path ?? null,
      part: OPEN_PART.exec(path ?? "")?.[1] ?? null,
      name: nameOf(request),
      status: reply.raw.writableFinished ? reply.raw.statusCode : GONE,
      seconds: monotonic() - open.started,
      code: open.code,
      defect: open.defect,
    });
  });
  return open;
}

/** Until the server listens, only errors are written. */
function loggerOptions({ write }: RequestLog): Exclude<FastifyServerOptions["logger"], boolean | undefined> {
  return {
    level: "error",
    base: { pid: process.pid },
    timestamp: () => `,"time":"${formatTime(systemClock.now())}"`,
    formatters: { level: (level) => ({ level }) },
    stream: { write },
  };
}

function send({ status = 200, headers = {}, text, contentType = JSON_TYPE, json }: HttpAnswer, reply: FastifyReply): FastifyReply {
  void reply.headers(headers).code(status);
  return text === undefined ? reply.send(json) : reply.header("content-type", contentType).send(text);
}

const unzip = promisify(gunzip);

/** The text of a body; one that is packed may not unpack to more than is allowed. */
async function unpacked(body: unknown, encoding: string | undefined, bodyBytes: number): Promise<string> {
  if (!Buffer.isBuffer(body)) return "";
  if (encoding === undefined || encoding === "identity") return body.toString("utf8");
  if (encoding !== "gzip") {
    throw new RequestError({
      code: "REQUEST_UNKNOWN_ENCODING",
      what: `the body is packed by '${encoding}'`,
      where: "header content-encoding",
      cure: "Send it as it is, or packed by gzip",
    });
  }
  try {
    return (await unzip(body, { maxOutputLength: bodyBytes })).toString("utf8");
  } catch (error) {
    const isTooLarge = (error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE";
    throw new RequestError(
      isTooLarge
        ? { code: "REQUEST_TOO_LARGE", what: `the body unpacks to more than ${bodyBytes} bytes`, where: "body", cure: "Send it in parts" }
        : { code: "REQUEST_NOT_GZIP", what: "the body cannot be unpacked", where: "body", cure: "Send it whole, or without content-encoding" },
      { cause: error },
    );
  }
}

/**
 * Gives up what takes longer than `timeout` milliseconds, from the first byte of the request on. Fastify's own
 * `handlerTimeout` ends each request by an abort with a stack trace, which costs as much as an answer.
 */
function limitTime(reply: FastifyReply, timeout: number, fail: (error: unknown) => unknown): void {
  const timer = setTimeout(() => {
    if (!reply.sent) fail(tooLate());
  }, timeout);
  reply.raw.once("close", () => clearTimeout(timer));
}

function tooLate(): RequestError {
  return new RequestError({
    code: "REQUEST_TIMED_OUT",
    what: "The answer took longer than is allowed",
    cure: "Try again, or raise limits.timeout in the config",
  });
}

/** Says what there is; where the path is known, which methods it takes. */
function unknownRoute(method: string, path: string, routes: readonly Route[], reply: FastifyReply): RequestError {
  const known = routes.filter((route) => new RegExp(`^${route.path.replace(OPEN_PART, "[^/]+")}$`).test(path));
  if (known.length === 0) {
    return new RequestError({
      code: "REQUEST_UNKNOWN_ROUTE",
      what: `there is nothing at ${path}`,
      cure: `There are: ${routes.map((route) => `${route.method} ${route.path}`).join(", ")}`,
    });
  }
  const methods = known.map((route) => (route.method === "GET" ? "GET, HEAD" : route.method)).join(", ");
  void reply.header("allow", methods);
  return new RequestError({ code: "REQUEST_WRONG_METHOD", what: `${path} does not take ${method}`, cure: `It takes ${methods}` });
}

function answerProblem(error: unknown, open: OpenExchange, reply: FastifyReply, { onDefect }: ListenOptions): unknown {
  const { status, body, headers = {} } = problemOf(error);
  open.code = body.error.code;
  if (status === 500) {
    open.defect = error;
    onDefect?.(error);
  }
  return reply
    .headers(headers)
    .code(status)
    .send({ error: { ...body.error, requestId: reply.request.id } });
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
