// An entity: what features are about, with the columns that identify it.
import { checkColumnName, checkName, refusePrototype } from "./name.ts";
import type { ColumnKind, Row, Schema, Show } from "../schema/value-type.ts";
import { DefinitionError, didYouMean } from "../errors.ts";
import { checkTypes } from "./given.ts";

/** A source row or a label with a null key belongs to no entity, but is allowed; a request needs every key. */
export type OrNull<K> = { readonly [F in keyof K]: K[F] | null };

/** One key of an entity: its name, its kind, and the column of the source that holds it. */
export interface EntityKey {
  readonly name: string;
  readonly kind: ColumnKind;
  readonly column: string;
}

/** An entity. `K`: its keys as served. `C`: the columns that hold them in a source. */
export interface Entity<out N extends string, K, C = OrNull<K>> {
  readonly kind: "entity";
  readonly name: N;
  readonly keys: readonly EntityKey[];
  readonly "~keys": K;
  readonly "~columns": C;
  /** The same entity in a source that names its columns otherwise: `airport.columns({ code: "origin" })`. */
  columns<const M extends { readonly [F in keyof K]?: string }>(
    names: M,
  ): Entity<N, K, Show<{ readonly [F in keyof K as F extends keyof M ? M[F] & string : F]: K[F] | null }>>;
}

const KEY_KINDS: ReadonlySet<ColumnKind> = new Set(["string", "int32", "int64"]);

/**
 * Defines an entity by its keys: `entity("route", { origin: t.string(), destination: t.string() })`. Keys are text or
 * whole numbers, never null; together they have at most 1,024 encoded bytes. Throws a `DefinitionError`.
 */
export function entity<const N extends string, const S extends Schema>(name: N, keys: S): Entity<N, Show<Row<S>>> {
  checkName(name, "an entity");
  const where = `entity ${name}`;
  refusePrototype(keys, `a key of ${where}`);
  checkTypes(keys, where);
  const list = Object.entries(keys).map(([key, type]): EntityKey => {
    checkName(key, `a key of ${where}`);
    if (!KEY_KINDS.has(type.kind) || type.isNullable) {
      throw new DefinitionError({
        code: "DEFINITION_BAD_KEY",
        what: `key '${key}' is t.${type.kind}()${type.isNullable ? ".nullable()" : ""}`,
        where,
        cure: "Keys are t.string(), t.int32() or t.int64(), never nullable",
      });
    }
    return { name: key, kind: type.kind, column: key };
  });
  if (list.length === 0)
    throw new DefinitionError({ code: "DEFINITION_BAD_KEY", what: "it has no key", where, cure: "Name at least one: { user_id: t.string() }" });
  return freeze(name, list) as Entity<N, Show<Row<S>>>;
}

/** A frozen entity; `columns` makes another with the same keys under other column names. */
function freeze(name: string, keys: readonly EntityKey[]): unknown {
  return Object.freeze({
    kind: "entity",
    name,
    keys: Object.freeze(keys.map((key) => Object.freeze(key))),
    columns: (names: Readonly<Record<string, string>>) => {
      refusePrototype(names, `a key of entity ${name}.columns`);
      for (const [key, column] of Object.entries(names)) {
        checkColumnName(column, `entity ${name}.columns`);
        if (!keys.some((k) => k.name === key)) {
          const cure = didYouMean(
            key,
            keys.map((k) => k.name),
          );
          throw new DefinitionError({ code: "DEFINITION_UNKNOWN_KEY", what: `there is no key '${key}'`, where: `entity ${name}.columns`, cure });
        }
      }
      return freeze(
        name,
        keys.map((key) => ({ ...key, column: Object.hasOwn(names, key.name) ? (names[key.name] as string) : key.column })),
      );
    },
  });
}
