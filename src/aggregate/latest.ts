// latest(x): what the last row of an entity source says, null included; nothing where that row deletes the entity.
import { ANY_KIND, type Aggregation } from "./aggregate.ts";
import { Cells } from "./cells.ts";
import { rowAt, type WriteRow } from "./end-rows.ts";
import type { ColumnKind } from "../schema/value-type.ts";
import type { Input } from "./input.ts";

export const latest: Aggregation = {
  form: { value: "required", options: ["type"], ofEntity: true },
  accepts: ANY_KIND,
  result: (input) => input as ColumnKind,
  empty: null,
  ordered: true,
  accumulate: (material) => {
    const { value, add, eventTime, length } = material;
    const { codes, decode } = (value as Input).identity();
    const said = add === null ? codes : present(codes, add.identity().codes);
    const cells = new Cells(length);
    const write: WriteRow = (row) => cells.push(row < 0 ? Number.NaN : (said[row] as number));
    return { make: () => rowAt("newest", eventTime, material, write), output: () => cells.decoded(decode) };
  },
};

/** The codes, null in rows that delete their entity. */
function present(codes: Float64Array, deletes: Float64Array): Float64Array {
  return codes.map((code, row) => (deletes[row] === 1 ? Number.NaN : code));
}
