// Scatter: vectors that are filled at given places, from the pieces that the kernel gives back.
import { isTimestamp } from "../time.ts";
import { lengthOf, withItemsOf } from "../schema/concatenate.ts";
import { Texts } from "../schema/texts.ts";
import type { ListKind, MapKind, ScalarKind, Value, ValueKind } from "../schema/value-type.ts";
import type { ListVector, MapVector, Vector } from "../schema/vector.ts";

/** A vector under construction. */
export interface Scattered {
  readonly vector: Vector;
  /** Writes value `i` of `piece` to place `places[i]`. */
  put(piece: Vector, places: Int32Array): void;
  /** Makes a value null. */
  clear(place: number): void;
  /** Puts a value wherever there is null; a collection has no default. */
  fill(value: NonNullable<Value>): void;
}

/** An empty vector of a kind for `length` values. */
export function scattered(kind: ValueKind, length: number): Scattered {
  return typeof kind === "string" ? SCATTERED[kind](length) : collections(kind, length);
}

/** Writes numbers to their places. */
export function scatterNumbers<A extends Float64Array | Int32Array | Uint8Array>(into: A, piece: A, places: Int32Array): void {
  for (let i = 0; i < places.length; i++) into[places[i] as number] = piece[i] as number;
}

function numbers(kind: "float64" | "int32" | "boolean" | "timestamp"): (length: number) => Scattered {
  return (length) => {
    const values = new Float64Array(length).fill(Number.NaN);
    return {
      vector: { kind, numbers: values },
      put: (piece, places) => scatterNumbers(values, (piece as { numbers: Float64Array }).numbers, places),
      clear: (place) => void (values[place] = Number.NaN),
      fill: (value) => {
        const x = Number(isTimestamp(value) ? value.micros : value) + 0;
        for (let i = 0; i < length; i++) if (values[i] !== values[i]) values[i] = x;
      },
    };
  };
}

/** Lists or maps: their places are known at once; their items stay in pieces until the vector is asked for. */
function collections(kind: ListKind | MapKind, length: number): Scattered {
  const starts = new Int32Array(length);
  const lengths = new Int32Array(length).fill(-1);
  const pieces: (ListVector | MapVector)[] = [];
  let items = 0;
  return {
    get vector() {
      return withItemsOf(kind, pieces, { starts, lengths });
    },
    put: (piece, places) => {
      const from = piece as ListVector | MapVector;
      for (let i = 0; i < places.length; i++) starts[places[i] as number] = (from.starts[i] as number) + items;
      scatterNumbers(lengths, from.lengths, places);
      items += lengthOf(from.items);
      pieces.push(from);
    },
    clear: (place) => void (lengths[place] = -1),
    fill: () => undefined,
  };
}

const SCATTERED: { readonly [K in ScalarKind]: (length: number) => Scattered } = {
  float64: numbers("float64"),
  int32: numbers("int32"),
  boolean: numbers("boolean"),
  timestamp: numbers("timestamp"),
  string: (length) => {
    const ids = new Int32Array(length).fill(-1);
    const texts = new Texts();
    return {
      vector: { kind: "string", ids, dictionary: texts.dictionary },
      put: (piece, places) => {
        const from = piece as Extract<Vector, { kind: "string" }>;
        scatterNumbers(ids, texts.translated(from.ids, from.dictionary), places);
      },
      clear: (place) => void (ids[place] = -1),
      fill: (value) => {
        const id = texts.id(value as string);
        for (let i = 0; i < length; i++) if (ids[i] === -1) ids[i] = id;
      },
    };
  },
  int64: (length) => {
    const words = new BigInt64Array(length);
    const valid = new Uint8Array(length);
    return {
      vector: { kind: "int64", words, valid },
      put: (piece, places) => {
        const from = piece as Extract<Vector, { kind: "int64" }>;
        for (let i = 0; i < places.length; i++) words[places[i] as number] = from.words[i] as bigint;
        scatterNumbers(valid, from.valid, places);
      },
      clear: (place) => void (valid[place] = 0),
      fill: (value) => {
        for (let i = 0; i < length; i++) if (valid[i] === 0) words[i] = value as bigint;
        valid.fill(1);
      },
    };
  },
  int128: (length) => {
    const sums = Array.from<bigint | null>({ length }).fill(null);
    return {
      vector: { kind: "int128", sums },
      put: (piece, places) => {
        const from = (piece as Extract<Vector, { kind: "int128" }>).sums;
        for (let i = 0; i < places.length; i++) sums[places[i] as number] = from[i] ?? null;
      },
      clear: (place) => void (sums[place] = null),
      fill: (value) => sums.forEach((sum, i) => void (sum === null && (sums[i] = value as bigint))),
    };
  },
};
