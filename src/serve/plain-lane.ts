// A connection that asks plainly: its requests are read and answered over the bare socket, at three fifths of what that costs over node:http. At
// the first that is not plain the connection is handed over, with all that came, to node:http, and stays there.
import { plainRequest, type PlainRequest } from "./plain-request.ts";
import { SECOND, systemClock } from "../time.ts";
import { STATUS_CODES } from "node:http";
import type { Reply, TakeRequest } from "./asked.ts";
import type { Socket } from "node:net";

/** What lanes of one server share. */
export interface LaneOptions {
  readonly take: TakeRequest;
  readonly bodyBytes: number;
  /** A connection may be idle for so long, in milliseconds. */
  readonly idle: number;
  /** Gets connections that are not plain, unread. */
  readonly handOver: (socket: Socket) => void;
}

/** The connections of a server that ask plainly. */
export class PlainLanes {
  readonly #options: LaneOptions;
  readonly #open: Set<Lane> = new Set();

  constructor(options: LaneOptions) {
    this.#options = options;
  }

  add(socket: Socket): void {
    const lane = new Lane(socket, this.#options, () => this.#open.delete(lane));
    this.#open.add(lane);
  }

  /** Closes those that wait for a request. */
  closeIdle(): void {
    for (const lane of this.#open) if (!lane.isBusy) lane.close();
  }

  closeAll(): void {
    for (const lane of this.#open) lane.close();
  }
}

class Lane {
  readonly #socket: Socket;
  readonly #options: LaneOptions;
  readonly #left: () => void;
  readonly #keepAlive: string;
  /** Of the request that is not answered: to be called at its end. */
  #ended: ((isHeard: boolean) => void) | null = null;
  /** What came while a request was open. */
  #held: Buffer[] = [];
  /** Whether nothing more comes. */
  #isLast: boolean = false;

  constructor(socket: Socket, options: LaneOptions, left: () => void) {
    [this.#socket, this.#options, this.#left] = [socket, options, left];
    this.#keepAlive = `connection: keep-alive\r\nkeep-alive: timeout=${Math.floor(options.idle / 1000)}\r\n\r\n`;
    socket.setNoDelay(true).setTimeout(options.idle);
    for (const [event, listener] of this.#listeners) socket.on(event, listener);
  }

  get isBusy(): boolean {
    return this.#ended !== null;
  }

  close(): void {
    this.#socket.destroy();
  }

  readonly #came = (bytes: Buffer): void => {
    if (this.isBusy) {
      this.#held.push(bytes);
      this.#socket.pause(); // one request at a time: the kernel keeps what follows
      return;
    }
    const request = plainRequest(bytes, this.#options.bodyBytes);
    if (request === null) this.#handOver(bytes);
    else this.#ask(request);
  };

  readonly #waited = (): void => {
    if (!this.isBusy || this.#socket.writableLength > 0) this.close(); // idle, or its answer is not taken
  };

  readonly #sentAll = (): void => {
    this.#isLast = true;
    if (!this.isBusy) this.#socket.destroySoon();
  };

  readonly #gone = (): void => {
    this.#left();
    this.#end(false);
  };

  readonly #listeners: readonly (readonly [string, (bytes: Buffer) => void])[] = [
    ["data", this.#came],
    ["end", this.#sentAll],
    ["close", this.#gone],
    ["timeout", this.#waited],
    ["error", () => undefined], // the connection is closed next
  ];

  #ask({ method, target, headers, body }: PlainRequest): void {
    this.#ended = this.#options.take({ method, target, headers, body: () => body.toString("utf8"), reply: (reply) => this.#reply(reply) });
  }

  #reply({ status, head, body, bytes, isLast }: Reply): void {
    let text = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\n`;
    for (let i = 0; i < head.length; i += 2) text += `${head[i]}: ${head[i + 1]}\r\n`;
    text += `date: ${httpDate()}\r\n${isLast ? "connection: close\r\n\r\n" : this.#keepAlive}`;
    this.#isLast ||= isLast;
    const encoding = bytes === body.length ? "latin1" : "utf8"; // ASCII alone is written quicker
    this.#socket.write(text + body, encoding, (error) => (error == null ? this.#answered() : this.close()));
  }

  #answered(): void {
    this.#end(true);
    if (this.#isLast) this.#socket.destroySoon();
    else this.#goOn();
  }

  #goOn(): void {
    if (this.#held.length === 0) return;
    const bytes = Buffer.concat(this.#held);
    this.#held = [];
    this.#socket.resume();
    this.#came(bytes);
  }

  #end(isHeard: boolean): void {
    const ended = this.#ended;
    this.#ended = null;
    ended?.(isHeard);
  }

  #handOver(bytes: Buffer): void {
    const socket = this.#socket;
    this.#left();
    for (const [event, listener] of this.#listeners) socket.off(event, listener);
    socket.setTimeout(0).pause().unshift(bytes);
    this.#options.handOver(socket);
    socket.resume();
  }
}

let second = 0;
let date = "";

/** The moment as HTTP writes it, made once a second. */
function httpDate(): string {
  const now = Math.floor(systemClock.now() / SECOND);
  if (now !== second) date = new Date((second = now) * 1000).toUTCString();
  return date;
}
