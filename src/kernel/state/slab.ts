// Bytes for what states write, cut from large pieces: to allocate each by itself costs more than to fill it.

const SLAB_BYTES = 131_072;
/** What is larger is allocated by itself. */
const LARGEST = 16_384;
/** Numbers lie at multiples of this. */
const WIDTH = 8;

let slab: Buffer = Buffer.allocUnsafeSlow(SLAB_BYTES);
let taken = 0;

/** So many bytes, of any content, that begin where numbers can lie. */
export function bytesFor(size: number): Buffer {
  if (size > LARGEST) return Buffer.allocUnsafeSlow(size);
  if (taken + size > SLAB_BYTES) {
    slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
    taken = 0;
  }
  const bytes = slab.subarray(taken, taken + size);
  taken += Math.ceil(size / WIDTH) * WIDTH;
  return bytes;
}
