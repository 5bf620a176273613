// What every store of live states must do, whatever it is made of: one suite, run over each implementation.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Absorbed, StateFound, StateStore, StateWrite } from "../../src/online/state-store.ts";
import type { OnlineStore, StoredView } from "../../src/online/store.ts";
import { reached } from "./online-store.ts";
import type { Place } from "./stores.ts";

const VIEW: StoredView = { name: "basket", version: "v1" };
const OTHER: StoredView = { name: "basket", version: "v2" };
const A = "a".repeat(24);
const B = "b".repeat(24);

const to = (end: number, log = "log-1"): Absorbed => ({ log, end, upTo: 1000 + end });
const write = (
  key: string,
  head: string | null,
  from: Absorbed | null = null,
  chunks: Readonly<Record<string, string>> = {},
  unnamed: readonly string[] = [],
): StateWrite => ({
  key: Buffer.from(key),
  from,
  isNew: from === null,
  head: head === null ? null : Buffer.from(head),
  written: new Map(Object.entries(chunks).map(([name, text]) => [name, Buffer.from(text)])),
  unnamed,
});
const read = (key: string, view: StoredView = VIEW): { view: StoredView; key: Buffer } => ({ view, key: Buffer.from(key) });
const textOf = (bytes: Uint8Array | null | undefined): string | null => (bytes === null || bytes === undefined ? null : Buffer.from(bytes).toString());

/** The suite. */
export function stateStoreContract(name: string, newPlace: () => Promise<Place>): void {
  describe(`${name} keeps the contract of a store of states`, () => {
    let place: Place;
    let store: OnlineStore;
    let states: StateStore;
    const heads = async (keys: readonly string[], view: StoredView = VIEW): Promise<(string | null)[] | null> => {
      const found = reached(await states.states(keys.map((key) => read(key, view))));
      return found.includes(null) ? null : found.map((one) => textOf((one as StateFound).head));
    };
    beforeEach(async () => {
      place = await newPlace();
      store = await place.open();
      states = store.states;
    });
    afterEach(async () => {
      await store.close();
      await place.remove();
    });

    test("a view that has absorbed nothing has no states", async () => {
      expect(await heads(["u1"])).toBe(null);
      expect(await states.absorbed(VIEW)).toBe(null);
    });

    test("states are those of all records below the end, and of no other view or key", async () => {
      await states.absorb([{ view: VIEW, from: null, to: to(10), states: [write("u1", "one"), write("u2", "two")] }]);
      expect(await heads(["u1", "u2", "u3"])).toEqual(["one", "two", null]);
      expect(await states.absorbed(VIEW)).toEqual(to(10));
      expect(await heads(["u1"], OTHER)).toBe(null);
      await states.absorb([{ view: OTHER, from: null, to: to(10), states: [write("u1", "other")] }]);
      await states.absorb([{ view: VIEW, from: to(10), to: to(20), states: [write("u1", "one more", to(10)), write("u2", null, to(10))] }]);
      expect([await heads(["u1", "u2"]), await heads(["u1"], OTHER)]).toEqual([["one more", null], ["other"]]);
      expect([await states.absorbed(VIEW), await states.absorbed(OTHER)]).toEqual([to(20), to(10)]);
    });

    test("what was absorbed is refused the second time, and so is what was made from anything else", async () => {
      await states.absorb([{ view: VIEW, from: null, to: to(10), states: [write("u1", "one")] }]);
      const refused = [
        { view: VIEW, from: null, to: to(10), states: [write("u1", "twice")] },
        { view: VIEW, from: null, to: to(11), states: [write("u1", "twice")] },
        { view: VIEW, from: to(10, "log-2"), to: to(11), states: [write("u1", "other log", to(10, "log-2"))] },
        { view: VIEW, from: to(9), to: to(11), states: [write("u1", "older", to(9))] },
      ];
      for (const absorption of refused) await expect(states.absorb([absorption])).rejects.toMatchObject({ code: "STORE_STATES_MOVED" });
      expect([await heads(["u1"]), await states.absorbed(VIEW)]).toEqual([["one"], to(10)]);
    });

    test("of views that are absorbed together one may be refused: the others are whole, or as they were", async () => {
      await states.absorb([{ view: VIEW, from: null, to: to(10), states: [write("u1", "one")] }]);
      const together = [
        { view: OTHER, from: null, to: to(10), states: [write("u1", "other")] },
        { view: VIEW, from: null, to: to(10), states: [write("u1", "twice")] },
      ];
      await expect(states.absorb(together)).rejects.toMatchObject({ code: "STORE_STATES_MOVED" });
      expect(await heads(["u1"])).toEqual(["one"]);
      expect(await heads(["u1"], OTHER)).toEqual((await states.absorbed(OTHER)) === null ? null : ["other"]);
    });

    test("keys of entities with a state are told in the order of their bytes, some at a time, of one view", async () => {
      expect(await states.keys(VIEW, null, 10)).toEqual([]);
      const keys = ["\u0001", "a", "a\0", "ab", "b", "\u00ff"];
      await states.absorb([
        { view: VIEW, from: null, to: to(1), states: keys.toReversed().map((key) => write(key, "h", null, { [A]: "1" })) },
        { view: OTHER, from: null, to: to(1), states: [write("c", "h")] },
      ]);
      await states.absorb([{ view: VIEW, from: to(1), to: to(2), states: [write("ab", null, to(1), {}, [A])] }]);
      const found: string[] = [];
      let after: Uint8Array | null = null;
      for (;;) {
        const some: readonly Uint8Array[] = await states.keys(VIEW, after, 2);
        if (some.length === 0) break;
        found.push(...some.map((key) => Buffer.from(key).toString()));
        after = some.at(-1) as Uint8Array;
      }
      expect(found).toEqual(["\u0001", "a", "a\0", "b", "\u00ff"]);
      expect((await states.keys(OTHER, null, 5)).map((key) => Buffer.from(key).toString())).toEqual(["c"]);
    });

    test("chunks are of one entity: what one drops another keeps", async () => {
      await states.absorb([
        {
          view: VIEW,
          from: null,
          to: to(1),
          states: [write("u1", "h", null, { [A]: "1a", [B]: "1b" }), write("u2", "h", null, { [A]: "2a" }), write("u", "h")],
        },
      ]);
      await states.absorb([{ view: VIEW, from: to(1), to: to(2), states: [write("u1", "h", to(1), {}, [A])] }]);
      const [one, two, three] = (await states.states([read("u1"), read("u2"), read("u")])) as [StateFound, StateFound, StateFound];
      const chunks = async (found: StateFound): Promise<(string | null)[]> => {
        const all = await found.chunks([A, B]);
        return [textOf(all.get(A)), textOf(all.get(B))];
      };
      const [first, kept] = await chunks(one);
      expect([null, "1a"], "it may stay for a while, for who has read the head before").toContain(first);
      expect([[null, kept], await chunks(two), await chunks(three)]).toEqual([
        [null, "1b"],
        ["2a", null],
        [null, null],
      ]);
    });

    test("keys may hold any bytes; the empty one too", async () => {
      const keys = ["", "\0", "\0\0", "a", "a\0", "\u00ff".repeat(510)];
      await states.absorb([{ view: VIEW, from: null, to: to(1), states: keys.map((key, i) => write(key, `state ${i}`)) }]);
      expect(await heads(keys.slice(1))).toEqual(keys.slice(1).map((_, i) => `state ${i + 1}`));
    });

    test("all is there when it is opened again; what is dropped is not", async () => {
      await states.absorb([{ view: VIEW, from: null, to: to(7), states: [write("u1", "one", null, { [A]: "chunk" })] }]);
      await states.absorb([{ view: OTHER, from: null, to: to(8), states: [write("u1", "other")] }]);
      await store.close();
      store = await place.open();
      states = store.states;
      expect([await heads(["u1"]), await states.absorbed(VIEW)]).toEqual([["one"], to(7)]);
      await states.drop(VIEW);
      expect([await heads(["u1"]), await states.absorbed(VIEW), await heads(["u1"], OTHER)]).toEqual([null, null, ["other"]]);
      await states.absorb([{ view: VIEW, from: null, to: to(1), states: [] }]);
      const [found] = (await states.states([read("u1")])) as [StateFound];
      expect([found.head, (await found.chunks([A])).size]).toEqual([null, 0]);
    });
  });
}
