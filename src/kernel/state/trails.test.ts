// Trails beside what they stand for: how many different values the rows of a window have, counted one by one, whatever comes late, goes, or
// lies ahead of T.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { absorb, EMPTY, type Change } from "./absorb.ts";
import { entity } from "../../define/entity.ts";
import { events, ingest } from "../../define/source.ts";
import { featureView } from "../../define/feature-view.ts";
import { planView } from "../../plan/view-plan.ts";
import { settle, valuesAt, type Chunks } from "./read.ts";
import { stateLayout, type StateSizes } from "./layout.ts";
import { streaming } from "../../define/refresh.ts";
import { t } from "../../schema/value-type.ts";
import type { Head } from "./tree.ts";

const SECOND = 1_000_000;
const clicks = events("clicks", {
  schema: { user_id: t.string(), at: t.timestamp(), item: t.string().nullable(), id: t.string() },
  eventTime: "at",
  availableAt: { delay: "0s" },
  id: "id",
  late: "1d",
  stream: ingest(),
});
const plan = planView(
  featureView("v", {
    entity: entity("user", { user_id: t.string() }),
    source: clicks,
    refresh: streaming(),
    features: ({ distinctCount }) => {
      const items = distinctCount((click) => click.item);
      const named = distinctCount((click) => click.item ?? "none");
      return {
        short: items.over("9s"),
        long: items.over("60s"),
        whole: items.lifetime(),
        named: named.over("60s"),
        earlier: named.over("20s", { offset: "10s" }),
      };
    },
  }).definition,
);

/** A click: when it happened, in seconds, what was clicked, and whether it is taken back some clicks later. */
const click = fc.record({ at: fc.nat(99), item: fc.nat(7), isTakenBack: fc.boolean() });
const sizes = fc.record({ chunk: fc.integer({ min: 2, max: 4 }), fanout: fc.integer({ min: 2, max: 3 }), young: fc.nat(5) });

interface Click {
  readonly at: number;
  readonly item: string | null;
}

/** How many different values the clicks of a window before T have. */
function counted(clicks: readonly Click[], at: number, from: number, to: number, none: string | null): number {
  const items = clicks.filter((one) => one.at >= at - from && one.at < at - to).map(({ item }) => item ?? none);
  return new Set(items.filter((item) => item !== null)).size;
}

function check(given: readonly { readonly at: number; readonly item: number; readonly isTakenBack: boolean }[], of: StateSizes): void {
  const layout = stateLayout(plan, of);
  const parts = new Map<string, Uint8Array>();
  const load = (names: readonly string[]): Chunks => new Map(names.flatMap((name) => (parts.has(name) ? [[name, parts.get(name) as Uint8Array]] : [])));
  let head: Head = EMPTY;
  const take = (change: Change): void => {
    const after = settle(absorb(layout, head, [change]), load);
    for (const [name, bytes] of after.written) parts.set(name, bytes);
    for (const name of after.unnamed) expect(parts.delete(name)).toBe(true);
    expect(after.missed).toBe(0);
    head = after.head;
  };
  const there: (Click & { readonly order: string })[] = [];
  given.forEach(({ at, item, isTakenBack }, i) => {
    const known = 20 + 2 * i; // the first clicks lie ahead of it
    const one = { at, item: item === 0 ? null : `i${item}`, order: String(i).padStart(4, "0") };
    const rowOf = (clicked: typeof one): Change["row"] => ({
      eventTime: clicked.at * SECOND,
      order: clicked.order,
      cells: [clicked.item, clicked.item ?? "none"],
    });
    take({ kind: "insert", row: rowOf(one), availableTime: known * SECOND });
    there.push(one);
    if (isTakenBack) {
      const [oldest] = there.splice((i * 7) % there.length, 1) as [typeof one];
      take({ kind: "retract", row: rowOf(oldest), availableTime: known * SECOND });
    }
    const now = known + 1;
    const values = settle(valuesAt(layout, head, now * SECOND), load)?.values ?? [0, 0, 0, 0, 0];
    const expected = [
      counted(there, now, 9, 0, null),
      counted(there, now, 60, 0, null),
      counted(there, now, Infinity, 0, null),
      counted(there, now, 60, 0, "none"),
      counted(there, now, 30, 10, "none"),
    ];
    expect(values).toEqual(expected);
  });
}

describe("trails", () => {
  test("stand for all rows that were closed", () => {
    fc.assert(fc.property(fc.array(click, { minLength: 20, maxLength: 60 }), sizes, check), { numRuns: 150 });
  });
});
