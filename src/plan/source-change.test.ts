// What may become of a source whose log holds records, and what may not.
import { describe, expect, test } from "vitest";
import { events, ingest } from "../define/source.ts";
import { registeredSources, type RegisteredSource } from "./registered.ts";
import { sourceChange } from "./source-change.ts";
import { t, type Schema } from "../schema/value-type.ts";
import type { Source } from "../define/source.ts";
import type { ViewPlan } from "./view-plan.ts";

const SCHEMA = { id: t.int32(), at: t.timestamp(), sent: t.timestamp(), n: t.int32(), x: t.float64().nullable(), gone: t.boolean(), word: t.string() };
const SETTINGS = { eventTime: "at", availableAt: { delay: "0s" }, id: "id", late: "1h", stream: ingest() };

function source(schema: Schema, settings: Readonly<Record<string, unknown>> = {}): RegisteredSource {
  const made = events("things", { ...SETTINGS, schema, ...settings } as never) as unknown as Source<unknown>;
  return registeredSources([{ source: made } as ViewPlan])[0] as RegisteredSource;
}

const before = source(SCHEMA);
const without = ({ word: _, ...schema }: typeof SCHEMA): Schema => schema;

describe("a log follows", () => {
  test.each<readonly [string, RegisteredSource, readonly string[]]>([
    ["a new nullable column", source({ ...SCHEMA, extra: t.string().nullable() }), ["column extra added, string or null"]],
    ["int32 widened to int64", source({ ...SCHEMA, n: t.int64() }), ["column n: int32 -> int64"]],
    ["int32 widened to float64, and null", source({ ...SCHEMA, n: t.float64().nullable() }), ["column n: int32 -> float64 or null"]],
    ["null where there was none", source({ ...SCHEMA, word: t.string().nullable() }), ["column word: string -> string or null"]],
    [
      "another late, ahead and tie-break",
      source(SCHEMA, { late: "2h", ahead: "1m", tieBreak: ["n"] }),
      ["late: 1h -> 2h", "ahead: 5m -> 1m", "tieBreak: none -> n"],
    ],
  ])("%s", (_, after, what) => {
    expect(sourceChange(before, after)).toEqual({ source: "things", change: "changed", what, conflicts: [] });
  });
});

describe("a log does not follow", () => {
  test.each<readonly [string, RegisteredSource, readonly string[]]>([
    ["a new column that is never null", source({ ...SCHEMA, extra: t.string() }), ["column extra added, string"]],
    ["a column that is removed", source(without(SCHEMA)), ["column word removed"]],
    ["a narrower type", source({ ...SCHEMA, x: t.int32().nullable() }), ["column x: float64 or null -> int32 or null"]],
    ["another type", source({ ...SCHEMA, word: t.timestamp() }), ["column word: string -> timestamp"]],
    ["null no more", source({ ...SCHEMA, x: t.float64() }), ["column x: float64 or null -> float64"]],
    ["an id of another type", source({ ...SCHEMA, id: t.int64() }), ["column id: int32 -> int64"]],
    ["another event time", source(SCHEMA, { eventTime: "sent" }), ["eventTime: at -> sent"]],
    ["another available time", source(SCHEMA, { availableAt: "sent" }), ["availableAt: 0us after its event -> sent, else 0us after its event"]],
    ["another id", source(SCHEMA, { id: "word" }), ["id: id -> word"]],
    ["another version", source(SCHEMA, { version: "n" }), ["version: none -> n"]],
    ["another deleted", source(SCHEMA, { deleted: "gone" }), ["deleted: none -> gone"]],
  ])("%s", (_, after, conflicts) => {
    expect(sourceChange(before, after)).toMatchObject({ change: "changed", conflicts });
  });

  test("an int64 as a double, which does not hold every one", () => {
    expect(sourceChange(source({ ...SCHEMA, n: t.int64() }), source({ ...SCHEMA, n: t.float64() })).conflicts).toEqual(["column n: int64 -> float64"]);
  });
});

test("a source that is as it was, and one that is new", () => {
  expect(sourceChange(before, source(SCHEMA))).toEqual({ source: "things", change: "same", what: [], conflicts: [] });
  expect(sourceChange(undefined, before)).toEqual({ source: "things", change: "new", what: [], conflicts: [] });
});
