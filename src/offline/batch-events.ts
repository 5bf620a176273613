// The rows of a file as events, in the file's order, read as the source's own batch would be.
import { readColumns } from "./read-columns.ts";
import { recordColumns } from "../plan/event-log.ts";
import { vectorReader } from "../schema/vector.ts";
import type { BatchSource, Source } from "../define/source.ts";
import type { FeatureValue } from "../schema/value-type.ts";
import type { Offline } from "./offline.ts";

/** Rows that are read at a time. */
const ROWS = 10_000;

/** Some rows of a file, and how many it has. */
export interface EventPage {
  readonly events: readonly Readonly<Record<string, FeatureValue>>[];
  readonly total: number;
}

/** Reads the rows of a batch with the columns of a source. Throws a `SourceError` for what the file does not hold. */
export async function* batchEvents({ db, openings }: Offline, batch: BatchSource, source: Source<unknown>): AsyncGenerator<EventPage> {
  const columns = recordColumns(source);
  const opened = await openings.batch(source, batch);
  const table = db.freshName("events");
  const values = opened.columns.map(({ value }) => value).join(", ");
  await db.run(`CREATE TEMP TABLE ${table} AS SELECT ${values}, row_number() OVER (ORDER BY file, row) AS n FROM ${opened.relation}`);
  const total = (await db.query(`SELECT count(*)::DOUBLE AS rows FROM ${table}`))[0]?.["rows"] as number;
  for (let from = 0; from < total; from += ROWS) {
    const { length, vectors } = await readColumns(db, opened.columns, `${table} WHERE n > ${from} AND n <= ${from + ROWS} ORDER BY n`);
    const readers = vectors.map(vectorReader);
    const events = Array.from({ length }, (_, i) => Object.fromEntries(columns.map(({ name }, c) => [name, readers[c]?.(i) ?? null] as const)));
    yield { events, total };
  }
  await db.run(`DROP TABLE ${table}`);
  await opened.drop();
}
