// What the features answer, on a clock that the test moves.
import assert from "node:assert/strict";
import { test } from "node:test";
import { timestamp } from "asof";
import { testStore } from "asof/testing";
import { customers } from "./definitions.ts";

const at = (time: string) => timestamp(`2026-06-01T${time}:00Z`);

void test("a purchase counts from the refresh on that could know of it", async () => {
  const store = await testStore({
    services: [customers],
    at: "2026-06-01T11:00:00Z",
    rows: { purchases: [{ order_id: "o1", user_id: "ann", at: at("10:30"), loaded_at: at("11:30"), amount: 20 }] },
  });
  const ask = async () => (await store.online(customers, { user_id: "ann" })).values;
  assert.deepEqual(await ask(), { purchases_30d: 0, spend_30d: 0 });
  await store.at("2026-06-01T12:00:00Z");
  assert.deepEqual(await ask(), { purchases_30d: 1, spend_30d: 20 });
  await store.close();
});
