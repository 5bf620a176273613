// The server of features: a thin shell over the in-process store.
import { answerWriter, type AnswerWriter } from "./answer-text.ts";
import { decodeBody, parseBody } from "./wire.ts";
import { describe } from "./describe.ts";
import { serveRoutes, type Route, type Serving } from "./http.ts";
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

/**
 * Serves a store over HTTP: `POST /v1/features/{service}`, `GET /v1/services`, `GET /v1/services/{service}`, `/health`,
 * `/ready`. The store stays open when the server is closed. Throws a `UsageError` if it cannot listen.
 */
export function serve(store: Store, { port = 7600, host = "127.0.0.1", onDefect }: ServeOptions = {}): Promise<Serving> {
  return serveRoutes(routesOf(store), store.config.limits, { port, host, onDefect });
}

function routesOf(store: Store): Route[] {
  const writers: ReadonlyMap<ServicePlan, AnswerWriter> = new Map(store.services.map((plan) => [plan, answerWriter(plan)]));
  return [
    {
      method: "POST",
      path: "/v1/features/{service}",
      answer: async ({ name, body }) => {
        const plan = store.plan(name);
        const { many, inputs } = decodeBody(parseBody(body), store.config.limits.inputs);
        const texts = (await store.answer(plan, inputs)).map(writers.get(plan) as AnswerWriter);
        return { text: many ? `{"answers":[${texts.join()}]}` : (texts[0] as string) };
      },
    },
    { method: "GET", path: "/v1/services", answer: () => ({ json: { services: store.services.map(({ name, version }) => ({ name, version })) } }) },
    { method: "GET", path: "/v1/services/{service}", answer: ({ name }) => ({ json: describe(store.plan(name)) }) },
    { method: "GET", path: "/health", answer: () => ({ json: { status: "ok", servingLog: store.logState() } }) },
    {
      method: "GET",
      path: "/ready",
      answer: async () => {
        const problems = await store.problems();
        return { status: problems.length === 0 ? 200 : 503, json: { ready: problems.length === 0, problems } };
      },
    },
  ];
}
