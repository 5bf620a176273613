// Records of a log: an event with its position and available time, and the line that holds it.
import { formatTime, parseTime, type Micros } from "../time.ts";
import { fromJson } from "../schema/json-value.ts";
import { RECORD_FIELDS, type RecordColumn } from "../plan/event-log.ts";
import type { Cell } from "../schema/cells.ts";
import type { ColumnKind } from "../schema/value-type.ts";
import type { EventCells } from "./event-reader.ts";

/** The version whose place a record takes. */
export interface Replaced {
  readonly position: number;
  /** Its cells as it came in; null where it was a delete, so that there is nothing to take back. */
  readonly was: EventCells | null;
}

/** One record. */
export interface LogRecord {
  readonly position: number;
  readonly available: Micros;
  readonly replaces: Replaced | null;
  readonly cells: EventCells;
}

/** How records of one source are written and read back. */
export interface RecordFormat {
  /** The line of a record, with its newline. */
  line(record: LogRecord): string;
  /** Reads a line that `line` wrote; null where it is something else. */
  record(line: string): LogRecord | null;
}

const { position: POSITION, available: AVAILABLE, replaces: REPLACES, was: WAS } = RECORD_FIELDS;

/** The format for a schema's columns, in their order. */
export function recordFormat(columns: readonly RecordColumn[]): RecordFormat {
  const heads = columns.map(({ name }) => `${JSON.stringify(name)}:`);
  const texts = columns.map(({ kind }) => TEXTS[kind]);
  const fieldsText = (cells: EventCells, text: string): string => {
    let all = text;
    for (let i = 0; i < heads.length; i++) {
      const cell = cells[i] as Cell;
      if (cell !== null) all += `${all === "" ? "" : ","}${heads[i]}${(texts[i] as CellText)(cell)}`;
    }
    return all;
  };
  const cellsOf = (fields: Fields): Cell[] | null => {
    const cells = columns.map(({ name, kind }) => (Object.hasOwn(fields, name) ? cellOfJson(fields[name], kind) : null));
    return cells.includes(undefined) ? null : (cells as Cell[]);
  };
  return {
    line: ({ position, available, replaces, cells }) => {
      const head = `"${POSITION}":${position},"${AVAILABLE}":${available}`;
      if (replaces === null) return `{${fieldsText(cells, head)}}\n`;
      const was = replaces.was === null ? "" : `,"${WAS}":{${fieldsText(replaces.was, "")}}`;
      return `{${fieldsText(cells, `${head},"${REPLACES}":${replaces.position}${was}`)}}\n`;
    },
    record: (line) => {
      const fields = objectIn(line);
      if (fields === null) return null;
      const [position, available, replaced, was] = [fields[POSITION], fields[AVAILABLE], fields[REPLACES], fields[WAS]];
      const cells = cellsOf(fields);
      const wasCells = was === undefined ? null : cellsOf(was as Fields);
      if (!Number.isSafeInteger(position) || !Number.isSafeInteger(available) || cells === null || (was !== undefined && wasCells === null)) return null;
      const replaces = replaced === undefined ? null : { position: replaced as number, was: wasCells };
      return { position: position as number, available: available as number, replaces, cells };
    },
  };
}

type Fields = Readonly<Record<string, unknown>>;

function objectIn(line: string): Fields | null {
  try {
    const json: unknown = JSON.parse(line);
    return typeof json === "object" && json !== null ? (json as Fields) : null;
  } catch {
    return null;
  }
}

type CellText = (cell: NonNullable<Cell>) => string;

/** The JSON of cells: what `fromJson` reads back as the same value, and what JSON files hold. */
const TEXTS: { readonly [K in ColumnKind]: CellText } = {
  string: (cell) => JSON.stringify(cell),
  float64: String,
  int32: String,
  int64: (cell) => `"${String(cell)}"`,
  boolean: String,
  timestamp: (cell) => `"${formatTime(cell as Micros)}"`,
};

function cellOfJson(json: unknown, kind: ColumnKind): Cell | undefined {
  if (kind === "timestamp" && typeof json === "string") return parseTime(json);
  return fromJson(json, kind) as Cell | undefined;
}
