// A hash of an id's text, a whole number of 53 bits: it only says where to look, since the record that is found there tells its own id.

/** Hashes a text: two lanes of multiply and rotate over its UTF-16 units, each mixed at the end so that every bit counts. */
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
  return (mixed(a ^ b) >>> 11) * 2 ** 32 + mixed(Math.imul(b, 5) + a);
}

function mixed(word: number): number {
  let x = word ^ (word >>> 16);
  x = Math.imul(x, 0x21f0aaad);
  x ^= x >>> 15;
  x = Math.imul(x, 0x735a2d97);
  return (x ^ (x >>> 15)) >>> 0;
}
