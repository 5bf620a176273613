// A table of a query as it lies in its file: its columns under their own names, with the types that the file gives them.
import type { Batch } from "./batch.ts";

/** A relation with columns of any SQL type. */
export interface RawTable extends Pick<Batch, "files" | "mend" | "drop"> {
  /** SQL to select from. */
  readonly from: string;
}
