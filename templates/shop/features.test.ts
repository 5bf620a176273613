// What the features answer, on a clock that the test moves.
import assert from "node:assert/strict";
import { test } from "node:test";
import { timestamp } from "asof";
import { testStore } from "asof/testing";
import { basketEvents, checkout } from "./definitions.ts";

const at = (time: string) => timestamp(`2026-06-01T${time}:00Z`);

void test("purchases as of last night, the basket as it is now", async () => {
  const store = await testStore({
    services: [checkout],
    at: "2026-06-01T12:00:00Z",
    rows: {
      purchases: [
        { order_id: "o1", user_id: "ann", at: at("00:30"), loaded_at: at("01:30"), amount: 20 },
        { order_id: "o2", user_id: "ann", at: at("01:45"), loaded_at: at("02:45"), amount: 500 }, // known too late for last night's refresh
      ],
      basket_events: [],
    },
  });
  await store.ingest(basketEvents, [
    { event_id: "e1", session_id: "s1", item_id: "pen", at: store.now, kind: "add" },
    { event_id: "e2", session_id: "s1", item_id: "ink", at: store.now, kind: "add" },
    { event_id: "e3", session_id: "s1", item_id: "pen", at: store.now, kind: "remove" },
  ]);
  await store.at("2026-06-01T12:05:00Z");
  const { values } = await store.online(checkout, { user_id: "ann", session_id: "s1", amount: 50 });
  assert.deepEqual(values, { purchases_30d: 1, mean_amount_30d: 20, items_in_session: ["ink"], amount_over_usual: 2.5 });
  await store.close();
});
