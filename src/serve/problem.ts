// Errors as HTTP tells them: a status and {error: {code, message, where, cure}}, and nothing of the inside.
import { WrongMethod } from "./routes.ts";
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

/** What to answer for an error. What is no fault of the request and no known state of the store is a 500 without detail. */
export function problemOf(error: unknown): Problem {
  if (error instanceof AsofError) {
    const { code, what, where, cure } = error;
    const headers = error instanceof WrongMethod ? { allow: error.allow } : code in RETRY_AFTER ? { "retry-after": RETRY_AFTER[code] as string } : null;
    return {
      status: statusOf(error),
      ...(headers === null ? {} : { headers }),
      body: { error: { code, message: what, ...(where === undefined ? {} : { where }), ...(cure === undefined ? {} : { cure }) } },
    };
  }
  return { status: 500, body: { error: { code: "INTERNAL", message: "This is a defect of asof; the server's own output says more" } } };
}

function statusOf(error: AsofError): number {
  const special = STATUS_OF[error.code];
  if (special !== undefined) return special;
  if (error instanceof RequestError || error instanceof IngestError) return 400;
  return error instanceof StoreError || error instanceof SourceError || error instanceof MaterializeError ? 503 : 500;
}
