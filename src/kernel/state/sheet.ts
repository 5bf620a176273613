// Sheets: the bytes of heads, chunks and nodes. Numbers first, then texts, then raw bytes, so that reading one makes few objects.
import { bytesFor } from "../../schema/slab.ts";
import { StoreError } from "../../errors.ts";

/** Another number is another layout. */
const FORMAT = 3;
/** Numbers that a sheet begins with: the format, how many numbers there are, how many bytes of text, and by which of the encodings. */
const FRONT = 4;
/** Texts whose units are all bytes are read several times as quickly as UTF-8; what orders rows is such text. */
const ENCODINGS = ["latin1", "utf8"] as const;
const BYTES_ALONE = /^[\0-\xff]*$/;
const WIDTH = 8;
const NOTHING = new Uint8Array(0);

/** The numbers of the sheet that is written. */
let scratch: Float64Array = new Float64Array(4096);

/** Writes a sheet, one at a time: what is put in is taken out in the same order. */
export class SheetWriter {
  #length = FRONT;
  #text = "";

  number(x: number): void {
    if (this.#length === scratch.length) this.#makeRoom(1);
    scratch[this.#length++] = x;
  }

  /** Numbers, and how many they are. */
  list(numbers: ArrayLike<number>): void {
    const { length } = numbers;
    this.number(length);
    if (this.#length + length > scratch.length) this.#makeRoom(length);
    scratch.set(numbers, this.#length);
    this.#length += length;
  }

  text(text: string): void {
    this.number(text.length);
    this.#text += text;
  }

  texts(texts: readonly string[]): void {
    this.number(texts.length);
    for (const text of texts) this.text(text);
  }

  /** The bytes; `rest` ends them. */
  bytes(rest: Uint8Array = NOTHING): Uint8Array {
    const text = this.#text;
    const encoding = BYTES_ALONE.test(text) ? 0 : 1;
    const textBytes = encoding === 0 ? text.length : Buffer.byteLength(text);
    scratch[0] = FORMAT;
    scratch[1] = this.#length;
    scratch[2] = textBytes;
    scratch[3] = encoding;
    const at = WIDTH * this.#length;
    const bytes = bytesFor(at + textBytes + rest.length);
    bytes.set(new Uint8Array(scratch.buffer, 0, at));
    if (textBytes > 0) bytes.write(text, at, ENCODINGS[encoding]);
    bytes.set(rest, at + textBytes);
    return bytes;
  }

  #makeRoom(length: number): void {
    const larger = new Float64Array(2 * (scratch.length + length));
    larger.set(scratch);
    scratch = larger;
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
    const aligned = given.byteOffset % WIDTH === 0 ? given : new Uint8Array(given);
    const bytes = Buffer.isBuffer(aligned) ? aligned : Buffer.from(aligned.buffer, aligned.byteOffset, aligned.length);
    const numbers = new Float64Array(bytes.buffer, bytes.byteOffset, Math.floor(bytes.length / WIDTH));
    if (numbers[0] !== FORMAT) throw otherFormat(numbers[0]);
    const textAt = WIDTH * (numbers[1] as number);
    const restAt = textAt + (numbers[2] as number);
    this.#numbers = numbers;
    this.#text = restAt === textAt ? "" : bytes.toString(ENCODINGS[numbers[3] as 0 | 1], textAt, restAt);
    this.rest = bytes.subarray(restAt);
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
