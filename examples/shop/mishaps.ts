// What becomes of events on their way, as in life: some come late, some twice, some are put right, some should never have been sent.
import { cents } from "./people.ts";
import type { BasketEvent } from "./traffic.ts";
import type { Chance } from "./chance.ts";

/** Something to send, and when, in milliseconds. */
export interface Delivery {
  readonly at: number;
  readonly row: Partial<BasketEvent>;
}

const LATE = 0.01;
const TWICE = 0.01;
const CORRECTED = 0.005;
const BROKEN = 0.002;
const HOUR = 3_600_000;

/** All that is sent because of an event. */
export function deliveriesOf(event: BasketEvent, now: number, chance: Chance): readonly Delivery[] {
  const sent: Delivery[] = [{ at: chance.is(LATE) ? now + 1000 + chance.waiting(2000) : now, row: event }];
  if (chance.is(TWICE)) sent.push({ at: now + 100 + chance.waiting(500), row: event });
  if (chance.is(CORRECTED)) sent.push({ at: now + 500 + chance.waiting(2000), row: { ...event, price: cents(event.price * 0.9) } });
  if (chance.is(BROKEN)) sent.push({ at: now, row: broken(event, now, chance) });
  return sent;
}

/** What a broken device sends: from a clock that is hours off, either way, or without an id. */
function broken(event: BasketEvent, now: number, chance: Chance): Partial<BasketEvent> {
  const { event_id, ...others } = event;
  const what = chance.below(3);
  if (what === 0) return others;
  return { ...others, event_id: `${event_id}-broken`, at: new Date(now + (what === 1 ? 2 : -2) * HOUR).toISOString() };
}
