// Values of every kind by chance, nested ones too, and the vectors that hold them.
import fc from "fast-check";
import { compareKeys } from "../src/schema/canonical.ts";
import { isTimestamp, timestampOf } from "../src/time.ts";
import { MAP_KEYS, type Vector } from "../src/schema/vector.ts";
import { Texts } from "../src/schema/texts.ts";
import type { Column } from "../src/schema/column.ts";
import type { FeatureMap, FeatureValue, ListKind, MapKind, Scalar, ScalarKind, ValueKind } from "../src/schema/value-type.ts";

const EXTREME = { int64: [2n ** 63n - 1n, -(2n ** 63n), 0n, 1n, 2n ** 53n + 1n], int128: [2n ** 126n, -(2n ** 126n), 2n ** 63n, 7n] };
/** Texts that objects, JSON and SQL have their own ideas about. */
const ODD_TEXTS = ["", "\0", "__proto__", "constructor", "10", "9", "-1", "1e3", "null", "a\0b", '"', "'", "\uff5e", "\u{1f600}"];
const whole = (bits: bigint): fc.Arbitrary<bigint> => fc.bigInt({ min: -(2n ** (bits - 1n)), max: 2n ** (bits - 1n) - 1n });

const SCALARS: { readonly [K in ScalarKind]: fc.Arbitrary<Scalar> } = {
  string: fc.oneof(fc.constantFrom(...ODD_TEXTS), fc.string({ unit: "binary", maxLength: 20 })),
  float64: fc.oneof(
    fc.integer({ min: -9, max: 9 }),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((x) => x + 0),
  ),
  int32: fc.integer(),
  int64: fc.oneof(fc.constantFrom(...EXTREME.int64), whole(64n)),
  int128: fc.oneof(fc.constantFrom(...EXTREME.int128), whole(126n)),
  boolean: fc.boolean(),
  timestamp: fc.maxSafeInteger().map(timestampOf),
};

/** The kinds of one value. */
export const SCALAR_KINDS: readonly ScalarKind[] = Object.keys(SCALARS) as ScalarKind[];

const scalarKinds = fc.constantFrom(...SCALAR_KINDS);
const listKinds = fc.constantFrom(...SCALAR_KINDS.filter((kind) => kind !== "int128")).map((list): ListKind => ({ list }));
const mapKinds = (of: fc.Arbitrary<ValueKind>): fc.Arbitrary<MapKind> => fc.record({ map: fc.constantFrom(...MAP_KEYS), of });

/** Kinds of lists and maps, among them maps of lists and of maps. */
export const collectionKinds: fc.Arbitrary<ListKind | MapKind> = fc.oneof(
  listKinds,
  mapKinds(scalarKinds),
  mapKinds(listKinds),
  mapKinds(mapKinds(fc.oneof(scalarKinds, listKinds))),
);
/** Kinds of any value. */
export const valueKinds: fc.Arbitrary<ValueKind> = fc.oneof(scalarKinds, collectionKinds);

/** Values of a kind, null at times. */
export function valuesOf(kind: ValueKind): fc.Arbitrary<FeatureValue> {
  return fc.option(presentValuesOf(kind), { nil: null });
}

function presentValuesOf(kind: ValueKind): fc.Arbitrary<FeatureValue> {
  if (typeof kind === "string") return SCALARS[kind];
  if ("list" in kind) return fc.array(SCALARS[kind.list], { maxLength: 5 });
  const entries = fc.uniqueArray(fc.tuple(SCALARS[kind.map], valuesOf(kind.of)), { selector: ([key]) => key, maxLength: 5 });
  return entries.map((all) => new Map(all.toSorted(([a], [b]) => compareKeys(a, b))));
}

/** A text that tells any two values apart, also -0 from 0, a bigint from a number, and maps in another order. */
export function exact(value: FeatureValue | undefined): string {
  if (Object.is(value, -0)) return "-0";
  if (value instanceof Map) return `{${Array.from(value as FeatureMap, ([key, item]) => `${exact(key)}: ${exact(item)}`).join()}}`;
  if (Array.isArray(value)) return `[${(value as readonly Scalar[]).map(exact).join()}]`;
  return scalarText(value as Scalar | null | undefined);
}

function scalarText(value: Scalar | null | undefined): string {
  return `${typeof value} ${typeof value === "string" ? JSON.stringify(value) : String(value)}`;
}

/** The vector of a kind that holds these values; other items lie before those of each collection. */
export function vectorOf(kind: ValueKind, values: readonly FeatureValue[]): Vector {
  if (typeof kind === "string") return scalarVector(kind, values as readonly (Scalar | null)[]);
  const lists = values.map((value) => (value === null ? [] : Array.from(value as Iterable<unknown>)));
  const lengths = Int32Array.from(values, (value, i) => (value === null ? -1 : (lists[i] as unknown[]).length));
  const starts = new Int32Array(values.length);
  lists.reduceRight((start, list, i) => ((starts[i] = start), start + list.length), 0);
  const all = lists.toReversed().flat();
  if ("list" in kind) return { kind, starts, lengths, items: scalarVector(kind.list, all as Scalar[]) as Column };
  const entries = all as [Scalar, FeatureValue][];
  const keys = scalarVector(
    kind.map,
    entries.map(([key]) => key),
  ) as Column;
  const items = vectorOf(
    kind.of,
    entries.map(([, item]) => item),
  );
  return { kind, starts, lengths, keys, items };
}

function scalarVector(kind: ScalarKind, values: readonly (Scalar | null)[]): Vector {
  if (kind === "int128") return { kind, sums: values as (bigint | null)[] };
  if (kind === "string") {
    const texts = new Texts();
    return { kind, ids: Int32Array.from(values, (text) => (text === null ? -1 : texts.id(text as string))), dictionary: texts.dictionary };
  }
  if (kind === "int64") {
    return { kind, words: BigInt64Array.from(values, (word) => (word ?? 0n) as bigint), valid: Uint8Array.from(values, (word) => (word === null ? 0 : 1)) };
  }
  const number = (value: Scalar | null): number => (value === null ? Number.NaN : Number(isTimestamp(value) ? value.micros : value));
  return { kind, numbers: Float64Array.from(values, number) };
}
