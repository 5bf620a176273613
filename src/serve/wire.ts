// The bodies of requests: what they must hold, and what is refused before a service sees it.
import { didYouMean, RequestError } from "../errors.ts";

/** The inputs of a request; `many` says whether the answer is a list. */
export interface Body {
  readonly many: boolean;
  readonly inputs: readonly unknown[];
}

/** Texts, so that digits in them are passed over, and numbers. */
const TOKENS = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/**
 * The body's JSON. `JSON.parse` reads 9007199254740993 as 9007199254740992: whole numbers past 2^53 are refused, never rounded.
 * Throws a `RequestError`.
 */
export function parseBody(text: string): unknown {
  refuseUnsafeIntegers(text);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new RequestError(
      {
        code: "REQUEST_NOT_JSON",
        what: `the body is no JSON: ${(error as Error).message}`,
        where: "body",
        cure: 'Send {"input": {...}} or {"inputs": [{...}]}',
      },
      { cause: error },
    );
  }
}

function refuseUnsafeIntegers(text: string): void {
  if (!/\d{16}/.test(text)) return;
  for (const [token] of text.matchAll(TOKENS)) {
    if (!/^-?\d+$/.test(token) || Number.isSafeInteger(Number(token))) continue;
    throw new RequestError({
      code: "REQUEST_UNSAFE_INTEGER",
      what: `${token} is past 2^53 and would be rounded`,
      where: "body",
      cure: `Send it as text: "${token}"`,
    });
  }
}

/** The inputs of a body; the store checks each by its service. Throws a `RequestError`. */
export function decodeBody(json: unknown, limit: number): Body {
  const body = record(json);
  const wrong = Object.keys(body).find((field) => field !== "input" && field !== "inputs");
  if (wrong === "at") {
    throw new RequestError({
      code: "REQUEST_AT_REFUSED",
      what: "a request cannot say at which time it is answered",
      where: "body, at",
      cure: "Leave it out: online answers are as of the server's clock; values of the past come from store.training(...)",
    });
  }
  if (wrong !== undefined)
    throw new RequestError({
      code: "REQUEST_UNKNOWN_FIELD",
      what: `there is no field '${wrong}'`,
      where: "body",
      cure: didYouMean(wrong, ["input", "inputs"]),
    });
  if (Object.hasOwn(body, "input") === Object.hasOwn(body, "inputs")) {
    throw new RequestError({
      code: "REQUEST_NO_INPUT",
      what: "the body must hold either input or inputs",
      where: "body",
      cure: 'Send {"input": {...}} or {"inputs": [{...}]}',
    });
  }
  if (Object.hasOwn(body, "input")) return { many: false, inputs: [body["input"]] };
  const list: unknown = body["inputs"];
  if (!Array.isArray(list))
    throw new RequestError({ code: "REQUEST_BAD_VALUE", what: "inputs is no list", where: "body", cure: 'Send {"inputs": [{...}, {...}]}' });
  if (list.length > limit) {
    throw new RequestError({
      code: "REQUEST_TOO_MANY",
      what: `${list.length} inputs are more than the ${limit} that are allowed`,
      where: "body, inputs",
      cure: "Split the request, or raise limits.inputs in the config",
    });
  }
  return { many: true, inputs: list as readonly unknown[] };
}

function record(json: unknown): Readonly<Record<string, unknown>> {
  if (typeof json === "object" && json !== null && !Array.isArray(json)) return json as Readonly<Record<string, unknown>>;
  throw new RequestError({ code: "REQUEST_BAD_VALUE", what: "it is no JSON object", where: "body", cure: 'Send {"input": {...}} or {"inputs": [{...}]}' });
}
