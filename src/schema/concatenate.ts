// Concatenation: vectors of one kind, one after the other, as one.
import { Texts } from "./texts.ts";
import type { Column } from "./column.ts";
import type { ListKind, MapKind, ScalarKind, ValueKind } from "./value-type.ts";
import type { ListVector, MapVector, Vector } from "./vector.ts";

/** The vectors of a kind as one; itself where there is only one. */
export function concatenate(kind: ValueKind, vectors: readonly Vector[]): Vector {
  if (vectors.length === 1) return vectors[0] as Vector;
  return typeof kind === "string" ? CONCATENATED[kind](vectors as never) : collections(kind, vectors as readonly (ListVector | MapVector)[]);
}

/** How many values a vector has. */
export function lengthOf(vector: Vector): number {
  if ("numbers" in vector) return vector.numbers.length;
  if ("ids" in vector) return vector.ids.length;
  if ("words" in vector) return vector.words.length;
  return "sums" in vector ? vector.sums.length : vector.lengths.length;
}

/** A vector with its collections in other places, over the items of all `vectors`, one after the other. */
export function withItemsOf(
  kind: ListKind | MapKind,
  vectors: readonly (ListVector | MapVector)[],
  places: Pick<ListVector, "starts" | "lengths">,
): ListVector | MapVector {
  const items = vectors.map((vector) => vector.items);
  if ("list" in kind) return { kind, ...places, items: concatenate(kind.list, items) as Column };
  const keys = (vectors as readonly MapVector[]).map((vector) => vector.keys);
  return { kind, ...places, keys: concatenate(kind.map, keys) as Column, items: concatenate(kind.of, items) };
}

function collections(kind: ListKind | MapKind, vectors: readonly (ListVector | MapVector)[]): ListVector | MapVector {
  const starts = joined(
    Int32Array,
    vectors.map((vector) => vector.starts),
  );
  let at = 0;
  let items = 0;
  for (const vector of vectors) {
    for (const end = at + vector.starts.length; at < end; at++) starts[at] = (starts[at] as number) + items;
    items += lengthOf(vector.items);
  }
  return withItemsOf(kind, vectors, {
    starts,
    lengths: joined(
      Int32Array,
      vectors.map((vector) => vector.lengths),
    ),
  });
}

type Arrays = Float64Array | Int32Array | BigInt64Array | Uint8Array;

function joined<A extends Arrays>(make: new (length: number) => A, arrays: readonly A[]): A {
  const all = new make(arrays.reduce((length, array) => length + array.length, 0));
  let at = 0;
  for (const array of arrays) {
    (all as Float64Array).set(array as Float64Array, at);
    at += array.length;
  }
  return all;
}

type Of<K extends ScalarKind> = Extract<Vector, { readonly kind: K }>;

function numbers<K extends Extract<Column, { readonly numbers: Float64Array }>["kind"]>(kind: K): (vectors: readonly Of<K>[]) => Vector {
  return (vectors) => ({
    kind,
    numbers: joined(
      Float64Array,
      vectors.map((vector) => (vector as { readonly numbers: Float64Array }).numbers),
    ),
  });
}

const CONCATENATED: { readonly [K in ScalarKind]: (vectors: readonly Of<K>[]) => Vector } = {
  float64: numbers("float64"),
  int32: numbers("int32"),
  boolean: numbers("boolean"),
  timestamp: numbers("timestamp"),
  string: (vectors) => {
    const texts = new Texts();
    const ids = joined(
      Int32Array,
      vectors.map((vector) => texts.translated(vector.ids, vector.dictionary)),
    );
    return { kind: "string", ids, dictionary: texts.dictionary };
  },
  int64: (vectors) => ({
    kind: "int64",
    words: joined(
      BigInt64Array,
      vectors.map(({ words }) => words),
    ),
    valid: joined(
      Uint8Array,
      vectors.map(({ valid }) => valid),
    ),
  }),
  int128: (vectors) => ({ kind: "int128", sums: vectors.flatMap(({ sums }) => sums) }),
};
