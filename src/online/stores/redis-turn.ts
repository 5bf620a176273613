// The reads of requests that come in one turn of the event loop, sent as one: each call of a server costs more than the keys in it.
import type { Stored } from "./redis-client.ts";

/** A command takes so many keys of several reads at most. */
const MOST_KEYS = 1000;

/** Reads that wait for the end of the turn. */
interface Waiting {
  readonly keys: string[];
  readonly answers: { readonly from: number; readonly to: number; resolve(values: Stored[]): void; reject(error: unknown): void }[];
}

/** Puts reads together. Each is answered as of one moment, as it would be alone. */
export class ReadsOfATurn {
  readonly #fetch: (keys: string[]) => Promise<Stored[]>;
  readonly #apart: boolean;
  /** By what can be read together. */
  #waiting: Map<string, Waiting> = new Map();

  /** `apart`: whether keys of different hash tags may lie on different servers, and cannot be read together. */
  constructor(fetch: (keys: string[]) => Promise<Stored[]>, apart: boolean) {
    this.#fetch = fetch;
    this.#apart = apart;
  }

  /** What is under keys of one hash tag. */
  values(keys: readonly string[]): Promise<Stored[]> {
    const group = this.#apart ? (keys[0] ?? "").slice(0, (keys[0] ?? "").indexOf("}")) : "";
    let waiting = this.#waiting.get(group);
    if (waiting !== undefined && waiting.keys.length + keys.length > MOST_KEYS) {
      this.#waiting.delete(group);
      this.#send(waiting);
      waiting = undefined;
    }
    if (waiting === undefined) {
      if (this.#waiting.size === 0) setImmediate(() => this.#sendAll());
      this.#waiting.set(group, (waiting = { keys: [], answers: [] }));
    }
    const { keys: together, answers } = waiting;
    const from = together.length;
    for (const key of keys) together.push(key);
    return new Promise((resolve, reject) => answers.push({ from, to: together.length, resolve, reject }));
  }

  #sendAll(): void {
    const all = this.#waiting;
    this.#waiting = new Map();
    for (const waiting of all.values()) this.#send(waiting);
  }

  #send({ keys, answers }: Waiting): void {
    this.#fetch(keys).then(
      (values) => {
        for (const { from, to, resolve } of answers) resolve(answers.length === 1 ? values : values.slice(from, to));
      },
      (error: unknown) => {
        for (const { reject } of answers) reject(error);
      },
    );
  }
}
