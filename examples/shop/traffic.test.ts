// The shop as it is now: whoever is in it goes on at their own pace, however many there are, and nobody pays who was not asked about.
import { describe, expect, test } from "vitest";
import { chanceOf } from "./chance.ts";
import { deliveriesOf } from "./mishaps.ts";
import { shopOf } from "./people.ts";
import { trafficOf, type BasketEvent } from "./traffic.ts";

/** Ten events a second for ten minutes, in which who waits at the checkout is let through at once. */
function tenMinutes(): BasketEvent[] {
  const traffic = trafficOf(shopOf(1, 2000), "t", chanceOf(2));
  const events: BasketEvent[] = [];
  for (let now = 0; now < 600_000; now += 100) {
    events.push(traffic.event(now));
    for (let visitor = traffic.waiting(); visitor !== undefined; visitor = traffic.waiting()) events.push(traffic.checkout(visitor, now));
  }
  return events;
}

describe("traffic", () => {
  const events = tenMinutes();
  const sessions = new Map<string, BasketEvent[]>();
  for (const event of events) sessions.set(event.session_id, [...(sessions.get(event.session_id) ?? []), event]);

  test("gives an event each time, each once, and checkouts beside them", () => {
    expect(events.filter(({ kind }) => kind !== "checkout")).toHaveLength(6000);
    expect(new Set(events.map(({ event_id }) => event_id)).size).toBe(events.length);
    expect(events.filter(({ kind }) => kind === "checkout").length).toBeGreaterThan(500);
  });

  test("a session is of one user, takes out what is in, and ends with the checkout, which costs what is in", () => {
    for (const steps of sessions.values()) {
      expect(new Set(steps.map(({ user_id }) => user_id)).size).toBe(1);
      const basket: BasketEvent[] = [];
      for (const [i, step] of steps.entries()) {
        if (step.kind === "add") basket.push(step);
        else if (step.kind === "remove")
          expect(
            basket.splice(
              basket.findIndex(({ item_id }) => item_id === step.item_id),
              1,
            ),
          ).toHaveLength(1);
        else {
          expect(i).toBe(steps.length - 1);
          expect(step.price).toBeCloseTo(
            basket.reduce((sum, { price }) => sum + price, 0),
            6,
          );
        }
      }
    }
  });

  test("goes as fast at the end as in the middle", () => {
    const gaps = (from: number, to: number): number => {
      const all = [...sessions.values()].flatMap((steps) =>
        steps.slice(1).map((step, i) => [Date.parse(step.at), Date.parse(step.at) - Date.parse(steps[i]?.at ?? "")] as const),
      );
      const within = all.filter(([at]) => at >= from && at < to).map(([, gap]) => gap);
      return within.reduce((sum, gap) => sum + gap, 0) / within.length;
    };
    expect(gaps(400_000, 600_000) / gaps(200_000, 400_000)).toBeGreaterThan(0.85);
    expect(gaps(400_000, 600_000) / gaps(200_000, 400_000)).toBeLessThan(1.15);
  });
});

test("some events are late, sent twice, put right or broken; the rest are sent once, at once", () => {
  const [event] = tenMinutes();
  const chance = chanceOf(3);
  const sent = Array.from({ length: 20_000 }, () => deliveriesOf(event as BasketEvent, 0, chance));
  const share = (which: (all: (typeof sent)[0]) => boolean): number => sent.filter(which).length / sent.length;
  expect(share((all) => (all[0]?.at ?? 0) > 0)).toBeCloseTo(0.01, 2);
  expect(share(([, again]) => again?.row === event)).toBeCloseTo(0.01, 2);
  expect(share((all) => all.some(({ row }) => row.price !== event?.price))).toBeCloseTo(0.005, 2);
  expect(share((all) => all.some(({ row }) => row.event_id !== event?.event_id))).toBeCloseTo(0.002, 2);
  expect(share((all) => all.length === 1 && all[0]?.at === 0)).toBeGreaterThan(0.96);
});
