// The canonical encoding: equal values have equal bytes, and bytes compare as the values do. Keys, ties and proofs use it.
import type { FeatureMap, FeatureValue, ListKind, MapKind, Scalar, ScalarKind, ValueKind } from "./value-type.ts";
import { isTimestamp } from "../time.ts";

/** An encoded key may have this many bytes: what every online store can hold. */
export const MAX_KEY_BYTES = 1024;

const NULL = 0;
const PRESENT = 1;
/** Less than what any item begins with, so that a list comes before those that go on. */
const END = 0;
const F64 = new Float64Array(1);
const BITS = new BigUint64Array(F64.buffer);
const SIGN = 1n << 63n;

/**
 * The canonical bytes of values of known kinds, one after the other. A null is `00`; anything else is `01` and
 * then: text as UTF-8 with `00` written `00 FF`, closed by `00 00`; whole numbers and timestamps as 8 bytes
 * big-endian with the sign bit flipped (int128: 16); booleans as one byte; doubles as their bits, negatives inverted,
 * so that nulls come first and bytes compare as values do. NaN counts as null and -0 as 0. A list is its items, closed by
 * `00`; a map its entries in order of their keys, key and value one after the other, closed by `00`: an item or key is never null.
 */
export function canonical(values: readonly FeatureValue[], kinds: readonly ValueKind[]): Buffer {
  if (kinds.length === 1) return encode(values[0] ?? null, kinds[0] as ValueKind);
  return Buffer.concat(kinds.map((kind, i) => encode(values[i] ?? null, kind)));
}

function encode(value: FeatureValue, kind: ValueKind): Buffer {
  if (value === null || Number.isNaN(value)) return Buffer.of(NULL);
  if (typeof kind === "string") return ENCODERS[kind](value as Scalar);
  return "list" in kind ? encodeList(value as readonly Scalar[], kind) : encodeMap(value as FeatureMap, kind);
}

function encodeList(list: readonly Scalar[], kind: ListKind): Buffer {
  return Buffer.concat([Buffer.of(PRESENT), ...list.map((item) => encode(item, kind.list)), Buffer.of(END)]);
}

function encodeMap(map: FeatureMap, kind: MapKind): Buffer {
  const entries = Array.from(map, ([key, value]) => [encode(key, kind.map), encode(value, kind.of)] as const);
  const sorted = entries.toSorted(([a], [b]) => Buffer.compare(a, b));
  return Buffer.concat([Buffer.of(PRESENT), ...sorted.flat(), Buffer.of(END)]);
}

const ENCODERS: { readonly [K in ScalarKind]: (value: Scalar) => Buffer } = {
  string: (value) => {
    const text = value as string;
    const escaped = text.includes("\0") ? Buffer.from(Buffer.from(text).toString("latin1").replaceAll("\0", "\0\xff"), "latin1") : text;
    const length = Buffer.byteLength(escaped);
    const bytes = Buffer.allocUnsafe(1 + length + 2);
    bytes[0] = PRESENT;
    if (typeof escaped === "string") bytes.write(escaped, 1);
    else bytes.set(escaped, 1);
    return bytes.fill(0, 1 + length);
  },
  float64: (value) => {
    F64[0] = (value as number) + 0;
    const bits = BITS[0] as bigint;
    return fixed((bits & SIGN) === 0n ? bits | SIGN : BigInt.asUintN(64, ~bits));
  },
  int32: (value) => fixed(BigInt(value as number) + SIGN),
  int64: (value) => fixed((value as bigint) + SIGN),
  int128: (value) => {
    const shifted = (value as bigint) + (1n << 127n);
    return Buffer.concat([fixed(shifted >> 64n), fixed(shifted & 0xffff_ffff_ffff_ffffn).subarray(1)]);
  },
  timestamp: (value) => fixed((isTimestamp(value) ? value.micros : BigInt(value)) + SIGN),
  boolean: (value) => Buffer.of(PRESENT, value === true ? 1 : 0),
};

/** Tag and eight bytes, big-endian. */
function fixed(bits: bigint): Buffer {
  const bytes = Buffer.alloc(9);
  bytes[0] = PRESENT;
  bytes.writeBigUInt64BE(bits, 1);
  return bytes;
}

/** Compares two texts by their UTF-8 bytes, without making them: by code point, where UTF-16 order differs. */
export function compareText(a: string, b: string): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return byCodePoint(x) - byCodePoint(y);
  }
  return a.length - b.length;
}

/** Surrogates stand for characters above U+FFFF, so they sort after U+E000 to U+FFFF. */
function byCodePoint(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x2000 : unit >= 0xe000 ? unit - 0x800 : unit;
}

/** Compares two keys of a map, as their canonical bytes compare. */
export function compareKeys(a: Scalar, b: Scalar): number {
  if (typeof a === "string") return compareText(a, b as string);
  return a < b ? -1 : a > b ? 1 : 0;
}
