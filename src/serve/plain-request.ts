// Plain requests: those that come whole, in one piece, and say nothing unusual. Whatever leaves room for doubt is not plain.

/** A request that is plain. */
export interface PlainRequest {
  readonly method: string;
  /** The path, with the query if there is one. */
  readonly target: string;
  /** Headers of which a request has one at most, by their names in lower case: those of `KEPT`. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Where the body lies; empty where there is none. */
  readonly body: Buffer;
}

const HEAD_END = Buffer.from("\r\n\r\n");
/** The bytes of a head that is long are left to node:http, which knows how long one may be. */
const LONG_HEAD = 8192;
const REQUEST_LINE = /^(GET|POST) (\/[!-"$-~]*) HTTP\/1\.1$/;
/** A name of RFC 9110's characters, and a value in ASCII: what is folded or encoded is not matched. */
const HEADER = /^([\w!#$%&'*+.^`|~-]+):([\t -~]*)$/;
const LENGTH = /^\d{1,9}$/;

/** Headers that may be there once, and matter. */
const KEPT: ReadonlySet<string> = new Set(["host", "content-length", "content-type", "x-request-id", "traceparent"]);
/** Headers that say how a message is framed, packed or continued, as RFC 9110 and 9112 have it: all that is not `content-length`. */
const UNUSUAL: ReadonlySet<string> = new Set(["transfer-encoding", "content-encoding", "expect", "upgrade", "te", "trailer", "proxy-connection"]);

/** Reads bytes that are one plain request and nothing else, with a body of so many bytes at most; null where they are not. */
export function plainRequest(bytes: Buffer, most: number): PlainRequest | null {
  const end = bytes.indexOf(HEAD_END);
  if (end < 0 || end > LONG_HEAD) return null;
  const [first = "", ...lines] = bytes.toString("latin1", 0, end).split("\r\n");
  const line = REQUEST_LINE.exec(first);
  const headers = headersOf(lines);
  if (line === null || headers === null) return null;
  const length = lengthOf(headers["content-length"]);
  const start = end + HEAD_END.length;
  if (length === null || length > most || bytes.length !== start + length) return null;
  return { method: line[1] as string, target: line[2] as string, headers, body: bytes.subarray(start) };
}

function lengthOf(text: string | undefined): number | null {
  if (text === undefined) return 0;
  return LENGTH.test(text) ? Number(text) : null;
}

/** Null where one of them is unusual, or the host is missing. */
function headersOf(lines: readonly string[]): PlainRequest["headers"] | null {
  const headers: Record<string, string | undefined> = { host: undefined };
  for (const line of lines) {
    const header = HEADER.exec(line);
    if (header === null) return null;
    const name = (header[1] as string).toLowerCase();
    const value = (header[2] as string).trim();
    if (KEPT.has(name)) {
      if (headers[name] !== undefined) return null;
      headers[name] = value;
    } else if (UNUSUAL.has(name) || (name === "connection" && value.toLowerCase() !== "keep-alive")) return null;
  }
  return headers["host"] === undefined ? null : headers;
}
