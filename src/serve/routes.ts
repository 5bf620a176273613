// Routes: what a path and a method lead to, and what a request and an answer are to it.
import { RequestError } from "../errors.ts";

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

/** A route: `{name}` at the end of its path stands for any one segment. One for GET answers HEAD too. */
export interface Route {
  readonly method: "GET" | "POST";
  readonly path: string;
  answer(request: HttpRequest): HttpAnswer | Promise<HttpAnswer>;
}

/** Where a request goes. */
export interface Found {
  readonly route: Route;
  /** What the open part of the route's path is called; null where it has none. */
  readonly part: string | null;
  /** What that part is in the request. */
  readonly name: string;
}

/** The part of a path that a request fills in. */
const OPEN_PART = /\{(\w+)\}$/;

/** Finds the route of a request. Throws a `RequestError` where there is none. */
export function router(routes: readonly Route[]): (method: string, path: string) => Found {
  const known = routes.map((route) => {
    const part = OPEN_PART.exec(route.path)?.[1] ?? null;
    return { route, part, begin: route.path.replace(OPEN_PART, "") };
  });
  const whole = new Map(known.filter(({ part }) => part === null).map((one) => [`${one.route.method} ${one.begin}`, { ...one, name: "" }]));
  const open = known.filter(({ part }) => part !== null);
  return (asked, path) => {
    const method = asked === "HEAD" ? "GET" : asked;
    const found = whole.get(`${method} ${path}`);
    if (found !== undefined) return found;
    for (const { route, part, begin } of open)
      if (route.method === method && isUnder(path, begin)) return { route, part, name: decoded(path.slice(begin.length)) };
    const there = known.filter(({ part, begin }) => (part === null ? path === begin : isUnder(path, begin)));
    throw unknownRoute(asked, path, there.length === 0 ? routes : there.map(({ route }) => route), there.length > 0);
  };
}

function isUnder(path: string, begin: string): boolean {
  return path.startsWith(begin) && path.length > begin.length && !path.includes("/", begin.length);
}

function decoded(segment: string): string {
  if (!segment.includes("%")) return segment;
  try {
    return decodeURIComponent(segment);
  } catch (error) {
    throw new RequestError(
      { code: "REQUEST_BAD", what: `'${segment}' is no text`, where: "path", cure: "Encode it as UTF-8, percent by percent" },
      { cause: error },
    );
  }
}

/** The methods that a path takes, where it was asked for another. */
export class WrongMethod extends RequestError {
  readonly allow: string;

  constructor(path: string, method: string, allow: string) {
    super({ code: "REQUEST_WRONG_METHOD", what: `${path} does not take ${method}`, cure: `It takes ${allow}` });
    this.allow = allow;
  }
}

/** Says what there is; where the path is known, which methods it takes. */
function unknownRoute(method: string, path: string, routes: readonly Route[], isThere: boolean): RequestError {
  if (isThere) return new WrongMethod(path, method, routes.map((route) => (route.method === "GET" ? "GET, HEAD" : route.method)).join(", "));
  return new RequestError({
    code: "REQUEST_UNKNOWN_ROUTE",
    what: `there is nothing at ${path}`,
    cure: `There are: ${routes.map((route) => `${route.method} ${route.path}`).join(", ")}`,
  });
}
