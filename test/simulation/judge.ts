// Judges a life: no acknowledged event is lost or doubled, and every answer is what the oracle says of the records below its cut.
import { judgeAnswers, shown } from "./judge-answers.ts";
import { EventLog } from "../../src/stream/event-log.ts";
import { recordColumns } from "../../src/plan/event-log.ts";
import { recordFormat, type LogRecord } from "../../src/stream/record.ts";
import { systemClock, timestampOf } from "../../src/time.ts";
import type { Arrival, Happened } from "./life.ts";
import type { Given } from "../oracle/naive.ts";
import type { Source } from "../../src/define/source.ts";
import type { Value } from "../../src/schema/value-type.ts";

/** What was judged. */
export interface Judged {
  readonly values: number;
  readonly records: number;
  /** The records of the log, and what was told not to be in it. */
  readonly known: readonly Given[];
}

/** Throws where something is not as it should be, with what it is. */
export async function judge(happened: Happened): Promise<Judged> {
  const { source } = happened.of.definitions.live;
  const columns = recordColumns(source);
  const log = await EventLog.open({ folder: happened.log, source: source.name, format: recordFormat(columns), segmentBytes: 1, clock: systemClock });
  const records: LogRecord[] = [];
  for await (const batch of log.records(0)) records.push(...batch.records);
  await log.close();
  const rowOf = ({ cells }: LogRecord): Given =>
    Object.fromEntries(
      columns.map(({ name, kind }, i) => [name, kind === "timestamp" && cells[i] !== null ? timestampOf(cells[i] as number) : (cells[i] as Value)]),
    );
  judgeLog(happened, records, rowOf);
  const known = [
    ...records.map((record): Given => ({ ...rowOf(record), "~o": record.position, "~a": record.available })),
    ...happened.arrivals.flatMap(notTaken),
  ];
  return { values: judgeAnswers(happened, known), records: records.length, known };
}

/** What was answered but not taken in, as if it stood in the log: the oracle has to find out by itself that it does not count. */
function notTaken({ row, outcome }: Arrival): Given[] {
  if (outcome?.status === "dead") return [{ ...row, "~o": -0.5, "~a": outcome.available }];
  return outcome?.status === "duplicate" ? [{ ...row, "~o": outcome.position + 0.5, "~a": Number(row.seen.micros) }] : [];
}

function judgeLog({ arrivals, of: { definitions } }: Happened, records: readonly LogRecord[], rowOf: (record: LogRecord) => Given): void {
  const byPosition = new Map(records.map((record) => [record.position, record]));
  const answered = new Set<number>();
  for (const { row, clock, outcome } of arrivals) {
    if (outcome === null || (outcome.status !== "accepted" && outcome.status !== "corrected")) continue;
    const record = byPosition.get(outcome.position);
    if (record === undefined) throw new Error(`an acknowledged event is lost: ${shown(row)} at position ${outcome.position}`);
    if (answered.has(outcome.position)) throw new Error(`two events were told the position ${outcome.position}`);
    answered.add(outcome.position);
    if (shown(rowOf(record)) !== shown(clean(row, definitions.live.source)))
      throw new Error(`position ${outcome.position} holds ${shown(rowOf(record))}, sent was ${shown(row)}`);
    if (record.available < clock) throw new Error(`position ${outcome.position} was available at ${record.available}, before ${clock}, when it was sent`);
  }
  const lost = arrivals.filter(({ outcome }) => outcome === null);
  const unanswered = records.filter(({ position }) => !answered.has(position));
  for (const record of unanswered) {
    const sent = lost.findIndex(
      ({ row }: Arrival) => shown({ ...clean(row, definitions.live.source), seen: null }) === shown({ ...rowOf(record), seen: null }),
    );
    if (sent < 0) throw new Error(`a record was never sent, or is there twice: ${shown(rowOf(record))}`);
    lost.splice(sent, 1);
  }
  for (let i = 1; i < records.length; i++)
    if ((records[i] as LogRecord).available < (records[i - 1] as LogRecord).available)
      throw new Error(`available times fall at position ${records[i]?.position}`);
}

/** A row as the log holds it: without what no value can hold, with the columns that it did not have yet. */
function clean(row: Given, { schema }: Source<unknown>): Given {
  const value = (column: string): Value => row[column] ?? null;
  const held = (one: Value): Value => (typeof one === "number" ? (Number.isFinite(one) ? one + 0 : null) : one);
  return Object.fromEntries(Object.keys(schema).map((column) => [column, held(value(column))]));
}
