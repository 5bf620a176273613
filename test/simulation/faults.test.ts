// Planted faults are found, each shrunk to few steps, of which some are of the kind that it needs, and found again by what is printed.
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { FAULTS } from "./faults.ts";
import { historiesOf, KINDS, report, type History } from "./steps.ts";
import { newMachine, type OwnMachine } from "./machine.ts";
import { PATIENCE } from "../property/runs.ts";

/** Histories in which a fault is to be found, and the seed that they are drawn from. */
const TRIES = 400;
const SEED = 7;
/** More steps than this no fault needs to show. */
const FEW = 8;

let machine: OwnMachine;

beforeAll(async () => {
  machine = await newMachine();
});

afterAll(() => machine.remove());

describe("found and shrunk is that", () => {
  test.each(Object.entries(FAULTS))("%s", { timeout: PATIENCE }, async (_, { fault, needs, times = 1, among = KINDS }) => {
    const property = fc.asyncProperty(historiesOf(among), async (history) => void (await machine.live(history, fault)));
    const found = await fc.check(property, { numRuns: TRIES, seed: SEED });
    const [{ steps }] = (found.counterexample ?? [{ steps: [] }]) as [Pick<History, "steps">];
    expect(steps.filter(needs).length, report(found)).toBeGreaterThanOrEqual(times);
    expect(steps.length, report(found)).toBeLessThanOrEqual(FEW);
    const again = await fc.check(property, { numRuns: TRIES, seed: SEED, path: found.counterexamplePath as string, endOnFailure: true });
    expect(again.counterexample).toEqual(found.counterexample);
  });
});
