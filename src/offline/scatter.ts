// Scatter: vectors that are filled at given places, from the pieces that the kernel gives back.
import { isTimestamp } from "../time.ts";
import type { Value, ValueKind } from "../schema/value-type.ts";
import type { Vector } from "../schema/vector.ts";

/** A vector under construction. */
export interface Scattered {
  readonly vector: Vector;
  /** Writes value `i` of `piece` to place `places[i]`. */
  put(piece: Vector, places: Int32Array): void;
  /** Makes a value null. */
  clear(place: number): void;
  /** Puts a value wherever there is null. */
  fill(value: NonNullable<Value>): void;
}

/** An empty vector of a kind for `length` values. */
export function scattered(kind: ValueKind, length: number): Scattered {
  return SCATTERED[kind](length);
}

/** Writes numbers to their places. */
export function scatterNumbers<A extends Float64Array | Uint8Array>(into: A, piece: A, places: Int32Array): void {
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

const SCATTERED: { readonly [K in ValueKind]: (length: number) => Scattered } = {
  float64: numbers("float64"),
  int32: numbers("int32"),
  boolean: numbers("boolean"),
  timestamp: numbers("timestamp"),
  string: (length) => {
    const ids = new Int32Array(length).fill(-1);
    const dictionary: string[] = [];
    const known = new Map<string, number>();
    const intern = (text: string): number => known.get(text) ?? (known.set(text, dictionary.length), dictionary.push(text) - 1);
    return {
      vector: { kind: "string", ids, dictionary },
      put: (piece, places) => {
        const { ids: from, dictionary: texts } = piece as Extract<Vector, { kind: "string" }>;
        const renumbered = new Int32Array(texts.length).fill(-1);
        for (let i = 0; i < places.length; i++) {
          const id = from[i] as number;
          if (id < 0) continue;
          if (renumbered[id] === -1) renumbered[id] = intern(texts[id] as string);
          ids[places[i] as number] = renumbered[id] as number;
        }
      },
      clear: (place) => void (ids[place] = -1),
      fill: (value) => {
        const id = intern(value as string);
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
