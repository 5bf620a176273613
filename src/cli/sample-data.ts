// Made-up data for a new project: always the same but for its times, which end now.
import { DAY, formatTime, HOUR, MINUTE, SECOND, type Micros } from "../time.ts";

/** Files of data by path, as text. */
export type SampleData = Readonly<Record<string, string>>;

const USERS = 40;
const PURCHASES = 600;
const CHECKOUTS = 200;
const ITEMS: readonly string[] = ["pen", "ink", "pad", "cup", "mug", "book", "lamp", "card"];
const SEED = 20_260_601;

/** Purchases of the last 60 days, each known an hour after it happened. */
export function samplePurchases(now: Micros): SampleData {
  const draw = numbers(SEED);
  const lines = Array.from({ length: PURCHASES }, (_, i) => {
    const at = now - DAY * 60 + Math.floor(((i + draw(1)) * (DAY * 60 - HOUR)) / PURCHASES / SECOND) * SECOND;
    const user = Math.floor(draw(USERS)) + 1;
    return [`o${i + 1}`, `u${user}`, formatTime(at), formatTime(at + HOUR), (5 + user / 2 + draw(40)).toFixed(2)].join(",");
  });
  return { "data/purchases.csv": `order_id,user_id,at,loaded_at,amount\n${lines.join("\n")}\n` };
}

/** Checkouts of the last 30 days, and what went into the basket before each. */
export function sampleSessions(now: Micros): SampleData {
  const draw = numbers(SEED + 1);
  const events: string[] = [];
  const checkouts = Array.from({ length: CHECKOUTS }, (_, i) => {
    const session = `old-${i + 1}`;
    const end = now - HOUR * 2 - Math.floor(((i + draw(1)) * DAY * 30) / CHECKOUTS / SECOND) * SECOND;
    const changes = 1 + Math.floor(draw(5));
    for (let change = changes; change > 0; change--)
      events.push(
        JSON.stringify({
          event_id: `${session}-${change}`,
          session_id: session,
          item_id: ITEMS[Math.floor(draw(ITEMS.length))],
          at: formatTime(end - change * 2 * MINUTE),
          kind: draw(1) < 0.8 ? "add" : "remove",
        }),
      );
    return [`u${Math.floor(draw(USERS)) + 1}`, session, (5 + draw(60)).toFixed(2), formatTime(end), draw(6) < changes].join(",");
  });
  return {
    "data/basket-events.ndjson": `${events.join("\n")}\n`,
    "data/checkouts.csv": `user_id,session_id,amount,at,paid\n${checkouts.join("\n")}\n`,
  };
}

/** Numbers from 0 to below what is asked for, by the mulberry32 of Tommy Ettinger. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below;
  };
}
