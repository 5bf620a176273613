// Absorbing, to the letter: when rows are closed, cut, packed and let go, and what is asked for on the way.
import { describe, expect, test } from "vitest";
import { absorb, emptied, EMPTY, type Change } from "./absorb.ts";
import { decodeRoot } from "./format.ts";
import { isSpent } from "./expiry.ts";
import { entity } from "../../define/entity.ts";
import { entitySource } from "../../define/entity-source.ts";
import { events, ingest, rows } from "../../define/source.ts";
import { featureView } from "../../define/feature-view.ts";
import { planView } from "../../plan/view-plan.ts";
import { ChunkMissing, settle, valuesAt, type Chunks } from "./read.ts";
import { stateLayout, type StateLayout } from "./layout.ts";
import { streaming } from "../../define/refresh.ts";
import { t } from "../../schema/value-type.ts";
import type { Aggregate, Feature } from "../../define/aggregate.ts";
import type { Entry, Head } from "./tree.ts";

const SECOND = 1_000_000;
const user = entity("user", { user_id: t.string() });
const items = events("items", {
  schema: { user_id: t.string(), at: t.timestamp(), amount: t.float64(), id: t.string() },
  eventTime: "at",
  availableAt: { delay: "0s" },
  id: "id",
  late: "10s",
  batch: rows([]),
  stream: ingest(),
});

/** Chunks of two rows, nodes of two entries. */
function layoutOf(over: (count: Aggregate<unknown, number>) => Feature<number>): StateLayout {
  const view = featureView("v", { entity: user, source: items, refresh: streaming(), features: ({ count }) => ({ n: over(count()) }) });
  return stateLayout(planView(view.definition), { chunk: 2, fanout: 2, young: 2 });
}

/** A state as a host keeps it, at times in seconds; it notes what it was asked for. */
class Kept {
  head: Head = EMPTY;
  readonly asked: string[][] = [];
  readonly chunks = new Map<string, Uint8Array>();
  missed = 0;
  readonly #layout: StateLayout;

  constructor(layout: StateLayout) {
    this.#layout = layout;
  }

  take(...changes: readonly Change[]): this {
    this.asked.length = 0;
    const { head, written, unnamed, missed } = settle(absorb(this.#layout, this.head, changes), this.#load);
    for (const [name, bytes] of written) this.chunks.set(name, bytes);
    for (const name of unnamed) this.chunks.delete(name);
    this.head = head;
    this.missed = missed;
    return this;
  }

  /** Lets go of everything; gives whether anything is left. */
  empty(): boolean {
    const { head, unnamed } = settle(emptied(this.#layout, this.head), this.#load);
    for (const name of unnamed) this.chunks.delete(name);
    this.head = head;
    return this.chunks.size > 0 || head.open.length > 0;
  }

  isSpent(newest: number): boolean {
    return isSpent(this.#layout, this.head, newest * SECOND);
  }

  values(at: number): readonly unknown[] | null {
    return settle(valuesAt(this.#layout, this.head, at * SECOND), this.#load)?.values ?? null;
  }

  /** The levels of the closed entries, and the number of open rows. */
  get shape(): string {
    return `${this.entries.map(({ level }) => level).join("")}|${this.head.open.length}`;
  }

  get entries(): readonly Entry[] {
    const { closed } = this.head;
    return closed === null ? [] : decodeRoot(this.#layout, this.chunks.get(closed.name) as Uint8Array).entries;
  }

  readonly #load = (names: readonly string[]): Chunks => {
    this.asked.push([...names]);
    return new Map(names.map((name) => [name, this.chunks.get(name) as Uint8Array]));
  };
}

const change = (kind: "insert" | "retract", at: number, known: number, order: string, cells: readonly (number | boolean | null)[]): Change => ({
  kind,
  row: { eventTime: at * SECOND, order, cells },
  availableTime: known * SECOND,
});
const insert = (at: number, known: number = at, order = "a"): Change => change("insert", at, known, order, []);
const retract = (at: number, known: number = at, order = "a"): Change => change("retract", at, known, order, []);
const each = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

describe("what a state is made of", () => {
  const lifetime = layoutOf((count) => count.lifetime());

  test("rows are closed two by two once four are open, and entries are packed once there are more than four of a level", () => {
    const state = new Kept(lifetime);
    const shapes = each(0, 24).map((at) => state.take(insert(at)).shape);
    expect(shapes.filter((_, i) => i % 2 === 0)).toEqual([
      "|1",
      "|3",
      "0|3",
      "00|3",
      "000|3",
      "0000|3",
      "1000|3",
      "10000|3",
      "11000|3",
      "110000|3",
      "111000|3",
      "1110000|3",
    ]);
    expect(shapes.slice(1, 4)).toEqual(["|2", "|3", "0|2"]);
    expect(state.values(30)).toEqual([24]);
  });

  test("all at once comes to the same closed rows", () => {
    const state = new Kept(lifetime).take(...each(0, 24).map((at) => insert(at)));
    expect(state.entries.reduce((sum, { level }) => sum + 2 * 2 ** level, 0) + state.head.open.length).toBe(24);
    expect(state.values(30)).toEqual([24]);
  });

  test("a node of the very entries that were the root does not go with it", () => {
    const state = new Kept(layoutOf((count) => count.over("13s"))).take(...each(0, 6).map((at) => insert(at)));
    expect(state.shape).toBe("00|2");
    expect(state.take(...each(6, 14).map((at) => insert(at))).shape).toBe("10000|2");
    expect(state.values(14)).toEqual([13]);
  });

  test("a chunk takes late rows until it has more than twice as many, and is cut then", () => {
    const state = new Kept(lifetime).take(...each(0, 6).map((at) => insert(10 * at)));
    expect(state.shape).toBe("00|2");
    expect(state.take(insert(1, 60), insert(2, 60)).shape).toBe("00|2");
    expect(state.take(insert(3, 61)).shape).toBe("0000|2");
    expect(state.values(70)).toEqual([9]);
    expect(state.chunks.size).toBe(state.entries.length + 1); // and the root
  });

  test("a chunk of which every row is taken back is gone", () => {
    const state = new Kept(lifetime).take(...each(0, 6).map((at) => insert(at)));
    expect(state.take(retract(0, 7), retract(1, 7)).shape).toBe("0|2");
    expect([state.missed, state.values(8)]).toEqual([0, [4]]);
    expect(state.take(retract(0, 8), retract(2, 8, "b")).missed).toBe(2);
    expect(state.values(9)).toEqual([4]);
  });

  test("what comes newer than all closed rows asks for nothing", () => {
    const state = new Kept(lifetime).take(...each(0, 6).map((at) => insert(at)));
    state.take(insert(7));
    expect(state.asked).toEqual([]);
    const [root, first] = [state.head.closed?.name, state.entries[0]?.name];
    state.take(insert(0.5, 8));
    expect(state.asked).toEqual([[root], [first]]);
  });
});

test("a part that is gone is told as such: the head that named it was replaced", () => {
  const layout = layoutOf((count) => count.over("10s"));
  const state = new Kept(layout).take(...each(0, 6).map((at) => insert(at)));
  expect(() => settle(valuesAt(layout, state.head, 6 * SECOND), () => new Map())).toThrow(ChunkMissing);
  expect(() => settle(absorb(layout, state.head, [insert(0, 7)]), () => new Map())).toThrow(ChunkMissing);
});

test.each([
  ["begins at its first moment", 10, 6],
  ["and not before", 10.000001, 5],
  ["ends before its last moment, inside a closed chunk", 5, 3],
  ["moves on by a row at both ends", 5.000001, 3],
  ["ends with the closed chunk", 6, 3],
  ["ends its offset before T", 9, 2],
])("a window %s", (_, at, expected) => {
  const isLong = at >= 10;
  const layout = layoutOf((count) => (isLong ? count.over("10s") : count.over("3s", { offset: "2s" })));
  const state = new Kept(layout).take(...each(0, 6).map((second) => insert(second)));
  expect([state.shape, state.values(at)]).toEqual(["00|2", [expected]]);
});

describe("what is let go", () => {
  test("rows are out of a window for good at the very moment at which no later one sees them", () => {
    const layout = layoutOf((count) => count.over("10s"));
    const six = each(0, 6).map((at) => insert(at)); // closed: 0 and 1, 2 and 3
    expect(new Kept(layout).take(...six, insert(10.9, 10.9)).shape).toBe("00|3");
    expect(new Kept(layout).take(...six, insert(11, 11)).shape).toBe("0|3");
    expect(new Kept(layout).take(...six, insert(12.9, 12.9)).shape).toBe("0|3");
    expect(new Kept(layout).take(...six, insert(13, 13)).shape).toBe("|3");
  });

  test("chunks that are let go need not be read, nodes are, so that what is below them goes too", () => {
    const state = new Kept(layoutOf((count) => count.over("30s"))).take(...each(0, 14).map((at) => insert(at)));
    const nodes = state.entries.filter(({ level }) => level > 0).length;
    expect(nodes).toBeGreaterThan(0);
    const root = state.head.closed?.name;
    state.take(insert(90));
    expect(state.asked.length).toBe(2);
    expect(state.asked[0]).toEqual([root]);
    expect(state.asked[1]).toHaveLength(nodes);
    expect([state.chunks.size, state.entries.length]).toEqual([0, 0]);
    const chunksOnly = new Kept(layoutOf((count) => count.over("30s"))).take(...each(0, 6).map((at) => insert(at)));
    const itsRoot = chunksOnly.head.closed?.name;
    chunksOnly.take(insert(90));
    expect([chunksOnly.asked, chunksOnly.chunks.size]).toEqual([[[itsRoot]], 0]);
  });

  describe("of sessions with a gap of 5 s, where rows come 10 s late at most", () => {
    const layout = layoutOf((count) => count.session("5s"));
    const old = [0, 1].map((at) => insert(at)); // over for good from 1 + 5 + 10 on
    const since = (...times: number[]): Change[] => times.map((at) => insert(at, at));

    test("a session that is over is let go once neither a late row nor T can chain to it", () => {
      expect(new Kept(layout).take(...old, ...since(6, 7, 8, 15.9)).shape).toBe("00|2");
      expect(new Kept(layout).take(...old, ...since(6, 7, 8, 16)).shape).toBe("0|2");
    });

    test("an old session is over where the next row is a gap away, not nearer", () => {
      expect(new Kept(layout).take(...old, ...since(5.9, 10, 14, 18)).shape).toBe("00|2");
      expect(new Kept(layout).take(...old, ...since(6, 10, 14, 18)).shape).toBe("0|2");
    });

    test("a session that is one chain over many chunks stays whole, however old its first rows are", () => {
      const state = new Kept(layout).take(...each(0, 20).map((at) => insert(2 * at)));
      expect(state.values(39)).toEqual([20]);
      expect(state.take(insert(40)).values(41)).toEqual([21]);
    });

    test("a break inside closed or open rows lets go of what is before it", () => {
      // closed: 0 and 1, 2 and 10; the break after 2 lies inside a chunk, which stays
      expect(new Kept(layout).take(...old, ...since(2, 10, 14, 18)).shape).toBe("0|2");
      // closed: 0 and 1; open: 2 and 10 at first, and then the break lies in the open rows
      expect(new Kept(layout).take(...old, ...since(2, 17)).shape).toBe("|2");
      expect(new Kept(layout).take(...old, ...since(2, 16.9)).shape).toBe("0|2");
    });

    test("no rows may be open: what is closed stays, as long as T can see it", () => {
      const state = new Kept(layout).take(...old, ...since(2, 3));
      expect(state.take(retract(2, 3.5), retract(3, 3.5)).shape).toBe("0|0");
      expect(state.values(4)).toEqual([2]);
      expect(state.take(retract(9, 5)).shape).toBe("0|0");
      expect(state.take(retract(9, 16)).shape).toBe("|0");
    });
  });
});

test("an entity whose newest row deletes it is not there, be that row open or closed", () => {
  const source = entitySource("users", {
    schema: { user_id: t.string(), at: t.timestamp(), city: t.string(), gone: t.boolean() },
    eventTime: "at",
    availableAt: { delay: "0s" },
    deleted: "gone",
    batch: rows([]),
  });
  const view = featureView("v", { entity: user, source, refresh: streaming(), features: ({ latest }) => ({ city: latest((row) => row.city) }) });
  const plan = planView(view.definition);
  const layout = stateLayout(plan, { chunk: 2, fanout: 2, young: 2 });
  const row = (at: number, city: string, gone: boolean): Change => {
    const cells = plan.inputs.map(({ kind }) => (kind === "boolean" ? gone : city));
    return { kind: "insert", row: { eventTime: at * SECOND, order: "a", cells }, availableTime: at * SECOND };
  };
  const state = new Kept(layout);
  expect(state.values(1)).toBeNull();
  expect(state.take(row(1, "Bern", false)).values(2)).toEqual(["Bern"]);
  expect(state.take(row(2, "Bern", true)).values(3)).toBeNull();
  expect(state.take(row(3, "Oslo", false)).values(4)).toEqual(["Oslo"]);
  const closed = new Kept(layout).take(row(1, "Bern", false), row(2, "Bern", true), row(3, "Oslo", false), row(4, "Oslo", false));
  expect(closed.shape).toBe("0|2");
  const back = (at: number): Change => ({ ...row(at, "Oslo", false), kind: "retract", availableTime: 5 * SECOND });
  expect(closed.take(back(3), back(4)).values(6)).toBeNull();
});

describe("a state that no window can see again", () => {
  test("is spent once its newest row has left the longest window, and not before", () => {
    const state = new Kept(layoutOf((count) => count.over("10s"))).take(...each(0, 9).map((at) => insert(at)));
    expect([17, 18, 19].map((newest) => state.isSpent(newest))).toEqual([false, true, true]);
    expect([state.values(18), state.values(19)]).toEqual([[1], null]);
    expect(new Kept(layoutOf((count) => count.lifetime())).take(insert(0)).isSpent(1e9)).toBe(false);
  });

  test("of sessions, once neither a late row nor T can chain to it", () => {
    const state = new Kept(layoutOf((count) => count.session("5s"))).take(insert(3));
    expect([17, 18].map((newest) => state.isSpent(newest))).toEqual([false, true]); // late is 10s
  });

  test("with what is closed as with what is open; a state of nothing is spent", () => {
    const layout = layoutOf((count) => count.over("100s"));
    const state = new Kept(layout).take(...each(0, 40).map((at) => insert(at)));
    expect(state.entries.length).toBeGreaterThan(4);
    expect([state.isSpent(138), state.isSpent(139)]).toEqual([false, true]);
    expect(state.empty()).toBe(false);
    expect(state.isSpent(0)).toBe(true);
    expect(new Kept(layout).take(insert(1)).empty()).toBe(false);
  });
});
