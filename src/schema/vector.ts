// Vectors of values: what the kernel gives back, one per feature, and how they are read.
import { reader, type Column, type Reader } from "./column.ts";

/** A column, or sums of int64 in 128 bits. */
export type Vector = Column | { readonly kind: "int128"; readonly sums: (bigint | null)[] };

/** A function that reads one value of a vector. */
export function vectorReader(vector: Vector): Reader {
  return vector.kind === "int128" ? (i) => vector.sums[i] ?? null : reader(vector);
}
