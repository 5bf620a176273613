// Event sources: what they keep of a definition, and what they refuse, each with its place and cure.
import { describe, expect, test } from "vitest";
import { events as typedEvents, csv, ingest, kafka, parquet, rows } from "./source.ts";
import { t } from "../schema/value-type.ts";
import { DAY, HOUR, MINUTE, parseTime } from "../time.ts";

/** As a user without a compiler calls it. */
const events = typedEvents as unknown as (name: unknown, config: Readonly<Record<string, unknown>>) => ReturnType<typeof typedEvents>;
const schema = { id: t.string(), at: t.timestamp(), loaded_at: t.timestamp(), amount: t.float64() };
const good = { schema, eventTime: "at", availableAt: "loaded_at", batch: parquet("a.parquet") };

describe("a source", () => {
  test("is plain frozen data with its durations in microseconds", () => {
    const source = events("purchases", { ...good, tieBreak: ["id"], id: "id", late: "7d", stream: ingest() });
    expect(source).toEqual({
      kind: "events",
      name: "purchases",
      schema,
      eventTime: "at",
      available: { column: "loaded_at", trustedFrom: -Infinity, delay: 0 },
      tieBreak: ["id"],
      version: null,
      enrichments: [],
      deleted: null,
      id: "id",
      late: 7 * DAY,
      ahead: 5 * MINUTE,
      batch: { kind: "parquet", path: "a.parquet" },
      stream: { kind: "ingest" },
    });
    expect(Object.isFrozen(source) && Object.isFrozen(source.schema) && Object.isFrozen(source.tieBreak)).toBe(true);
  });

  test("takes a migrated column from the day on which it is to be trusted", () => {
    const { available } = events("s", { ...good, availableAt: { column: "loaded_at", trustedFrom: "2026-03-01", delay: "1h" } });
    expect(available).toEqual({ column: "loaded_at", trustedFrom: parseTime("2026-03-01"), delay: HOUR });
  });

  test("may say that rows are usable at once", () => {
    expect(events("s", { ...good, availableAt: { delay: "0s" } }).available).toEqual({ column: null, trustedFrom: -Infinity, delay: 0 });
  });

  test("reads files, rows in memory and streams", () => {
    expect(csv("a.csv", { delimiter: ";" })).toEqual({ kind: "csv", path: "a.csv", delimiter: ";", nullText: "" });
    expect(rows([{ a: 1 }])).toEqual({ kind: "rows", rows: [{ a: 1 }] });
    expect(kafka("purchases")).toEqual({ kind: "kafka", topic: "purchases" });
  });
});

describe("a source is refused", () => {
  const wrong: readonly (readonly [string, unknown, Readonly<Record<string, unknown>>, string, string])[] = [
    [
      "without an available time",
      "s",
      { availableAt: undefined },
      "DEFINITION_NO_AVAILABLE_TIME",
      'source s: it does not say when its rows become available. Name the column that says so (availableAt: "loaded_at") or how long it takes (availableAt: { delay: "5m" }).',
    ],
    [
      "with an unknown event time",
      "s",
      { eventTime: "att" },
      "DEFINITION_UNKNOWN_COLUMN",
      "source s: eventTime names 'att', which the schema does not have. Did you mean 'at'.",
    ],
    [
      "with an event time that is no time",
      "s",
      { eventTime: "amount" },
      "DEFINITION_NOT_A_TIME",
      "source s: eventTime names 'amount', which is t.float64(). Name a t.timestamp() column.",
    ],
    [
      "with an available time that is no time",
      "s",
      { availableAt: "id" },
      "DEFINITION_NOT_A_TIME",
      "source s: availableAt names 'id', which is t.string(). Name a t.timestamp() column.",
    ],
    [
      "with an unknown tie-break",
      "s",
      { tieBreak: ["amuont"] },
      "DEFINITION_UNKNOWN_COLUMN",
      "source s: tieBreak names 'amuont', which the schema does not have. Did you mean 'amount'.",
    ],
    ["with a misspelt setting", "s", { tiebreak: ["id"] }, "CONFIG_UNKNOWN_FIELD", "source s: there is no setting 'tiebreak'. Did you mean 'tieBreak'."],
    [
      "with a misspelt setting of its available time",
      "s",
      { availableAt: { delay: "1h", trustedfrom: "2026-03-01" } },
      "CONFIG_UNKNOWN_FIELD",
      "source s, availableAt: there is no setting 'trustedfrom'. Did you mean 'trustedFrom'.",
    ],
    [
      "with a column whose name sets a prototype",
      "s",
      { schema: { ...schema, __proto__: t.string() } },
      "DEFINITION_BAD_NAME",
      '"__proto__" cannot be the name of a column of source s.',
    ],
    ["with an unknown id", "s", { id: "toString" }, "DEFINITION_UNKNOWN_COLUMN", "source s: id names 'toString', which the schema does not have."],
    [
      "without rows",
      "s",
      { batch: undefined },
      "DEFINITION_NO_ROWS",
      'source s: it has neither a batch nor a stream. Say where its rows are: batch: parquet("data/*.parquet").',
    ],
    [
      "with batch and stream but no id",
      "s",
      { stream: ingest(), late: "1d" },
      "DEFINITION_NO_ID",
      'source s: it has a batch and a stream but no id. Name the column that identifies a row: id: "order_id".',
    ],
    [
      "with a stream but no late",
      "s",
      { stream: ingest(), id: "id" },
      "DEFINITION_NO_LATE",
      'source s: it has a stream but no late. Say how late a row may come and still count: late: "7d".',
    ],
    ["with a bad delay", "s", { availableAt: { delay: "soon" } }, "TIME_BAD_DURATION", "source s, availableAt.delay: 'soon' is no duration."],
    ["with a late of 0", "s", { late: "0d" }, "TIME_BAD_DURATION", "source s, late: '0d' is no duration."],
    [
      "with a day that is none",
      "s",
      { availableAt: { column: "loaded_at", trustedFrom: "2026-02-30", delay: "1h" } },
      "TIME_UNREADABLE",
      "'2026-02-30' is no time.",
    ],
    [
      "named __proto__",
      "__proto__",
      {},
      "DEFINITION_BAD_NAME",
      '"__proto__" cannot be the name of a source. Use letters, digits and _, not starting with a digit, at most 128, and none of JavaScript\'s own words such as __proto__.',
    ],
    ["named in SQL", "s; DROP TABLE users --", {}, "DEFINITION_BAD_NAME", '"s; DROP TABLE users --" cannot be the name of a source.'],
    ["without a name", undefined, {}, "DEFINITION_BAD_NAME", "cannot be the name of a source."],
    [
      "with a column of no name",
      "s",
      { schema: { ...schema, "": t.string() } },
      "DEFINITION_BAD_NAME",
      'source s: "" cannot be the name of a column. Rename the column in a view or query over the file.',
    ],
    [
      "with a column __proto__",
      "s",
      { schema: { ...schema, ["__proto__"]: t.string() } },
      "DEFINITION_BAD_NAME",
      'source s: "__proto__" cannot be the name of a column.',
    ],
  ];
  test.each(wrong)("%s", (_, name, changed, code, message) => {
    expect(() => events(name, { ...good, ...changed })).toThrow(expect.objectContaining({ code, message: expect.stringContaining(message) as string }));
  });
});
