// What becomes of an event: it counts as it is, takes the place of a version, repeats one, or cannot count, with the reason.
import { compareText } from "../schema/canonical.ts";
import { formatDuration, type Micros } from "../time.ts";
import type { Cell } from "../schema/cells.ts";
import type { EventCells } from "./event-reader.ts";
import type { LogRecord, Replaced } from "./record.ts";
import type { RecordColumn } from "../plan/event-log.ts";
import type { Reason } from "./dead-letters.ts";
import type { Source } from "../define/source.ts";

/** A decision about an event that arrives at a moment. */
export type Decision =
  | { readonly kind: "append"; readonly replaces: Replaced | null }
  /** It says what the newest version of its row says. */
  | { readonly kind: "duplicate"; readonly of: number }
  /** A greater version is there already. */
  | { readonly kind: "outdated"; readonly by: number }
  | ({ readonly kind: "dead" } & Reason);

/** Finds the newest version of the row with an id; null where there is none that can still be corrected. */
export type FindVersion = (id: string) => LogRecord | null;

/** Decides about events of one source; `columns` are those of its records. */
export function decider(source: Source<unknown>, columns: readonly RecordColumn[]): (cells: EventCells, available: Micros, find: FindVersion) => Decision {
  const place = (name: string | null): number => columns.findIndex((column) => column.name === name);
  const [eventTime, id, version, deleted, arrival] = [source.eventTime, source.id, source.version, source.deleted, source.available.column].map(place) as [
    number,
    number,
    number,
    number,
    number,
  ];
  const isDelete = (cells: EventCells): boolean => source.kind === "events" && deleted >= 0 && cells[deleted] === true;
  const late = source.late ?? Infinity;
  const isSame = (a: EventCells, b: EventCells): boolean => a.every((cell, i) => i === arrival || cell === b[i]);
  return (cells, available, find) => {
    const happened = cells[eventTime] as Micros | null;
    if (happened === null) return dead("INGEST_NO_EVENT_TIME", `its event time '${source.eventTime}' is null`);
    if (id >= 0 && cells[id] === null) return dead("INGEST_NO_ID", `its id '${String(source.id)}' is null`);
    if (available - happened > late)
      return dead("INGEST_TOO_LATE", `it came ${formatDuration(available - happened)} after it happened, more than late: ${formatDuration(late)}`);
    if (happened - available > source.ahead)
      return dead("INGEST_TOO_FAR_AHEAD", `it happens ${formatDuration(happened - available)} after it came, more than ahead: ${formatDuration(source.ahead)}`);
    const before = id < 0 ? null : find(String(cells[id]));
    if (before === null || available - (before.cells[eventTime] as Micros) > late) return { kind: "append", replaces: null };
    if (version >= 0 && compareCells(cells[version] as Cell, before.cells[version] as Cell) < 0) return { kind: "outdated", by: before.position };
    if (isSame(cells, before.cells)) return { kind: "duplicate", of: before.position };
    return { kind: "append", replaces: { position: before.position, was: isDelete(before.cells) ? null : before.cells } };
  };
}

function dead(code: string, what: string): Decision {
  return { kind: "dead", code, what };
}

/** The order of two values of one column, null first. */
function compareCells(a: Cell, b: Cell): number {
  if (a === null || b === null) return Number(a !== null) - Number(b !== null);
  if (typeof a === "string") return compareText(a, b as string);
  return a < b ? -1 : a > b ? 1 : 0;
}
