// The oracle's corrections: rows of one id are versions of one row, and which of them replaces which.
import { compare, equal, grouped } from "./values.ts";
import type { Scalar, Value } from "../../src/schema/value-type.ts";
import type { Source } from "../../src/define/source.ts";

/** A whole row with its two times, and its position where it is a record of a log. */
export interface Version {
  readonly row: Readonly<Record<string, Value>>;
  readonly eventTime: bigint;
  readonly availableTime: bigint;
  readonly position: number | null;
}

/** A row that is no duplicate, and the versions that replace it. */
export interface Replaceable<V extends Version> {
  readonly version: V;
  readonly replacedBy: readonly V[];
  readonly isDelete: boolean;
}

/**
 * The versions of rows. `late` bounds corrections, null where nothing does: what became available more than `late` after the
 * older version had happened does not replace it, and stands beside it. Rows of a batch, and of a log's
 * history (below 0), are in order of their versions first; records that a log has taken in are in the log's order.
 */
export function versionsOf<V extends Version>(rows: readonly V[], source: Source<unknown>, late: bigint | null): Replaceable<V>[] {
  const { id, version, deleted } = source;
  const isDelete = ({ row }: V): boolean => deleted !== null && row[deleted] === true;
  if (id === null) return rows.map((row) => ({ version: row, replacedBy: [], isDelete: isDelete(row) }));
  const all = inOrderOfName(source);
  const content = all.filter((column) => column !== source.available.column);
  return grouped(rows, ({ row }) => row[id] as Scalar).flatMap(([, of]) => {
    const byVersion = (a: V, b: V): number => (version === null ? 0 : compare(a.row[version] ?? null, b.row[version] ?? null));
    const isTaken = ({ position }: V): boolean => position !== null && position >= 0;
    const ascending = of.toSorted(
      (a, b) =>
        (isTaken(a) || isTaken(b) ? 0 : byVersion(a, b)) ||
        (a.position ?? 0) - (b.position ?? 0) ||
        compare(a.availableTime, b.availableTime) ||
        firstDifference(a, b, all),
    );
    const changes = ascending.filter((one, i) => i === 0 || firstDifference(one, ascending[i - 1] as V, content) !== 0);
    return changes.map((one, i) => ({
      version: one,
      replacedBy: changes.slice(i + 1).filter(({ availableTime }) => late === null || availableTime <= one.eventTime + late),
      isDelete: isDelete(one),
    }));
  });
}

/** The columns of a source in the order of their names. */
export function inOrderOfName({ schema }: Source<unknown>): string[] {
  return Object.keys(schema).toSorted(compare);
}

/** How two rows compare in the first of some columns in which they differ. */
export function firstDifference(a: Version, b: Version, columns: readonly string[]): number {
  const decisive = columns.find((column) => !equal(a.row[column] ?? null, b.row[column] ?? null));
  return decisive === undefined ? 0 : compare(a.row[decisive] ?? null, b.row[decisive] ?? null);
}
