// What records of a log mean to one streaming view: for each entity the rows that come in, and those that corrections take back.
import { canonical, MAX_KEY_BYTES } from "../schema/canonical.ts";
import { cellOf, columnOfCells, type Cell } from "../schema/cells.ts";
import { prepare } from "../kernel/sweep.ts";
import { reader, type Columns } from "../schema/column.ts";
import { recordColumns, type RecordColumn } from "../plan/event-log.ts";
import { rowOrder } from "../plan/row-order.ts";
import { stateLayout, type StateLayout } from "../kernel/state/layout.ts";
import type { Change } from "../kernel/state/absorb.ts";
import type { EventCells } from "./event-reader.ts";
import type { LogRecord } from "./record.ts";
import type { Micros } from "../time.ts";
import type { Mishaps } from "../kernel/mishaps.ts";
import type { Source } from "../define/source.ts";
import type { ViewPlan } from "../plan/view-plan.ts";

/** Changes of one entity's state, in order. */
export interface EntityChanges {
  readonly key: Buffer;
  readonly changes: Change[];
}

/** A streaming view as its log feeds it. */
export interface LiveView {
  readonly plan: ViewPlan;
  readonly layout: StateLayout;
  /** What records mean, by entity. Throws a `DefinitionError` for row functions that are none. */
  changesOf(records: readonly LogRecord[]): { readonly entities: readonly EntityChanges[]; readonly mishaps: Readonly<Mishaps> };
}

/** A row that comes in or is taken back. */
interface Event {
  readonly kind: Change["kind"];
  readonly cells: EventCells;
  readonly position: number;
  readonly available: Micros;
}

/** Prepares a view to be fed. */
export function liveView(plan: ViewPlan): LiveView {
  const columns = recordColumns(plan.source);
  const placeOf = (name: string | null): number => columns.findIndex((column) => column.name === name);
  const eventTime = placeOf(plan.source.eventTime);
  const deleted = plan.source.kind === "events" ? placeOf(plan.source.deleted) : -1;
  const keyPlaces = plan.keys.map(({ column }) => placeOf(column));
  const keyKinds = plan.keys.map(({ kind }) => kind);
  const orderOf = orderWriter(plan.source, columns);
  const keyOf = ({ cells }: Event): Buffer =>
    canonical(
      keyPlaces.map((place) => cells[place] as Cell),
      keyKinds,
    );
  const [onlyKey] = keyPlaces as [number];
  /** A text that only this key has; null where a part of it is. The bytes of a key of one part are made once for each entity. */
  const textOf = (event: Event): string | null => {
    if (keyPlaces.length > 1) return keyPlaces.some((place) => event.cells[place] === null) ? null : keyOf(event).toString("latin1");
    const cell = event.cells[onlyKey] as Cell;
    return cell === null ? null : String(cell);
  };
  return {
    plan,
    layout: stateLayout(plan),
    changesOf: (records) => {
      const events: Event[] = [];
      for (const record of records) takeEvents(record, deleted, events);
      const times = Float64Array.from(events, ({ cells }) => cells[eventTime] as Micros);
      const rows = {
        offsets: Int32Array.of(0, events.length),
        eventTime: times,
        availableTime: Float64Array.from(events, ({ available }) => available),
        until: null,
        columns: columnsOf(columns, events),
      };
      const { selected, inputs, mishaps } = prepare(plan, rows);
      const readers = inputs.map(({ column }) => reader(column));
      const entities = new Map<string, EntityChanges>();
      for (let i = 0; i < selected.length; i++) {
        const event = events[selected.index === null ? i : (selected.index[i] as number)] as Event;
        const text = textOf(event);
        if (text === null) continue;
        let entity = entities.get(text);
        if (entity === undefined) entities.set(text, (entity = { key: keyOf(event), changes: [] }));
        if (entity.key.length > MAX_KEY_BYTES) continue;
        const row = { eventTime: selected.eventTime[i] as Micros, order: orderOf(event), cells: readers.map((read) => cellOf(read(i))) };
        entity.changes.push({ kind: event.kind, row, availableTime: event.available });
      }
      return { entities: [...entities.values()].filter(({ changes }) => changes.length > 0), mishaps };
    },
  };
}

/** A correction takes back the version that it replaces; a delete brings nothing in. */
function takeEvents({ position, available, replaces, cells }: LogRecord, deleted: number, events: Event[]): void {
  if (replaces !== null && replaces.was !== null) events.push({ kind: "retract", cells: replaces.was, position: replaces.position, available });
  if (deleted < 0 || cells[deleted] !== true) events.push({ kind: "insert", cells, position, available });
}

/** The columns of events, made as they are asked for. */
function columnsOf(columns: readonly RecordColumn[], events: readonly Event[]): Columns {
  const made: Columns = {};
  columns.forEach(({ name, kind }, place) => {
    Object.defineProperty(made, name, {
      configurable: true,
      enumerable: true,
      get: () => {
        const value = columnOfCells(
          kind,
          events.map(({ cells }) => cells[place] as Cell),
        );
        Object.defineProperty(made, name, { value, enumerable: true });
        return value;
      },
    });
  });
  return made;
}

/** Writes what orders rows of one event time, as Latin-1 text that compares as they do. */
function orderWriter(source: Source<unknown>, columns: readonly RecordColumn[]): (event: Event) => string {
  const order = rowOrder(source);
  const places = order.columns.map((name) => columns.findIndex((column) => column.name === name));
  const kinds = places.map((place) => (columns[place] as RecordColumn).kind);
  const declared = ({ cells }: Event): string =>
    canonical(
      places.map((place) => cells[place] as Cell),
      kinds,
    ).toString("latin1");
  if (!order.byPosition) return declared;
  return places.length === 0 ? ({ position }) => positionBytes(position) : (event) => declared(event) + positionBytes(event.position);
}

/** A position as eight bytes that compare as positions do, as Latin-1 text. */
function positionBytes(position: number): string {
  const high = Math.floor(position / 2 ** 32) + 2 ** 31;
  const low = position >>> 0;
  return String.fromCharCode(high >>> 24, (high >>> 16) & 255, (high >>> 8) & 255, high & 255, low >>> 24, (low >>> 16) & 255, (low >>> 8) & 255, low & 255);
}
