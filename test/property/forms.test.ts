// Forms that must agree with each other, whatever the oracle says: by key and filtered, session and cut by hand, together and apart.
import fc from "fast-check";
import { expect, test } from "vitest";
import { caseOf, seeds, type Case } from "./cases.ts";
import { given as made, nameOf } from "../oracle/values.ts";
import { compareWithOracle, kernelSays, sweptAt, type Swept } from "./compare.ts";
import { PATIENCE, runs } from "./runs.ts";
import { WINDOW_KINDS } from "./features.ts";
import type { FeatureDefinition, ViewDefinition } from "../../src/define/feature-view.ts";
import type { FeatureMap, Scalar, Value } from "../../src/schema/value-type.ts";
import { source, user, type EventRow } from "./inputs.ts";
import { timestampOf } from "../../src/time.ts";

test("moments asked for one by one have the values that they have together", { timeout: PATIENCE }, () => {
  fc.assert(
    fc.property(seeds, (from) => {
      const { definition, rows, wanted } = caseOf(from);
      const apart = wanted.flatMap((one) => kernelSays({ definition, wanted: [one] }, [rows]));
      expect(apart).toEqual(kernelSays({ definition, wanted }, [rows]));
    }),
    runs(),
  );
});

test("features computed alone have the values that they have beside others", { timeout: PATIENCE }, () => {
  fc.assert(
    fc.property(seeds, (from) => {
      const { definition, rows, wanted } = caseOf(from);
      const together = sweptAt({ definition, wanted }, [rows]);
      definition.features.forEach((feature, f) => {
        const alone = sweptAt({ definition: { ...definition, features: [feature] }, wanted }, [rows]);
        expect(alone.map(([said]) => ({ ...said, found: true }))).toEqual(together.map((said) => ({ ...said[f], found: true })));
      });
    }),
    runs(),
  );
});

test("a map by key holds what the rows of each key alone give", { timeout: PATIENCE }, () => {
  const windows = fc.constantFrom(...WINDOW_KINDS.filter((kind) => kind !== "session"));
  fc.assert(
    fc.property(seeds, windows, (from, window) => {
      const tried = caseOf({ ...from, features: from.features.slice(0, 1) }, { window, by: true });
      const maps = sweptAt(tried, [tried.rows]).map(([said]) => said as Swept);
      const groups = keysOf(tried).map((key) => ({ key, alone: sweptAt(filtered(tried, key), [tried.rows]).map(([said]) => said as Swept) }));
      maps.forEach(({ value, failed }, moment) => {
        const here = groups.filter(({ alone }) => alone[moment]?.newest !== null);
        expect(failed).toBe(here.length > (tried.definition.features[0]?.call.parameters.byLimit as number));
        if (failed) return;
        expect((value as FeatureMap).size).toBe(here.length);
        for (const { key, alone } of here) expect(entryOf(value as FeatureMap, key)).toEqual(alone[moment]?.value);
      });
    }),
    runs(),
  );
});

test(
  "a session is the window from its first row on, with no row within the gap before it, and its newest row is younger than the gap",
  {
    timeout: PATIENCE,
  },
  () => {
    fc.assert(
      fc.property(seeds, (from) => {
        const { definition, rows, wanted } = caseOf({ ...from, features: from.features.slice(0, 1) }, { window: "session" });
        const feature = definition.features[0] as FeatureDefinition;
        const gap = feature.window.gap as number;
        const session = sweptAt(
          { definition: { ...definition, features: [feature, STARTS, COUNT].map((of) => ({ ...of, window: { ...of.window, gap } })) }, wanted },
          [rows],
        );
        session.forEach(([said, starts, count], moment) => {
          const { key, at } = wanted[moment] as Case["wanted"][number];
          const first = starts?.value as EventRow["at"] | null;
          if (first === null) return expect(count?.value).toBe(0);
          const reach = at - Number(first.micros);
          const cut = (length: number): FeatureDefinition["window"] => ({ length, offset: 0, gap: null });
          const features = [
            { ...feature, window: cut(Math.min(reach, feature.window.length)) },
            { ...COUNT, window: cut(reach) },
            { ...COUNT, window: cut(reach + gap - 1) },
          ];
          const [[byHand, within, around]] = sweptAt({ definition: { ...definition, features }, wanted: [{ key, at }] }, [rows]) as [[Swept, Swept, Swept]];
          expect(byHand).toEqual(said);
          expect([within.value, around.value]).toEqual([count?.value, count?.value]);
          expect(at - Number(count?.newest)).toBeLessThan(gap);
        });
      }),
      runs(),
    );
  },
);

test.each<[string, readonly (readonly [event: number, available: number])[], number, number]>([
  [
    "rows less than a gap apart are one session",
    [
      [0, 0],
      [4, 4],
    ],
    6,
    2,
  ],
  [
    "rows a gap apart are two",
    [
      [0, 0],
      [5, 5],
    ],
    6,
    1,
  ],
  [
    "a session is open until its newest row is as old as the gap",
    [
      [0, 0],
      [4, 4],
    ],
    8,
    2,
  ],
  [
    "and closed from then on",
    [
      [0, 0],
      [4, 4],
    ],
    9,
    0,
  ],
  [
    "a late row joins nothing while it is not known",
    [
      [0, 0],
      [8, 8],
      [4, 9],
    ],
    9,
    1,
  ],
  [
    "a late row joins two sessions",
    [
      [0, 0],
      [8, 8],
      [4, 9],
    ],
    10,
    3,
  ],
  [
    "a late row a gap before the first joins nothing",
    [
      [0, 0],
      [8, 8],
      [3, 9],
    ],
    10,
    1,
  ],
])("with a gap of 5, %s", (_, times, at, expected) => {
  const rows = times.map(([event, available], i): EventRow => ({ ...EMPTY_ROW, id: `r${i}`, at: timestampOf(event), seen: timestampOf(available) }));
  const definition: ViewDefinition = {
    name: "gaps",
    entity: user.name,
    keys: user.keys,
    source,
    refresh: { kind: "streaming", delay: 0 },
    maxAge: null,
    where: null,
    features: [{ ...COUNT, window: { ...LIFETIME, gap: 5 } }],
  };
  const tried: Case = { definition, rows, wanted: [{ key: ["u1"], at }] };
  expect(sweptAt(tried, [rows])[0]?.[0]?.value).toBe(expected);
  compareWithOracle(tried);
});

const EMPTY_ROW: Omit<EventRow, "id" | "at" | "seen"> = {
  user: "u1",
  rank: 0,
  ver: null,
  gone: false,
  x: null,
  q: null,
  n: null,
  s: null,
  b: null,
  w: null,
  "\u{1F600}": 0,
  "\uFF5E": 0,
};
const LIFETIME = { length: Infinity, offset: 0, gap: null } as const;
const COUNT: FeatureDefinition = {
  name: "count",
  call: { aggregate: "count", value: null, declared: null, add: null, by: null, parameters: {} },
  window: LIFETIME,
  fallback: null,
};
const STARTS: FeatureDefinition = {
  name: "starts",
  call: { aggregate: "min", value: (row: EventRow) => row.at, declared: "timestamp", add: null, by: null, parameters: {} },
  window: LIFETIME,
  fallback: null,
};

/** The different keys that the rows of a case have for its first feature. */
function keysOf({ definition, rows }: Case): Scalar[] {
  const by = definition.features[0]?.call.by?.value ?? null;
  const keys = rows.map((row) => made(by, cleanRow(row, definition))).filter((key) => key !== null);
  return [...new Map(keys.map((key) => [nameOf(key), key])).values()];
}

function cleanRow(row: EventRow, { source }: ViewDefinition): object {
  return Object.fromEntries(Object.keys(source.schema).map((column) => [column, made((of: Readonly<Record<string, Value>>) => of[column], row)]));
}

/** The case of its first feature over the rows of one key, and not by key any more. */
function filtered({ definition, rows, wanted }: Case, key: Scalar): Case {
  const [feature] = definition.features as [FeatureDefinition];
  const { call } = feature;
  const by = call.by?.value ?? null;
  const { where } = definition;
  const ofKey = (row: never): boolean => {
    if (where !== null && !where(row)) return false;
    const its = made(by, row);
    return its !== null && nameOf(its) === nameOf(key);
  };
  return { definition: { ...definition, where: ofKey, features: [{ ...feature, call: { ...call, by: null } }] }, rows, wanted };
}

function entryOf(map: FeatureMap, key: Scalar): unknown {
  return [...map].find(([known]) => nameOf(known) === nameOf(key))?.[1];
}
