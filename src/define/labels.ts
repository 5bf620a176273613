// Labels: rows that say which entity, at which time, and what came of it. A training set has one row for each.
import { checkColumnName, checkName, refusePrototype } from "./name.ts";
import { DefinitionError, didYouMean } from "../errors.ts";
import type { BatchSource, TimeColumn } from "./source.ts";
import { refuseUnknown } from "./settings.ts";
import type { Row, Schema, Show } from "../schema/value-type.ts";

/** Labels with rows `L`: keys, request fields and label columns. */
export interface Labels<out L> {
  readonly kind: "labels";
  readonly name: string;
  readonly schema: Schema;
  /** The column that holds T. */
  readonly at: string;
  readonly from: BatchSource;
  readonly "~row": L;
}

/** Defines labels over data. Throws a `DefinitionError`. */
export function labels<const S extends Schema>(
  name: string,
  config: {
    readonly schema: S;
    /** The column that holds the time T at which each label's features are taken. */
    readonly at: TimeColumn<Row<NoInfer<S>>>;
    /** `parquet(...)`, `csv(...)` or `rows(...)`. */
    readonly from: BatchSource;
  },
): Labels<Show<Row<S>>> {
  checkName(name, "labels");
  const where = `labels ${name}`;
  refuseUnknown(config, ["schema", "at", "from"], where);
  refusePrototype(config.schema, `a column of ${where}`);
  for (const column of Object.keys(config.schema)) checkColumnName(column, where);
  const at = config.at as string;
  const kind = Object.hasOwn(config.schema, at) ? config.schema[at]?.kind : undefined;
  if (kind !== "timestamp") {
    const what = kind === undefined ? `at names '${at}', which the schema does not have` : `at names '${at}', which is t.${kind}()`;
    const times = Object.keys(config.schema).filter((column) => config.schema[column]?.kind === "timestamp");
    throw new DefinitionError({ code: "DEFINITION_NOT_A_TIME", what, where, cure: didYouMean(at, times) });
  }
  return Object.freeze({ kind: "labels", name, schema: Object.freeze({ ...config.schema }), at, from: config.from }) as unknown as Labels<Show<Row<S>>>;
}
