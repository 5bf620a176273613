// Enrichment: events that carry attributes of an entity, as they were known when the event happened.
import { checkList } from "./given.ts";
import { checkName, refusePrototype } from "./name.ts";
import { DefinitionError, didYouMean } from "../errors.ts";
import { refuseUnknown } from "./settings.ts";
import type { Aggregates } from "./aggregate.ts";
import type { EntityKey } from "./entity.ts";
import type { Latest } from "./latest.ts";
import type { Show } from "../schema/value-type.ts";
import type { Source } from "./source.ts";

/** Attributes that events carry beside their own columns. */
export interface Enrichment {
  /** The entity source. */
  readonly of: Source<unknown>;
  /** The entity source's key columns: `name` is the event's column that holds the key, `column` the entity source's. */
  readonly key: readonly EntityKey[];
  readonly columns: readonly EnrichedColumn[];
}

/** A column of an entity source, under the name that it has in events. */
export interface EnrichedColumn {
  readonly name: string;
  readonly column: string;
}

/** Columns of `R` that can hold what a column of type `T` holds. */
type Holding<R, T> = { [C in keyof R & string]: NonNullable<R[C]> extends NonNullable<T> ? C : never }[keyof R & string];
type Enriched<R, A, P extends string, C extends keyof A & string> = Show<R & { readonly [N in C as `${P}_${N}`]: A[N] | null }>;

/**
 * The same events with columns of an entity source: `enriched(flights, "origin", airports, { key: { code: "origin" }, columns:
 * ["state"] })` gives each flight `origin_state`. An attribute has the value that the entity source had at the event's time: of its last
 * row that had happened and was available before it, null where there was none or the entity was deleted. So it is the same whenever
 * and wherever it is computed, and later changes of the entity do not change events of the past. Throws a `DefinitionError`.
 */
export function enriched<R, A, const P extends string, const C extends keyof A & string>(
  events: Source<R, Aggregates<R>>,
  prefix: P,
  entities: Source<A, Latest<A>>,
  options: {
    /** For each key column of the entity source, the event's column that holds it. */
    readonly key: { readonly [K in keyof NoInfer<A>]?: Holding<NoInfer<R>, NoInfer<A>[K]> };
    /** The columns that events are to carry, as `prefix_column`. */
    readonly columns: readonly C[];
  },
): Source<Enriched<R, A, P, C>, Aggregates<Enriched<R, A, P, C>>> {
  const where = `source ${events?.name}, enriched with ${prefix}`;
  checkName(prefix, `a prefix of ${where}`);
  refuseUnknown(options, ["key", "columns"], where);
  if (events?.kind !== "events" || entities?.kind !== "entity")
    throw new DefinitionError({
      code: "DEFINITION_NOT_AN_ENTITY_SOURCE",
      what: "it takes events and an entity source, in this order",
      where,
      cure: "Define the attributes with entitySource(...)",
    });
  refusePrototype(options.key, `a key of ${where}`);
  checkList(options.columns, "columns", where, 'Name at least one: columns: ["state"]');
  if (options.columns.length === 0)
    throw new DefinitionError({ code: "DEFINITION_NO_COLUMNS", what: "it names no column to carry", where, cure: 'Name at least one: columns: ["state"]' });
  const key = Object.entries(options.key as Readonly<Record<string, string>>).map(([column, name]) => keyOf(events, entities, column, name, where));
  if (key.length === 0)
    throw new DefinitionError({ code: "DEFINITION_BAD_KEY", what: "it names no key", where, cure: 'Say which column holds it: key: { code: "origin" }' });
  const columns = (options.columns as readonly string[]).map((column) => ({ name: `${prefix}_${column}`, column: existing(entities, column, where) }));
  const twice = columns.find(({ name }) => Object.hasOwn(events.schema, name));
  if (twice !== undefined)
    throw new DefinitionError({ code: "DEFINITION_NAME_TWICE", what: `there is a column '${twice.name}' already`, where, cure: "Choose another prefix" });
  const types = columns.map(({ name, column }) => [name, entities.schema[column]?.nullable()] as const);
  return Object.freeze({
    ...events,
    name: `${events.name}_${prefix}`,
    schema: Object.freeze({ ...events.schema, ...Object.fromEntries(types) }),
    enrichments: Object.freeze([...events.enrichments, Object.freeze({ of: entities, key, columns })]),
  }) as unknown as Source<Enriched<R, A, P, C>, Aggregates<Enriched<R, A, P, C>>>;
}

function keyOf(events: Source<unknown>, entities: Source<unknown>, column: string, name: string, where: string): EntityKey {
  const [of, held] = [entities.schema[existing(entities, column, where)]?.kind, events.schema[existing(events, name, where)]?.kind];
  if (of !== undefined && of === held && of !== "float64" && of !== "boolean" && of !== "timestamp") return Object.freeze({ name, kind: of, column });
  throw new DefinitionError({
    code: "DEFINITION_BAD_KEY",
    what: `key '${column}' is t.${of}(), but column '${name}' of the events is t.${held}()`,
    where,
    cure: "Give both the same type: t.string(), t.int32() or t.int64()",
  });
}

function existing(source: Source<unknown>, column: string, where: string): string {
  if (Object.hasOwn(source.schema, column)) return column;
  throw new DefinitionError({
    code: "DEFINITION_UNKNOWN_COLUMN",
    what: `source ${source.name} has no column '${column}'`,
    where,
    cure: didYouMean(column, Object.keys(source.schema)),
  });
}
