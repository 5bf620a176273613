// Errors as HTTP tells them: a status and {error: {code, message, where, cure}}, and nothing of the inside.
import { AsofError, IngestError, MaterializeError, RequestError, SourceError, StoreError } from "../errors.ts";

/** A status and a body. */
export interface Problem {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: { readonly error: { readonly code: string; readonly message: string; readonly where?: string; readonly cure?: string } };
}

/** Codes whose status is not that of their class. */
const STATUS_OF: Readonly<Record<string, number>> = {
  STORE_UNKNOWN_SERVICE: 404,
  REQUEST_UNKNOWN_ROUTE: 404,
  REQUEST_WRONG_METHOD: 405,
  REQUEST_TOO_MANY: 413,
  REQUEST_TIMED_OUT: 503,
  REQUEST_TOO_LARGE: 413,
  REQUEST_UNKNOWN_ENCODING: 415,
  INGEST_UNKNOWN_SOURCE: 404,
  INGEST_BUSY: 429,
  INGEST_CLOSED: 503,
  INGEST_CANNOT_WRITE: 503,
};

/** After how many seconds what is refused for now may be sent again. */
const RETRY_AFTER: Readonly<Record<string, string>> = { INGEST_BUSY: "1", INGEST_CLOSED: "5", INGEST_CANNOT_WRITE: "5", REQUEST_TIMED_OUT: "1" };

/** What fastify itself refuses, in our words. */
const OF_FASTIFY: Readonly<Record<string, { readonly status: number; readonly code: string; readonly message: string; readonly cure: string }>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: {
    status: 413,
    code: "REQUEST_TOO_LARGE",
    message: "The body is larger than is allowed",
    cure: "Split the request, or raise limits.bodyBytes in the config",
  },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: {
    status: 400,
    code: "REQUEST_BAD_LENGTH",
    message: "The body is not as long as its Content-Length says",
    cure: "Send the length in bytes, not in characters",
  },
};

/** What to answer for an error. What is no fault of the request and no known state of the store is a 500 without detail. */
export function problemOf(error: unknown): Problem {
  if (error instanceof AsofError) {
    const { code, what, where, cure } = error;
    return {
      status: statusOf(error),
      ...(code in RETRY_AFTER ? { headers: { "retry-after": RETRY_AFTER[code] as string } } : {}),
      body: { error: { code, message: what, ...(where === undefined ? {} : { where }), ...(cure === undefined ? {} : { cure }) } },
    };
  }
  const { code, statusCode } = error as { readonly code?: string; readonly statusCode?: number };
  const known = OF_FASTIFY[code ?? ""];
  if (known !== undefined) return { status: known.status, body: { error: { code: known.code, message: known.message, cure: known.cure } } };
  if (statusCode !== undefined && statusCode < 500) return { status: statusCode, body: { error: { code: "REQUEST_BAD", message: (error as Error).message } } };
  return { status: 500, body: { error: { code: "INTERNAL", message: "This is a defect of asof; the server's own output says more" } } };
}

function statusOf(error: AsofError): number {
  const special = STATUS_OF[error.code];
  if (special !== undefined) return special;
  if (error instanceof RequestError || error instanceof IngestError) return 400;
  return error instanceof StoreError || error instanceof SourceError || error instanceof MaterializeError ? 503 : 500;
}
