// JSON that every request reads and that seldom changes: parsed only when its bytes are new.

/** The newest value of one place. */
export class Parsed<T> {
  #bytes: Buffer = Buffer.alloc(0);
  #value: T | null = null;

  /** What the first `length` bytes hold. */
  of(stored: Buffer, length: number): T {
    if (this.#value === null || this.#bytes.length !== length || this.#bytes.compare(stored, 0, length) !== 0) {
      this.#bytes = Buffer.from(Uint8Array.prototype.slice.call(stored, 0, length));
      this.#value = JSON.parse(this.#bytes.toString()) as T;
    }
    return this.#value;
  }

  /** The text that was parsed last. */
  get text(): string {
    return this.#bytes.toString();
  }
}
