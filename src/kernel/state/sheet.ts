// Sheets: the bytes of heads, chunks and nodes. Numbers first, then texts, then raw bytes, so that reading one makes few objects.
import { StoreError } from "../../errors.ts";

/** Another number is another layout. */
const FORMAT = 1;
/** Numbers that a sheet begins with: the format, how many numbers there are, how many bytes of text. */
const FRONT = 3;
const WIDTH = 8;

/** Writes a sheet: what is put in is taken out in the same order. */
export class SheetWriter {
  readonly #numbers: number[] = [FORMAT, 0, 0];
  #text = "";

  number(x: number): void {
    this.#numbers.push(x);
  }

  /** Numbers, and how many they are. */
  list(numbers: ArrayLike<number>): void {
    const all = this.#numbers;
    all.push(numbers.length);
    for (let i = 0; i < numbers.length; i++) all.push(numbers[i] as number);
  }

  text(text: string): void {
    this.#numbers.push(text.length);
    this.#text += text;
  }

  texts(texts: readonly string[]): void {
    this.number(texts.length);
    for (const text of texts) this.text(text);
  }

  /** The bytes; `rest` ends them. */
  bytes(rest?: Uint8Array): Uint8Array {
    const numbers = this.#numbers;
    const text = this.#text;
    const textBytes = text === "" ? 0 : Buffer.byteLength(text);
    numbers[1] = numbers.length;
    numbers[2] = textBytes;
    const at = WIDTH * numbers.length;
    const bytes = Buffer.allocUnsafeSlow(at + textBytes + (rest?.length ?? 0));
    new Float64Array(bytes.buffer, 0, numbers.length).set(numbers);
    if (textBytes > 0) bytes.write(text, at);
    if (rest !== undefined) bytes.set(rest, at + textBytes);
    return bytes;
  }
}

/** Reads a sheet, of which it keeps the bytes. Throws a `StoreError` on another format. */
export class SheetReader {
  readonly #numbers: Float64Array;
  readonly #text: string;
  #at = FRONT;
  #textAt = 0;
  /** What ends the sheet. */
  readonly rest: Buffer;

  constructor(given: Uint8Array) {
    const bytes = given.byteOffset % WIDTH === 0 ? given : new Uint8Array(given);
    const { buffer, byteOffset, length } = bytes;
    const front = length < WIDTH * FRONT ? null : new Float64Array(buffer, byteOffset, FRONT);
    if (front?.[0] !== FORMAT) throw otherFormat(front?.[0]);
    const count = front[1] as number;
    const textBytes = front[2] as number;
    const restAt = WIDTH * count + textBytes;
    this.#numbers = new Float64Array(buffer, byteOffset, count);
    this.rest = Buffer.from(buffer, byteOffset + restAt, length - restAt);
    this.#text = textBytes === 0 ? "" : Buffer.from(buffer, byteOffset + WIDTH * count, textBytes).toString();
  }

  number(): number {
    return this.#numbers[this.#at++] as number;
  }

  /** Numbers as they lie in the bytes. */
  list(): Float64Array {
    const length = this.number();
    this.#at += length;
    return this.#numbers.subarray(this.#at - length, this.#at);
  }

  text(): string {
    const from = this.#textAt;
    this.#textAt = from + this.number();
    return this.#text.slice(from, this.#textAt);
  }

  texts(): string[] {
    const length = this.number();
    const texts: string[] = [];
    for (let i = 0; i < length; i++) texts.push(this.text());
    return texts;
  }
}

function otherFormat(format: unknown): StoreError {
  return new StoreError({
    code: "STORE_OTHER_FORMAT",
    what: `it holds a state of format ${String(format)}, this version of asof reads ${FORMAT}`,
    where: "online store",
    cure: "Rebuild the view's states from its log",
  });
}
