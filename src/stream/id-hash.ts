// A hash of 64 bits of an id's text, as two words: it only says where to look, since the record that is found there tells its own id.

/** The first word of the newest hash; the second is what `hashId` returns. */
export const HIGH: Uint32Array = new Uint32Array(1);

/** Hashes a text: two lanes of multiply and rotate over its UTF-16 units, each mixed at the end so that every bit counts. Gives the low word. */
export function hashId(text: string): number {
  let a = 0x9e3779b9 ^ text.length;
  let b = 0x7f4a7c15;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    a = Math.imul(a ^ unit, 0x85ebca6b);
    a = (a << 13) | (a >>> 19);
    b = Math.imul(b ^ unit, 0xc2b2ae35);
    b = (b << 17) | (b >>> 15);
  }
  HIGH[0] = mixed(a ^ b);
  return mixed(Math.imul(b, 5) + a);
}

function mixed(word: number): number {
  let x = word ^ (word >>> 16);
  x = Math.imul(x, 0x21f0aaad);
  x ^= x >>> 15;
  x = Math.imul(x, 0x735a2d97);
  return (x ^ (x >>> 15)) >>> 0;
}
