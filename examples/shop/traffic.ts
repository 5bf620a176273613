// The shop as it is now: visits that go on at their own pace, as many at once as it takes for a steady rate of events.
import { agenda } from "./agenda.ts";
import { CATEGORIES, type Shop, type User } from "./people.ts";
import { amountOf, returnAfter, visitOf, type Step, type Visit } from "./visit.ts";
import type { Chance } from "./chance.ts";

/** An event as it is sent. */
export interface BasketEvent {
  readonly event_id: string;
  readonly session_id: string;
  readonly user_id: string;
  readonly at: string;
  readonly kind: Step["kind"];
  readonly item_id: string | null;
  readonly category: string | null;
  readonly price: number;
}

/** A visit that goes on. */
export interface Visitor {
  readonly session: string;
  readonly visit: Visit;
  /** How many steps are done. */
  done: number;
}

/** What goes on in the shop. Times are in milliseconds, and never fall. */
export interface Traffic {
  /** What happens next: what is due by `now`, or a new visit begins. */
  event(now: number): BasketEvent;
  /** Somebody who waits to check out; of these each is given once. */
  waiting(): Visitor | undefined;
  /** They are let through: gives the event. */
  checkout(visitor: Visitor, now: number): BasketEvent;
  /** Anybody whose visit goes on. */
  anybody(): Visitor | undefined;
}

/** A shop that has just opened. `run` tells its sessions from those of other runs. */
export function trafficOf({ users, items }: Shop, run: string, chance: Chance): Traffic {
  const queue = comeInTurn(users, chance);
  const turns = agenda<Visitor>();
  const returns = agenda<User>();
  const atCheckout: Visitor[] = [];
  const inside: Visitor[] = [];
  let visits = 0;
  /** Says when the next step of a visitor is due; after the last one, whether they come back. */
  const goOn = (visitor: Visitor, now: number): void => {
    const { visit, done } = visitor;
    const next = visit.steps[done];
    const again = next === undefined ? returnAfter(visit, chance) : null;
    if (next !== undefined) turns.put(now + next.gap, visitor);
    if (again !== null) returns.put(now + again, visit.user);
  };
  const step = (visitor: Visitor, now: number): BasketEvent => {
    const event = eventOf(visitor, now);
    visitor.done++;
    goOn(visitor, now);
    return event;
  };
  const enter = (now: number): Visitor => {
    const thief = returns.take(now);
    const inTurn = queue[visits % queue.length] as User;
    const visit = visitOf({ users, items }, thief ?? inTurn, chance, thief === undefined ? undefined : true);
    const visitor = { session: `${run}-${visits++}`, visit, done: 0 };
    inside.push(visitor);
    return visitor;
  };
  return {
    event: (now) => {
      for (let visitor = turns.take(now); visitor !== undefined; visitor = turns.take(now)) {
        if (visitor.visit.steps[visitor.done]?.kind !== "checkout") return step(visitor, now);
        atCheckout.push(visitor);
      }
      return step(enter(now), now);
    },
    waiting: () => atCheckout.shift(),
    checkout: step,
    anybody: () => {
      for (;;) {
        const place = chance.below(inside.length);
        const visitor = inside[place];
        if (visitor === undefined || visitor.done < visitor.visit.steps.length) return visitor;
        inside[place] = inside.at(-1) as Visitor;
        inside.pop();
      }
    },
  };
}

/** The users in the order in which they come: all once, those first rather who come often. */
function comeInTurn(users: readonly User[], chance: Chance): readonly User[] {
  const when = users.map((user) => ({ user, at: chance.waiting(1 / user.often) }));
  return when.toSorted((a, b) => a.at - b.at).map(({ user }) => user);
}

/** The next step of a visitor as an event. */
function eventOf({ session, visit: { user, steps }, done }: Visitor, now: number): BasketEvent {
  const { kind, item } = steps[done] as Step;
  return {
    event_id: `${session}-${done}`,
    session_id: session,
    user_id: user.id,
    at: new Date(now).toISOString(),
    kind,
    item_id: item?.id ?? null,
    category: item === null ? null : (CATEGORIES[item.category]?.[0] ?? null),
    price: item?.price ?? amountOf(steps),
  };
}
