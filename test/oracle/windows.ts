// The oracle's windows: which of the rows that are known at a moment a window holds. Times are bigint.
import type { Window } from "../../src/define/window.ts";

interface Happened {
  readonly eventTime: bigint;
}

/** Rows older than so many half-lives have faded away. */
const HALF_LIVES = 64n;

/** Of rows in order of event time, those in the window at T, `halfLife` being that of a fading aggregate. */
export function inWindow<R extends Happened>(rows: readonly R[], { length, offset, gap }: Window, halfLife: number | undefined, at: bigint): readonly R[] {
  const end = at - BigInt(offset);
  const past = rows.filter(({ eventTime }) => eventTime < end);
  const session = gap === null ? past : openSession(past, BigInt(gap), at);
  return session.filter(
    ({ eventTime }) =>
      (length === Infinity || end - BigInt(length) <= eventTime) && (halfLife === undefined || end - HALF_LIVES * BigInt(halfLife) <= eventTime),
  );
}

/** The rows chained to the newest by gaps below `gap`; none once the newest is `gap` old. */
function openSession<R extends Happened>(past: readonly R[], gap: bigint, at: bigint): readonly R[] {
  let after = at;
  const breaks = past.findLastIndex(({ eventTime }) => {
    const breaks = after - eventTime >= gap;
    after = eventTime;
    return breaks;
  });
  return past.slice(breaks + 1);
}
