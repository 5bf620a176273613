// Judges a life: no acknowledged event is lost or doubled, and every answer is what the oracle says of the records below its cut.
import { history, valuesAt, type Given } from "../oracle/naive.ts";
import { bits } from "../property/compare.ts";
import { EventLog } from "../../src/stream/event-log.ts";
import { recordColumns } from "../../src/plan/event-log.ts";
import { recordFormat, type LogRecord } from "../../src/stream/record.ts";
import { systemClock, timestampOf } from "../../src/time.ts";
import type { Arrival, Asked, Life } from "./life.ts";
import type { Value } from "../../src/schema/value-type.ts";

/** What was judged. */
export interface Judged {
  readonly values: number;
  readonly records: number;
}

/** Throws where something is not as it should be, with what it is. */
export async function judge(life: Life): Promise<Judged> {
  const { source } = life.definition;
  const columns = recordColumns(source);
  const log = await EventLog.open({ folder: life.log, source: source.name, format: recordFormat(columns), segmentBytes: 1, clock: systemClock });
  const records: LogRecord[] = [];
  for await (const batch of log.records(0)) records.push(...batch.records);
  await log.close();
  const rowOf = ({ cells }: LogRecord): Given =>
    Object.fromEntries(
      columns.map(({ name, kind }, i) => [name, kind === "timestamp" && cells[i] !== null ? timestampOf(cells[i] as number) : (cells[i] as Value)]),
    );
  judgeLog(life, records, rowOf);
  const known = [...records.map((record): Given => ({ ...rowOf(record), "~o": record.position, "~a": record.available })), ...life.arrivals.flatMap(notTaken)];
  let values = 0;
  for (const one of life.asked)
    values += judgeAnswer(
      life,
      one,
      known.filter((row) => (row["~o"] as number) < one.cut.end),
    );
  return { values, records: records.length };
}

/** What was answered but not taken in, as if it stood in the log: the oracle has to find out by itself that it does not count. */
function notTaken({ row, outcome }: Arrival): Given[] {
  if (outcome?.status === "dead") return [{ ...row, "~o": -0.5, "~a": outcome.available }];
  return outcome?.status === "duplicate" ? [{ ...row, "~o": outcome.position + 0.5, "~a": Number(row.seen.micros) }] : [];
}

function judgeLog({ arrivals }: Life, records: readonly LogRecord[], rowOf: (record: LogRecord) => Given): void {
  const byPosition = new Map(records.map((record) => [record.position, record]));
  const answered = new Set<number>();
  for (const { row, clock, outcome } of arrivals) {
    if (outcome === null || (outcome.status !== "accepted" && outcome.status !== "corrected")) continue;
    const record = byPosition.get(outcome.position);
    if (record === undefined) throw new Error(`an acknowledged event is lost: ${shown(row)} at position ${outcome.position}`);
    if (answered.has(outcome.position)) throw new Error(`two events were told the position ${outcome.position}`);
    answered.add(outcome.position);
    if (shown(rowOf(record)) !== shown(clean(row))) throw new Error(`position ${outcome.position} holds ${shown(rowOf(record))}, sent was ${shown(row)}`);
    if (record.available < clock) throw new Error(`position ${outcome.position} was available at ${record.available}, before ${clock}, when it was sent`);
  }
  const lost = arrivals.filter(({ outcome }) => outcome === null);
  const unanswered = records.filter(({ position }) => !answered.has(position));
  for (const record of unanswered) {
    const sent = lost.findIndex(({ row }: Arrival) => shown({ ...clean(row), seen: null }) === shown({ ...rowOf(record), seen: null }));
    if (sent < 0) throw new Error(`a record was never sent, or is there twice: ${shown(rowOf(record))}`);
    lost.splice(sent, 1);
  }
  for (let i = 1; i < records.length; i++)
    if ((records[i] as LogRecord).available < (records[i - 1] as LogRecord).available)
      throw new Error(`available times fall at position ${records[i]?.position}`);
}

function judgeAnswer({ definition }: Life, { key, answer, cut }: Asked, rows: readonly Given[]): number {
  const { found, said } = valuesAt(history(definition, rows), [key], BigInt(answer.at));
  said.forEach(({ value, failed, newest }, i) => {
    const { name } = definition.features[i] as (typeof definition.features)[number];
    const status = !found ? "NOT_FOUND" : failed ? "ERROR" : value === null ? "NULL" : "PRESENT";
    const oracle = `${bits(value)} ${status} ${newest}`;
    const served = `${bits(answer.values[name] ?? null)} ${answer.status[name]} ${answer.eventTime[name] ?? null}`;
    if (served === oracle) return;
    const told = rows.map((row) => `  ${shown(row)}`).join("\n");
    const { call, window } = definition.features[i] as (typeof definition.features)[number];
    throw new Error(
      `${key} at ${answer.at}, cut ${cut.end}: served ${served}, oracle ${oracle}\n${call.aggregate}(${String(call.value)}) ${JSON.stringify(window)} where ${String(definition.where)}\n${JSON.stringify(definition.source, (name, one: unknown) => (name === "schema" || name === "batch" ? undefined : one))}\n${told}`,
    );
  });
  return said.length;
}

/** A row as the log holds it: without what no value can hold. */
function clean(row: Given): Given {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, typeof value === "number" ? (Number.isFinite(value) ? value + 0 : null) : value]),
  );
}

function shown(row: Given): string {
  return Object.entries(row)
    .map(([name, value]) => `${name}=${bits(value)}`)
    .join(" ");
}
