// The registry in the embedded store: one value, replaced in one transaction.
import { NOTHING_APPLIED, type Registered } from "../../plan/registered.ts";
import type { Registry } from "../registry.ts";
import type { Root, Table } from "./lmdb-file.ts";

const KEY = ["definitions"];

/** The registry of one machine. */
export class LmdbRegistry implements Registry {
  readonly #root: Root;
  readonly #meta: Table<unknown, (string | number)[]>;

  constructor(root: Root, meta: Table<unknown, (string | number)[]>) {
    this.#root = root;
    this.#meta = meta;
  }

  read(): Promise<Registered> {
    this.#meta.resetReadTxn();
    return Promise.resolve(this.#stored());
  }

  async write(next: Registered, from: number): Promise<boolean> {
    const written = await this.#root.transaction(() => {
      if (this.#stored().revision !== from) return false;
      this.#meta.putSync(KEY, next);
      return true;
    });
    await this.#root.flushed;
    return written;
  }

  /** In the snapshot, or the transaction, at hand. */
  #stored(): Registered {
    return (this.#meta.get(KEY) ?? NOTHING_APPLIED) as Registered;
  }
}
