// The body of a request: read whole, unpacked, and never larger than is allowed.
import { gunzip } from "node:zlib";
import { promisify } from "node:util";
import { RequestError } from "../errors.ts";
import type { IncomingMessage } from "node:http";

const unzip = promisify(gunzip);

/** The text of a body of so many bytes at most, packed or not; empty where there is none. Throws a `RequestError`. */
export async function bodyOf(message: IncomingMessage, most: number): Promise<string> {
  const { headers } = message;
  if (headers["content-length"] === undefined && headers["transfer-encoding"] === undefined) return "";
  const encoding = headers["content-encoding"];
  if (encoding === undefined || encoding === "identity") return (await bytesOf(message, most)).toString("utf8");
  if (encoding === "gzip") return unpacked(await bytesOf(message, most), most);
  throw new RequestError({
    code: "REQUEST_UNKNOWN_ENCODING",
    what: `the body is packed by '${encoding}'`,
    where: "header content-encoding",
    cure: "Send it as it is, or packed by gzip",
  });
}

/** Never settles where the sender goes away: there is nobody to be answered. */
function bytesOf(message: IncomingMessage, most: number): Promise<Buffer> {
  if (Number(message.headers["content-length"]) > most) return Promise.reject(tooLarge());
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    let size = 0;
    message.on("data", (part: Buffer) => {
      size += part.length;
      if (size <= most) parts.push(part);
      else reject(tooLarge());
    });
    message.on("end", () => resolve(parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts)));
  });
}

async function unpacked(body: Buffer, most: number): Promise<string> {
  try {
    return (await unzip(body, { maxOutputLength: most })).toString("utf8");
  } catch (error) {
    const isTooLarge = (error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE";
    throw new RequestError(
      isTooLarge
        ? { code: "REQUEST_TOO_LARGE", what: `the body unpacks to more than ${most} bytes`, where: "body", cure: "Send it in parts" }
        : { code: "REQUEST_NOT_GZIP", what: "the body cannot be unpacked", where: "body", cure: "Send it whole, or without content-encoding" },
      { cause: error },
    );
  }
}

function tooLarge(): RequestError {
  return new RequestError({
    code: "REQUEST_TOO_LARGE",
    what: "The body is larger than is allowed",
    where: "body",
    cure: "Split the request, or raise limits.bodyBytes in the config",
  });
}
