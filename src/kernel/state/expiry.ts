// When closed rows are let go: once no window can see them again.
import { chainsOfRows, type Closed, type Entry, type Head } from "./tree.ts";
import { isChained } from "../../aggregate/window.ts";
import type { Micros } from "../../time.ts";
import type { Place, Rows } from "./rows.ts";
import type { StateLayout } from "./layout.ts";

/**
 * How many of the oldest entries no window can see again. A row has left a sliding window for good once `e + reach` is not
 * above the newest available time, since every T lies above that. An old session is over for good where its last row is so old that
 * neither a row that may still come (`late` after its event at most) nor T can chain to it.
 */
export function expiredCount(layout: StateLayout, entries: readonly Entry[], open: Rows, newest: Micros): number {
  const { gaps, slides } = layout;
  const sliding = slides ? countWhile(entries, ({ last }) => hasLeft(layout, last.eventTime, newest)) : entries.length;
  const openChains = open.length === 0 ? [] : chainsOfRows(open, gaps);
  const over = gaps.map((gap, g) => {
    const over = (last: Micros | null | undefined): boolean => isOver(layout, last ?? null, newest, gap);
    let count = 0;
    entries.forEach(({ last, chains }, i) => {
      const next = entries[i + 1]?.first ?? firstOf(open);
      if (over(chains[g]?.firstBreak)) count = Math.max(count, i);
      if (over(last.eventTime) && !isChained(last.eventTime, next, gap)) count = Math.max(count, i + 1);
    });
    return over(openChains[g]?.firstBreak) ? entries.length : count;
  });
  return Math.min(sliding, ...over);
}

/** Whether any entry is let go, from what the head tells of them. */
export function mayExpire(layout: StateLayout, { oldest, last, breaks }: Closed, open: Rows, newest: Micros): boolean {
  const { gaps, slides } = layout;
  if (slides && !hasLeft(layout, oldest, newest)) return false;
  return gaps.every((gap, g) => {
    const over = (time: Micros | null | undefined): boolean => isOver(layout, time ?? null, newest, gap);
    if (over(breaks[g]) || (over(last.eventTime) && !isChained(last.eventTime, firstOf(open), gap))) return true;
    return open.length > 0 && over(firstOf(open)) && over(chainsOfRows(open, [gap])[0]?.firstBreak); // no break is before the first row
  });
}

/** Whether no window can see any row of a state again: then it is as good as none. */
export function isSpent(layout: StateLayout, { closed, open }: Pick<Head, "closed" | "open">, newest: Micros): boolean {
  const last = open.length > 0 ? open.eventTime(open.length - 1) : (closed?.last.eventTime ?? -Infinity);
  return (!layout.slides || hasLeft(layout, last, newest)) && layout.gaps.every((gap) => isOver(layout, last, newest, gap));
}

/** What a head tells of its entries, of which there is at least one. */
export function closedBy({ gaps }: StateLayout, { name, trail }: Pick<Closed, "name" | "trail">, entries: readonly Entry[]): Closed {
  const breaks = gaps.map((gap, g) => {
    for (let i = 0; i < entries.length; i++) {
      const { last, chains } = entries[i] as Entry;
      const inside = chains[g]?.firstBreak ?? null;
      if (i > 0 && inside !== null) return inside;
      const next = entries[i + 1]?.first;
      if (next !== undefined && !isChained(last.eventTime, next, gap)) return last.eventTime;
    }
    return null;
  });
  return { name, trail, last: entries.at(-1)?.last as Place, oldest: entries[0]?.last.eventTime as Micros, breaks };
}

/** Whether no sliding window can see a row again. */
function hasLeft({ reach }: StateLayout, eventTime: Micros, newest: Micros): boolean {
  return eventTime + reach <= newest;
}

/** Whether no row that may still come, nor T, can chain to the row at a time; false where there is none. */
function isOver({ late }: StateLayout, last: Micros | null, newest: Micros, gap: Micros): boolean {
  return last !== null && !isChained(last, newest - late, gap);
}

/** The event time of the oldest open row; infinite where there is none. */
function firstOf(open: Rows): Micros {
  return open.length === 0 ? Infinity : open.eventTime(0);
}

function countWhile<V>(list: readonly V[], holds: (value: V) => boolean): number {
  const first = list.findIndex((value) => !holds(value));
  return first < 0 ? list.length : first;
}
