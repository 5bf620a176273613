// A request as a connection brings it, whichever code reads the connection.

/** What a request is answered with. */
export interface Reply {
  readonly status: number;
  /** Names and values in turn, `content-length` among them. */
  readonly head: readonly string[];
  readonly body: string;
  /** Of the body: what its text takes in UTF-8. */
  readonly bytes: number;
  /** Whether the connection ends with it. */
  readonly isLast: boolean;
}

/** A request. */
export interface Asked {
  readonly method: string;
  /** The path, with the query if there is one. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** The body's text, unpacked; empty where there is none. Throws a `RequestError`. */
  body(): string | Promise<string>;
  /** Called once at most. */
  reply(reply: Reply): void;
}

/** Takes a request; gives what is to be called once its connection has heard the last of it: the whole answer, or not. */
export type TakeRequest = (asked: Asked) => (isHeard: boolean) => void;
