// What every registry must do, whatever it is made of: one suite, run over each implementation.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { NOTHING_APPLIED, type Registered } from "../../src/plan/registered.ts";
import type { OnlineStore } from "../../src/online/store.ts";
import type { Place } from "./stores.ts";
import type { Registry } from "../../src/online/registry.ts";

/** A registry with one view of this version. */
function registered(revision: number, version: string): Registered {
  const versions = [{ version, refresh: { kind: "streaming", delay: 0 }, since: 5, until: null }] as const;
  return {
    revision,
    views: { spending: { name: "spending", version, appliedAt: 5, source: "purchases", description: { "feature n": "count()" }, versions } },
    sources: {},
  };
}

/** The suite. */
export function registryContract(name: string, newPlace: () => Promise<Place>): void {
  describe(`${name} keeps the contract of a registry`, () => {
    let place: Place;
    let stores: OnlineStore[];
    let registry: Registry;
    let other: Registry;
    /** Opens the place twice. */
    const open = async (): Promise<void> => {
      stores = [await place.open(), await place.open()];
      [registry, other] = stores.map((store) => store.registry) as [Registry, Registry];
    };
    const close = (): Promise<unknown> => Promise.all(stores.map((store) => store.close()));
    beforeEach(async () => {
      place = await newPlace();
      await open();
    });
    afterEach(async () => {
      await close();
      await place.remove();
    });

    test("nothing is applied at first", async () => {
      expect(await registry.read()).toEqual(NOTHING_APPLIED);
    });

    test("what one writes the other reads, and it is there after both were closed", async () => {
      expect(await registry.write(registered(1, "v1"), 0)).toBe(true);
      expect(await other.read()).toEqual(registered(1, "v1"));
      expect(await other.write(registered(2, "v2"), 1)).toBe(true);
      expect(await registry.read()).toEqual(registered(2, "v2"));
      await close();
      await open();
      expect(await registry.read()).toEqual(registered(2, "v2"));
    });

    test("over a revision that is no more nothing is written", async () => {
      await registry.write(registered(1, "v1"), 0);
      expect(await other.write(registered(1, "late"), 0)).toBe(false);
      expect(await other.write(registered(8, "early"), 7)).toBe(false);
      expect(await registry.read()).toEqual(registered(1, "v1"));
    });

    test("of many that write over one revision at one time one does, round after round", async () => {
      for (let round = 0; round < 20; round++) {
        const names = Array.from({ length: 6 }, (_, i) => `v${round}-${i}`);
        const written = await Promise.all(names.map((version, i) => (i % 2 === 0 ? registry : other).write(registered(round + 1, version), round)));
        expect(written.filter(Boolean)).toHaveLength(1);
        const winner = names[written.indexOf(true)] as string;
        expect([await registry.read(), await other.read()]).toEqual([registered(round + 1, winner), registered(round + 1, winner)]);
      }
    });
  });
}
