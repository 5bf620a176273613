// Values of several views at once: views of one source share its reading.
import { ascending, sortPoints } from "./points.ts";
import { Collected } from "./collected.ts";
import { noMishaps } from "../kernel/mishaps.ts";
import { SourceError } from "../errors.ts";
import { sortCuts } from "./cuts.ts";
import { keysOf, keysTable, numbersOf } from "./wanted-keys.ts";
import { sweepSource, type Asked, type KeyGroup } from "./sweep-source.ts";
import { isSameReading, readingsOf, type Reading } from "./reading.ts";
import type { Offline } from "./offline.ts";
import type { Availability } from "./event-table.ts";
import type { Value } from "../schema/value-type.ts";
import type { ViewPlan } from "../plan/view-plan.ts";
import type { ViewValues } from "../kernel/rows.ts";

/** Keys, each once, in the order in which they were first added; a key with a null belongs to no entity. */
export class KeyList {
  readonly list: (readonly Value[])[] = [];
  readonly keys: ViewPlan["keys"];
  readonly #numbers: Map<string, number> = new Map();

  constructor(keys: ViewPlan["keys"]) {
    this.keys = keys;
  }

  /** The number of a key, from 0. */
  add(key: readonly Value[]): number {
    const text = textOf(key);
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    this.#numbers.set(text, this.list.length);
    return this.list.push(key) - 1;
  }
}

/** A text that only this key has among keys of its kinds: parts with their lengths. */
function textOf(key: readonly Value[]): string {
  let text = "";
  for (const part of key) text += part === null ? "-" : `${String(part).length}:${String(part)}`;
  return text;
}

/** A view, and the points where its values are wanted: as many numbers of keys as moments, in any order. */
export interface Question extends Pick<Asked, "plan" | "growth"> {
  readonly key: ArrayLike<number>;
  /** Microseconds; for a refreshed view: ticks. */
  readonly at: ArrayLike<number>;
  /**
   * As many positions of the source's log as moments: a value then knows the records at positions below its own, whenever they
   * were available, and no others. So a live answer knew them. Not for a `growth`.
   */
  readonly end?: ArrayLike<number>;
}

/** Questions about views that take the same rows of one source and whose keys lie in the same columns. */
export interface Questions {
  readonly keys: KeyList;
  readonly asked: readonly Question[];
}

function readingOf({ asked }: Questions): Reading {
  return (asked[0] as Question).plan;
}

/** Options of a question. */
export interface ValuesOptions {
  /** Of questions without cuts. */
  readonly mode?: Exclude<Availability, "absorbed">;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Computes values, for each question in the order of its points. A source is read once for all questions about it, where its
 * rows fit, and once more for those that have cuts. Throws a `SourceError` for what the source's data is not.
 */
export function viewsAt(offline: Offline, questions: readonly Questions[], { mode = "recorded", signal }: ValuesOptions = {}): Promise<ViewValues[][]> {
  return offline.db.exclusively(signal, async () => {
    const answers = new Map<Questions, Collected[]>();
    for (const reading of readingsOf(questions.map(readingOf))) {
      const events = await offline.events(reading);
      const groups: KeyGroup[] = [];
      for (const group of questions.filter((other) => isSameReading(readingOf(other), reading))) {
        const { collected, ...asked } = await ask(offline, group);
        answers.set(group, collected);
        groups.push(asked);
      }
      const cut = (has: boolean): KeyGroup[] => groups.map((group) => ({ ...group, asked: group.asked.filter(({ ends }) => (ends !== undefined) === has) }));
      if (!events.isLog && cut(true).some(({ asked }) => asked.length > 0)) throw noLog(reading);
      await sweepSource(offline, { events, mode, groups: cut(false) });
      await sweepSource(offline, { events, mode: "absorbed", groups: cut(true) });
    }
    return questions.map((group) => (answers.get(group) as Collected[]).map((collected) => collected.values()));
  });
}

/** Numbers the keys of a group and sorts its points. */
async function ask({ db }: Offline, { keys: { keys, list }, asked }: Questions): Promise<KeyGroup & { readonly collected: Collected[] }> {
  const table = await keysTable(db, keys, list);
  const parts = keys.map((_, i) => `p${i}`);
  const wanted = await keysOf(db, keys, table, parts, false);
  const numbers = await numbersOf(db, wanted, table, parts, list.length);
  const collected: Collected[] = [];
  const all = asked.flatMap(({ plan, growth = false, key, at, end }): Asked[] => {
    const moments = Float64Array.from(at);
    const kids = Int32Array.from(key);
    for (let i = 0; i < kids.length; i++) kids[i] = numbers[kids[i] as number] as number;
    const into = new Collected(plan, moments.length);
    collected.push(into);
    if (end === undefined) {
      const sorted = sortPoints(kids, wanted.count + 1, moments, ascending(moments));
      return [{ plan, growth, times: sorted.times, take: (from, values) => into.take(sorted, from, values) }];
    }
    return sortCuts(kids, wanted.count + 1, moments, Float64Array.from(end)).map((sorted, pass): Asked => {
      const take: Asked["take"] = (from, values) => into.take(sorted, from, pass === 0 ? values : { ...values, mishaps: noMishaps() });
      return { plan, times: sorted.times, ends: sorted.ends, take };
    });
  });
  return { keys: wanted, keyColumns: keys.map(({ column }) => column), asked: all, collected };
}

function noLog({ source }: Reading): SourceError {
  return new SourceError({
    code: "SOURCE_NO_LOG",
    what: "values are asked for as of positions of its event log, but there is none",
    where: `source ${source.name}`,
    cure: "Name the folder that holds the log in the config: ingest: { folder }",
  });
}
