// The connections of a server: those that ask plainly over the bare socket, every other by node:http, whose server listens for both.
import { createServer, STATUS_CODES, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { bodyOf } from "./body.ts";
import { PlainLanes } from "./plain-lane.ts";
import type { Asked, TakeRequest } from "./asked.ts";
import type { Socket } from "node:net";

/** What connections lead to, and what they are allowed. */
export interface ConnectionOptions {
  readonly take: TakeRequest;
  readonly bodyBytes: number;
  /** A connection may be idle for so long between requests, in milliseconds. */
  readonly idle: number;
  /** A request may take so long to come, and to be answered, in milliseconds. */
  readonly timeout: number;
}

/** How often connections are looked at while a server closes, in milliseconds. */
const LOOK = 50;

/** A server that does not listen yet. `close` takes no more requests, finishes the open ones, and resolves. */
export function serverOf({ take, bodyBytes, idle, timeout }: ConnectionOptions): { readonly http: Server; close(): Promise<void> } {
  const http = createServer({ requestTimeout: timeout, keepAliveTimeout: idle }, (message, response) => {
    const ended = take(askedBy(message, response, bodyBytes));
    response.once("close", () => ended(response.writableFinished));
  });
  http.on("clientError", refuseBytes);
  const [byNode] = http.listeners("connection") as [(socket: Socket) => void];
  const lanes = new PlainLanes({ take, bodyBytes, idle, handOver: (socket) => byNode.call(http, socket) });
  http.off("connection", byNode).on("connection", (socket) => lanes.add(socket));
  return { http, close: () => closeInTime(http, lanes, timeout) };
}

/** A request of node:http. A connection whose request is not read to its end can take no other. */
function askedBy(message: IncomingMessage, response: ServerResponse, bodyBytes: number): Asked {
  return {
    method: message.method ?? "",
    target: message.url ?? "",
    headers: message.headers,
    body: () => bodyOf(message, bodyBytes),
    reply: ({ status, head, body, isLast }) => {
      response.writeHead(status, isLast || !message.complete ? [...head, "connection", "close"] : [...head]).end(body);
    },
  };
}

/** Finishes open requests. A connection that falls idle only then is closed too, and none outlives the time that a request may take. */
async function closeInTime(http: Server, lanes: PlainLanes, timeout: number): Promise<void> {
  const closeIdle = (): void => {
    http.closeIdleConnections();
    lanes.closeIdle();
  };
  const idle = setInterval(closeIdle, LOOK);
  const all = setTimeout(() => {
    http.closeAllConnections();
    lanes.closeAll();
  }, timeout);
  const closed = new Promise((resolve) => http.close(resolve));
  closeIdle();
  await closed;
  clearInterval(idle);
  clearTimeout(all);
}

/** The statuses of what cannot be read as a request; 400 otherwise. */
const STATUS_OF: Readonly<Record<string, number>> = { HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 };

/** Answers what cannot be read as a request, and ends its connection. */
function refuseBytes(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code !== "ECONNRESET" && socket.writable) {
    const status = STATUS_OF[error.code ?? ""] ?? 400;
    const body = JSON.stringify({ error: { code: "REQUEST_BAD", message: `It cannot be read as a request: ${error.message}` } });
    const head = `content-type: application/json; charset=utf-8\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close`;
    socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${head}\r\n\r\n${body}`);
  }
  socket.destroySoon();
}
