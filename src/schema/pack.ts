// MessagePack: how stored rows and states become bytes. Whole numbers of 64 bits stay bigints, doubles keep their bits.
import { Packr } from "msgpackr";

const PACKER: Packr = new Packr({ useRecords: false, int64AsType: "bigint" });

/** The bytes of arrays, text, numbers, bigints within 64 bits, booleans, bytes and null. */
export function pack(value: unknown): Uint8Array {
  return PACKER.pack(value);
}

/** What the bytes hold. */
export function unpack(bytes: Uint8Array): unknown {
  return PACKER.unpack(bytes) as unknown;
}
