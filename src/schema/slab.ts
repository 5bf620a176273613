// Bytes and numbers cut from large pieces: to allocate a few hundred bytes by themselves costs more than to fill them.

const SLAB_BYTES = 131_072;
/** What is larger is allocated by itself. */
const LARGEST = 16_384;
/** Numbers lie at multiples of this. */
const WIDTH = 8;
/** Arrays of numbers of so many bytes lie in V8's own heap, where they are cheap. */
const IN_HEAP = 64;

/** A piece of memory that is cut from its start on, and replaced once it is used up. */
class Slab<B> {
  readonly #make: () => B;
  #piece: B;
  #taken = 0;

  constructor(make: () => B) {
    this.#make = make;
    this.#piece = make();
  }

  /** Cuts off so many bytes, `LARGEST` at most. */
  cut<T>(size: number, part: (piece: B, at: number) => T): T {
    if (this.#taken + size > SLAB_BYTES) {
      this.#piece = this.#make();
      this.#taken = 0;
    }
    const at = this.#taken;
    this.#taken += Math.ceil(size / WIDTH) * WIDTH;
    return part(this.#piece, at);
  }
}

const bytes = new Slab(() => Buffer.allocUnsafeSlow(SLAB_BYTES));
const zeros = new Slab(() => new ArrayBuffer(SLAB_BYTES));

/** So many bytes, of any content, that begin where numbers can lie. */
export function bytesFor(size: number): Buffer {
  return size > LARGEST ? Buffer.allocUnsafeSlow(size) : bytes.cut(size, (piece, at) => piece.subarray(at, at + size));
}

/** So many doubles, all 0. Their buffer may hold other arrays too. */
export function doublesFor(length: number): Float64Array {
  const size = length * Float64Array.BYTES_PER_ELEMENT;
  return size <= IN_HEAP || size > LARGEST ? new Float64Array(length) : zeros.cut(size, (piece, at) => new Float64Array(piece, at, length));
}

/** So many whole numbers of 32 bits, all 0. Their buffer may hold other arrays too. */
export function intsFor(length: number): Int32Array {
  const size = length * Int32Array.BYTES_PER_ELEMENT;
  return size <= IN_HEAP || size > LARGEST ? new Int32Array(length) : zeros.cut(size, (piece, at) => new Int32Array(piece, at, length));
}
