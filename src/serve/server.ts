// The HTTP server: a thin shell over the in-process store; the only file that knows fastify.
import { answerWriter, type AnswerWriter } from "./answer-text.ts";
import { decodeBody, parseBody } from "./wire.ts";
import { describe } from "./describe.ts";
import { RequestError, UsageError } from "../errors.ts";
import { MILLISECOND } from "../time.ts";
import { problemOf } from "./problem.ts";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { ServicePlan } from "../plan/service-plan.ts";
import type { Store } from "../feature-store.ts";

/** Where the server listens, and who hears of defects. */
export interface ServeOptions {
  /** 7600 by default; 0 takes any free port. */
  readonly port?: number;
  /** 127.0.0.1 by default: this machine only. */
  readonly host?: string;
  /** Called with what is answered by a bare 500. */
  readonly onDefect?: (error: unknown) => void;
}

/** A server that listens. */
export interface Serving {
  /** Such as `http://127.0.0.1:7600`. */
  readonly url: string;
  /** Takes no more requests, finishes the open ones, and resolves. The store stays open. */
  close(): Promise<void>;
}

/** The paths there are, and the methods that each takes. */
const ROUTES: readonly { readonly path: RegExp; readonly methods: string }[] = [
  { path: /^\/v1\/features\/[^/]+$/, methods: "POST" },
  { path: /^\/v1\/services(\/[^/]+)?$/, methods: "GET, HEAD" },
  { path: /^\/(health|ready)$/, methods: "GET, HEAD" },
];

/**
 * Serves a store over HTTP: `POST /v1/features/{service}`, `GET /v1/services`, `GET /v1/services/{service}`, `/health`,
 * `/ready`. Throws a `UsageError` if it cannot listen.
 */
export async function serve(store: Store, options: ServeOptions = {}): Promise<Serving> {
  const { fastify } = await import("fastify");
  const { limits } = store.config;
  const timeout = Math.max(1, Math.round(limits.timeout / MILLISECOND));
  const server = fastify({
    bodyLimit: limits.bodyBytes,
    requestTimeout: timeout,
    frameworkErrors: (error, _request, reply) => void answerProblem(error, reply, options),
  });
  server.removeAllContentTypeParsers();
  server.addContentTypeParser("*", { parseAs: "string" }, (_request, body, done) => done(null, body));
  limitTime(server, timeout, options);
  server.setErrorHandler((error, _request, reply) => answerProblem(error, reply, options));
  server.setNotFoundHandler((request, reply) => answerUnknown(request, reply, options));
  addRoutes(server, store);
  const { port = 7600, host = "127.0.0.1" } = options;
  try {
    return { url: await server.listen({ port, host }), close: () => server.close() };
  } catch (error) {
    await server.close();
    throw new UsageError(
      {
        code: "SERVE_CANNOT_LISTEN",
        what: `it cannot listen: ${(error as Error).message}`,
        where: `${host}:${port}`,
        cure: "Choose another port with --port, or end what listens there",
      },
      { cause: error },
    );
  }
}

const JSON_TYPE = "application/json; charset=utf-8";

function addRoutes(server: FastifyInstance, store: Store): void {
  const writers: ReadonlyMap<ServicePlan, AnswerWriter> = new Map(store.services.map((plan) => [plan, answerWriter(plan)]));
  server.post<{ Params: { service: string } }>("/v1/features/:service", async (request, reply) => {
    const plan = store.plan(request.params.service);
    const { many, inputs } = decodeBody(parseBody(typeof request.body === "string" ? request.body : ""), store.config.limits.inputs);
    const texts = (await store.answer(plan, inputs)).map(writers.get(plan) as AnswerWriter);
    void reply.header("content-type", JSON_TYPE);
    return Buffer.from(many ? `{"answers":[${texts.join()}]}` : (texts[0] as string));
  });
  server.get("/v1/services", () => ({ services: store.services.map(({ name, version }) => ({ name, version })) }));
  server.get<{ Params: { service: string } }>("/v1/services/:service", (request) => describe(store.plan(request.params.service)));
  server.get("/health", () => ({ status: "ok", servingLog: store.logState() }));
  server.get("/ready", async (_request, reply) => {
    const problems = await store.problems();
    return reply.code(problems.length === 0 ? 200 : 503).send({ ready: problems.length === 0, problems });
  });
}

/**
 * Gives up what takes longer than `timeout` milliseconds, from the first byte of the request on. Fastify's own
 * `handlerTimeout` ends each request by an abort with a stack trace, which costs as much as an answer.
 */
function limitTime(server: FastifyInstance, timeout: number, options: ServeOptions): void {
  server.addHook("onRequest", (_request, reply, done) => {
    const timer = setTimeout(() => {
      if (!reply.sent) answerProblem(tooLate(), reply, options);
    }, timeout);
    reply.raw.once("close", () => clearTimeout(timer));
    done();
  });
}

function tooLate(): RequestError {
  return new RequestError({
    code: "REQUEST_TIMED_OUT",
    what: "The answer took longer than is allowed",
    cure: "Try again, or raise limits.timeout in the config",
  });
}

function answerUnknown(request: FastifyRequest, reply: FastifyReply, options: ServeOptions): FastifyReply {
  const path = request.url.split("?")[0] ?? "";
  const route = ROUTES.find((candidate) => candidate.path.test(path));
  if (route === undefined) {
    return answerProblem(
      new RequestError({
        code: "REQUEST_UNKNOWN_ROUTE",
        what: `there is nothing at ${path}`,
        cure: "There are: POST /v1/features/{service}, GET /v1/services, GET /v1/services/{service}, GET /health, GET /ready",
      }),
      reply,
      options,
    );
  }
  void reply.header("allow", route.methods);
  return answerProblem(
    new RequestError({ code: "REQUEST_WRONG_METHOD", what: `${path} does not take ${request.method}`, cure: `It takes ${route.methods}` }),
    reply,
    options,
  );
}

function answerProblem(error: unknown, reply: FastifyReply, { onDefect }: ServeOptions): FastifyReply {
  const { status, body } = problemOf(error);
  if (status === 500) onDefect?.(error);
  return reply.code(status).send(body);
}
