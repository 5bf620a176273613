// The value types of columns, keys and features: `t.string()`, `t.float64().nullable()`, ...
import type { Timestamp } from "../time.ts";

/** What a column of a source, a key or a label can hold. */
export type ColumnKind = "string" | "float64" | "int32" | "int64" | "boolean" | "timestamp";
/** One value: sums of int64 need 128 bits. */
export type ScalarKind = ColumnKind | "int128";
/** What a feature can hold: one value, a list of them, or a map of anything by values. */
export type ValueKind = ScalarKind | ListKind | MapKind;
export interface ListKind {
  readonly list: ColumnKind;
}
export interface MapKind {
  readonly map: ColumnKind;
  readonly of: ValueKind;
}

/** A value in TypeScript: int64 and int128 are `bigint`. */
export type Scalar = string | number | bigint | boolean | Timestamp;
export type Value = Scalar | null;
/** The value of a feature: lists have no nulls, maps are in order of their keys. */
export type FeatureValue = Value | readonly Scalar[] | FeatureMap;
export type FeatureMap = ReadonlyMap<Scalar, FeatureValue>;

/** A value type. `V` is what TypeScript holds; `~value` exists in types only. */
export interface Type<out V> {
  readonly kind: ColumnKind;
  readonly isNullable: boolean;
  readonly "~value": V;
  /** The same type with null allowed. */
  nullable(): Type<V | null>;
}

/** Columns by name. */
export type Schema = Readonly<Record<string, Type<unknown>>>;
/** The TypeScript value of a type. */
export type ValueOf<T> = T extends Type<infer V> ? V : never;
/** A row of a schema. */
export type Row<S extends Schema> = { readonly [K in keyof S]: ValueOf<S[K]> };
/** One flat object type, so that hovers and errors show columns and not machinery. */
export type Show<T> = { [K in keyof T]: T[K] } & {};

/** The value types that asof knows. */
export interface Types {
  /** Text: any characters, compared by its UTF-8 bytes. */
  string(): Type<string>;
  /** A double. NaN is read as null, -0 as 0, an infinity as null with a reason. */
  float64(): Type<number>;
  /** A whole number within ±2^31. */
  int32(): Type<number>;
  /** A whole number within ±2^63: a `bigint`, and text on the wire. */
  int64(): Type<bigint>;
  boolean(): Type<boolean>;
  /** A moment in UTC, to the microsecond. */
  timestamp(): Type<Timestamp>;
}

class ValueType<V> implements Type<V> {
  readonly kind: ColumnKind;
  readonly isNullable: boolean;
  declare readonly "~value": V;
  constructor(kind: ColumnKind, isNullable: boolean) {
    this.kind = kind;
    this.isNullable = isNullable;
    Object.freeze(this);
  }
  nullable(): Type<V | null> {
    return new ValueType<V | null>(this.kind, true);
  }
}

/** Value types for schemas: `t.string()`, `t.float64().nullable()`. */
export const t: Types = {
  string: () => new ValueType<string>("string", false),
  float64: () => new ValueType<number>("float64", false),
  int32: () => new ValueType<number>("int32", false),
  int64: () => new ValueType<bigint>("int64", false),
  boolean: () => new ValueType<boolean>("boolean", false),
  timestamp: () => new ValueType<Timestamp>("timestamp", false),
};
