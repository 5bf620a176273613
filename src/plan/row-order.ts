// What orders rows of one source that happened at the same moment: the columns that are declared, then what tells any two rows apart.
import { compareText } from "../schema/canonical.ts";
import type { Source } from "../define/source.ts";

/** Rows of one event time compare by these columns, each once; null first. */
export interface RowOrder {
  readonly columns: readonly string[];
  /** Whether the position in the log then decides, rather than all columns by name. */
  readonly byPosition: boolean;
}

/** The order of a source's rows that tie in event time: `tieBreak`, then the position where there is only a log, else every column by the UTF-8 order of its name. */
export function rowOrder({ schema, tieBreak, eventTime, batch }: Source<unknown>): RowOrder {
  const byPosition = batch === null;
  const names = [...tieBreak, ...(byPosition ? [] : Object.keys(schema).toSorted(compareText))];
  return { columns: [...new Set(names)].filter((name) => name !== eventTime), byPosition };
}
