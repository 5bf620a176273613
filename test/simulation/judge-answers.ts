// Judges answers by the oracle: those of a streaming view by the records below their cut, those of a refreshed one by the tick to which its pointer showed.
import { bits } from "../property/compare.ts";
import { history, valuesAt, type Given, type History, type Status } from "../oracle/naive.ts";
import { isStale, shownAt } from "../oracle/as-of.ts";
import type { Absorbed } from "../../src/online/state-store.ts";
import type { Asked, Happened } from "./life.ts";
import type { Move } from "../../src/plan/record.ts";
import type { ViewDefinition } from "../../src/define/feature-view.ts";

/** From where a view's values are to be: a moment, the rows that are known there, and as of when they are; null: from nowhere. */
interface Place {
  readonly moment: bigint;
  readonly asOf: bigint;
  readonly rows: History;
}

/** Judges all answers, given the records of the log and what was told not to be in it. Gives the number of values. */
export function judgeAnswers({ asked, scenario }: Happened, known: readonly Given[]): number {
  const histories = new Map<ViewDefinition, History>();
  const whole = (definition: ViewDefinition): History => {
    const rows = histories.get(definition) ?? history(definition, scenario.given(known));
    histories.set(definition, rows);
    return rows;
  };
  let values = 0;
  for (const one of asked) {
    const { live, refreshed } = one.of.definitions;
    values += judgeView(one, live, livePlace(one, known), known);
    values += judgeView(one, refreshed, refreshedPlace(one, whole), scenario.hasBatch ? scenario.rows : known);
  }
  return values;
}

function livePlace({ answer, seen, of: { definitions }, key }: Asked, known: readonly Given[]): Place | null {
  const cut = answer.row.runs[0] as Absorbed | null;
  if ((cut === null) !== (seen === null)) throw new Error(`${key} at ${answer.at}: the states were ${cut === null ? "not " : ""}read, built were they ${seen}`);
  if (cut === null || seen === null) return null;
  if (cut.end < seen) throw new Error(`${key} at ${answer.at}: answered from states up to ${cut.end}, those up to ${seen} were seen before`);
  const rows = known.filter((row) => (row["~o"] as number) < cut.end);
  return { moment: BigInt(answer.at), asOf: BigInt(cut.upTo), rows: history(definitions.live, rows) };
}

/** The run that the pointer showed at T, unless it is an older one whose rows need not be there any more. */
function refreshedPlace({ answer, pointing: { moves, readable }, of, key }: Asked, whole: (of: ViewDefinition) => History): Place | null {
  const read = answer.row.runs[1] as Pick<Move, "run" | "tick"> | null;
  const shows = moves.filter(({ from }) => from <= answer.at).at(-1) ?? null;
  if (read === null && (shows === null || !readable.includes(shows.run))) return null;
  if (shows === null || read?.run !== shows.run)
    throw new Error(`${key} at ${answer.at}: answered from run ${read?.run}, the pointer shows run ${shows?.run} of ${JSON.stringify(moves)}`);
  const tick = shownAt(of.definitions.refreshed.refresh, moves, BigInt(answer.at));
  if (tick !== BigInt(read.tick)) throw new Error(`${key} at ${answer.at}: the answer names tick ${read.tick}, its run is of tick ${tick}`);
  return { moment: tick, asOf: tick, rows: whole(of.definitions.refreshed) };
}

function judgeView({ key, answer }: Asked, definition: ViewDefinition, place: Place | null, rows: readonly Given[]): number {
  const missing: Status | null = place === null ? "UNAVAILABLE" : isStale(definition.maxAge, place.asOf, BigInt(answer.at)) ? "STALE" : null;
  const told = missing !== null || place === null ? null : valuesAt(place.rows, [key], place.moment);
  definition.features.forEach(({ name, call, window }, i) => {
    const said = told?.said[i];
    const value = said?.value ?? null;
    const status = missing ?? (told?.found === false ? "NOT_FOUND" : said?.failed === true ? "ERROR" : value === null ? "NULL" : "PRESENT");
    const oracle = `${bits(value)} ${status} ${said?.newest ?? null}`;
    const served = `${bits(answer.values[name] ?? null)} ${answer.status[name]} ${answer.eventTime[name] ?? null}`;
    if (served === oracle) return;
    throw new Error(
      [
        `${key} at ${answer.at}, ${definition.name}, ${JSON.stringify(answer.row.runs)}: served ${served}, oracle ${oracle}`,
        `${call.aggregate}(${String(call.value)}) ${JSON.stringify(window)} where ${String(definition.where)}, ${JSON.stringify(definition.refresh)}`,
        JSON.stringify(definition.source, (column, one: unknown) => (column === "schema" ? undefined : one)),
        ...rows.map((row) => `  ${shown(row)}`),
      ].join("\n"),
    );
  });
  return definition.features.length;
}

/** A row as text that differs where a bit differs. */
export function shown(row: Given): string {
  return Object.entries(row)
    .map(([name, value]) => `${name}=${bits(value)}`)
    .join(" ");
}
