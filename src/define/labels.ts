// Labels: rows that say which entity, at which time, and what came of it. A training set has one row for each.
import { checkBatch, checkTypes, told } from "./given.ts";
import { checkColumnName, checkName, refusePrototype } from "./name.ts";
import { DefinitionError, didYouMean } from "../errors.ts";
import type { BatchSource } from "./source.ts";
import type { Duration } from "./duration.ts";
import type { TimeColumn } from "./source-columns.ts";
import { parseDelay, type Micros } from "../time.ts";
import { refuseUnknown } from "./settings.ts";
import type { Row, Schema, Show } from "../schema/value-type.ts";

/** Labels with rows `L`, read or computed: keys, request fields and label columns. */
export interface Labels<out L> {
  readonly kind: "labels" | "outcome";
  readonly name: string;
  readonly "~row": L;
}

/** Labels that are data. */
export interface LabelData<out L> extends Labels<L> {
  readonly kind: "labels";
  readonly schema: Schema;
  /** The column that holds T. */
  readonly at: string;
  readonly from: BatchSource;
  /** How long after T what came of it is known. */
  readonly maturity: Micros;
}

/** Defines labels over data. Throws a `DefinitionError` or `TimeError`. */
export function labels<const S extends Schema>(
  name: string,
  config: {
    readonly schema: S;
    /** The column that holds the time T at which each label's features are taken. */
    readonly at: TimeColumn<Row<NoInfer<S>>>;
    /** `parquet(...)`, `csv(...)`, `json(...)`, `duckdb(...)`, `sql(...)` or `rows(...)`. */
    readonly from: BatchSource;
    /** How long after T what came of it is known, 0s by default: splits by time leave as much room. */
    readonly maturity?: Duration;
  },
): LabelData<Show<Row<S>>> {
  checkName(name, "labels");
  const where = `labels ${name}`;
  refuseUnknown(config, ["schema", "at", "from", "maturity"], where);
  refusePrototype(config.schema, `a column of ${where}`);
  for (const column of Object.keys(config.schema)) checkColumnName(column, where);
  checkTypes(config.schema, where);
  checkBatch(config.from, "from", where);
  const at = config.at as string;
  const kind = Object.hasOwn(config.schema, at) ? config.schema[at]?.kind : undefined;
  if (kind !== "timestamp") {
    const what =
      kind === undefined
        ? `at names ${typeof at === "string" ? `'${at}'` : told(at)}, which the schema does not have`
        : `at names '${at}', which is t.${kind}()`;
    const times = Object.keys(config.schema).filter((column) => config.schema[column]?.kind === "timestamp");
    throw new DefinitionError({ code: "DEFINITION_NOT_A_TIME", what, where, cure: didYouMean(String(at), times) });
  }
  const maturity = config.maturity === undefined ? 0 : parseDelay(config.maturity, `${where}, maturity`);
  const schema = Object.freeze({ ...config.schema });
  return Object.freeze({ kind: "labels", name, schema, at, from: config.from, maturity }) as unknown as LabelData<Show<Row<S>>>;
}
