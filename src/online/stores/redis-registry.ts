// The registry in Redis: one value that guards itself.
import { NOTHING_APPLIED, type Registered } from "../../plan/registered.ts";
import type { RedisClient } from "./redis-client.ts";
import type { RedisLayout } from "./redis-layout.ts";
import type { Registry } from "../registry.ts";

/** The registry of all machines that share a Redis. */
export class RedisRegistry implements Registry {
  readonly #client: RedisClient;
  readonly #key: string;

  constructor(client: RedisClient, layout: RedisLayout) {
    this.#client = client;
    this.#key = layout.own("definitions");
  }

  async read(): Promise<Registered> {
    return parse(await this.#text());
  }

  async write(next: Registered, from: number): Promise<boolean> {
    const expected = await this.#text();
    if (parse(expected).revision !== from) return false;
    const text = JSON.stringify(next);
    const held = await this.#client.write({ guard: this.#key, expected, next: text, commands: [] });
    return held === null;
  }

  async #text(): Promise<string> {
    const [stored] = await this.#client.values([this.#key], "writer");
    return stored?.toString() ?? "";
  }
}

function parse(text: string): Registered {
  return text === "" ? NOTHING_APPLIED : (JSON.parse(text) as Registered);
}
