// Reads of one turn are one call, each answered by what is its own.
import { expect, test } from "vitest";
import { ReadsOfATurn } from "./redis-turn.ts";
import type { Stored } from "./redis-client.ts";

/** Answers each key with its own text, and notes the calls. */
function echoing(apart: boolean): { readonly turn: ReadsOfATurn; readonly calls: string[][] } {
  const calls: string[][] = [];
  const fetch = (keys: string[]): Promise<Stored[]> => {
    calls.push(keys);
    return keys.includes("{1}fail") ? Promise.reject(new Error("gone")) : Promise.resolve(keys.map((key) => Buffer.from(key)));
  };
  return { turn: new ReadsOfATurn(fetch, apart), calls };
}
const textOf = (values: readonly Stored[]): (string | undefined)[] => values.map((value) => value?.toString());
const turnEnds = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("reads of one turn go together, those of the next apart from them", async () => {
  const { turn, calls } = echoing(false);
  const first = await Promise.all([turn.values(["{1}a", "{1}b"]), turn.values(["{2}c"]), turn.values([])]);
  expect(first.map(textOf)).toEqual([["{1}a", "{1}b"], ["{2}c"], []]);
  expect(textOf(await turn.values(["{1}d"]))).toEqual(["{1}d"]);
  expect(calls).toEqual([["{1}a", "{1}b", "{2}c"], ["{1}d"]]);
});

test("keys of different tags go apart where they may lie on different servers, and fail apart", async () => {
  const { turn, calls } = echoing(true);
  const [one, other, third] = await Promise.allSettled([turn.values(["{1}fail"]), turn.values(["{2}b"]), turn.values(["{1}a"])]);
  expect(calls).toEqual([["{1}fail", "{1}a"], ["{2}b"]]);
  expect([one, other, third].map((read) => read?.status)).toEqual(["rejected", "fulfilled", "rejected"]);
});

test("a call takes a thousand keys at most, and nobody waits for more than the turn", async () => {
  const { turn, calls } = echoing(false);
  const keys = (from: number, count: number): string[] => Array.from({ length: count }, (_, i) => `{1}${from + i}`);
  const reads = [turn.values(keys(0, 600)), turn.values(keys(600, 600)), turn.values(keys(1200, 300))];
  await turnEnds();
  expect(calls.map((call) => call.length)).toEqual([600, 900]);
  expect((await Promise.all(reads)).flatMap(textOf)).toEqual(keys(0, 1500));
});
