// An entity source: rows that say what an entity is from then on, such as a customer's plan and country.
import { availability, booleanColumn, columnsOf, type AvailableAt, type BooleanColumn, type TimeColumn } from "./source-columns.ts";
import { checkBatch, checkList, checkTypes } from "./given.ts";
import { checkColumnName, checkName, refusePrototype } from "./name.ts";
import { refuseUnknown } from "./settings.ts";
import type { BatchSource, Source } from "./source.ts";
import type { Latest } from "./latest.ts";
import type { Row, Schema, Show } from "../schema/value-type.ts";

/**
 * Defines an entity source. Of each entity the last row in the order counts, nulls included: a value at T is that of the newest
 * row that happened and was available before T. A row whose `deleted` column is true ends the entity: it is `NOT_FOUND` until
 * another row comes. Throws a `DefinitionError` or `TimeError`.
 */
export function entitySource<const S extends Schema>(
  name: string,
  config: {
    /** The columns that features may use, and their types. */
    readonly schema: S;
    /** The column that says from when on the row holds. */
    readonly eventTime: TimeColumn<Row<NoInfer<S>>>;
    /** When the system could first have used the row: a column, a column trusted from a date on, or so long after `eventTime`. */
    readonly availableAt: AvailableAt<TimeColumn<Row<NoInfer<S>>>>;
    /** The boolean column that is true in a row that deletes its entity. */
    readonly deleted?: BooleanColumn<Row<NoInfer<S>>>;
    /** Columns that order rows of one event time. */
    readonly tieBreak?: readonly (keyof NoInfer<S> & string)[];
    readonly batch: BatchSource;
  },
): Source<Show<Row<S>>, Latest<Show<Row<S>>>> {
  checkName(name, "a source");
  const where = `source ${name}`;
  refuseUnknown(config, ["schema", "eventTime", "availableAt", "deleted", "tieBreak", "batch"], where);
  const { schema } = config;
  refusePrototype(schema, `a column of ${where}`);
  for (const column of Object.keys(schema)) checkColumnName(column, where);
  checkTypes(schema, where);
  if (config.tieBreak !== undefined) checkList(config.tieBreak, "tieBreak", where, 'Write it in brackets: tieBreak: ["order_id"]');
  checkBatch(config.batch, "batch", where);
  const { column, timeColumn } = columnsOf(schema, where);
  return Object.freeze({
    kind: "entity",
    name,
    schema: Object.freeze({ ...schema }),
    eventTime: timeColumn(config.eventTime, "eventTime"),
    available: availability(config.availableAt, timeColumn, where),
    tieBreak: Object.freeze((config.tieBreak ?? []).map((wanted) => column(wanted, "tieBreak"))),
    id: null,
    version: null,
    deleted: config.deleted === undefined ? null : booleanColumn(schema, column(config.deleted, "deleted"), where),
    late: null,
    ahead: 0,
    enrichments: Object.freeze([]),
    batch: config.batch,
    stream: null,
  } satisfies Omit<Source<unknown>, "~row" | "~aggregates">) as unknown as Source<Show<Row<S>>, Latest<Show<Row<S>>>>;
}
