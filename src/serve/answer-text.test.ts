// The text of an answer reads back as what the answer holds by name, whatever its values are.
import { expect, test } from "vitest";
import { Answer, type AnswerRow } from "../online/answer.ts";
import { answerWriter } from "./answer-text.ts";
import { entity } from "../define/entity.ts";
import { events, rows } from "../define/source.ts";
import { every } from "../define/refresh.ts";
import { featureService } from "../define/feature-service.ts";
import { featureView } from "../define/feature-view.ts";
import { formatTime, parseTime, timestamp } from "../time.ts";
import { planService } from "../plan/service-plan.ts";
import { t } from "../schema/value-type.ts";
import { toJson } from "../schema/json-value.ts";

const schema = { user_id: t.string(), at: t.timestamp(), amount: t.float64(), cents: t.int64(), kind: t.string(), good: t.boolean() };
const view = featureView("spending", {
  entity: entity("user", { user_id: t.string() }),
  source: events("purchases", { schema, eventTime: "at", availableAt: { delay: "0s" }, batch: rows([]) }),
  refresh: every("1d"),
  features: ({ count, sum, last, max, lastN }) => ({
    n: count().over("7d"),
    spend: sum((p) => p.amount).over("7d"),
    cents: sum((p) => p.cents).over("7d"),
    kind: last((p) => p.kind).over("7d"),
    good: last((p) => p.good).over("7d"),
    newest: max((p) => p.at).over("7d"),
    kinds: lastN((p) => p.kind, 3).over("7d"),
    spent: sum((p) => p.cents)
      .by((p) => p.kind)
      .over("7d"),
  }),
});
const plan = planService(featureService("checkout", { features: [view] }));
const at = parseTime("2026-01-01T00:00:00.123456Z");
const row: AnswerRow = {
  at,
  input: ["u1"],
  runs: [{ run: 3, tick: -5 }],
  values: [
    0,
    0.1 + 0.2,
    -(2n ** 127n),
    'a "b"\n\\ \u2028 \u{1f600} \ud800',
    false,
    timestamp("1969-12-31T23:59:59.999999Z"),
    ["", 'a "b"\n', "\u2028"],
    new Map([
      ["", 2n ** 64n],
      ["__proto__", null],
      ['a "b"', 0n],
    ]),
  ],
  status: ["PRESENT", "NULL", "NOT_FOUND", "STALE", "UNAVAILABLE", "ERROR", "PRESENT", "PRESENT"],
  eventTime: [null, -1, 2 ** 53, 0, at, at, at, at],
};

/** What the text must read back as, by way of objects. */
function wire({ at, values, status, eventTime, asOf, version }: Answer): unknown {
  const each = <V>(record: Readonly<Record<string, V>>, text: (value: V) => unknown): unknown =>
    Object.fromEntries(Object.entries(record).map(([name, value]) => [name, text(value)]));
  const moment = (time: number | null): unknown => (time === null ? null : formatTime(time));
  return { at: formatTime(at), values: each(values, toJson), status, eventTime: each(eventTime, moment), asOf: each(asOf, moment), version };
}

test("it is that of the records by name, and follows the runs", () => {
  const write = answerWriter(plan);
  const none = { ...row, runs: [null], values: row.values.map(() => null) };
  for (const one of [row, { ...row, at: at + 1 }, { ...row, runs: [{ run: 4, tick: 5 }] }, none, row]) {
    const answer = new Answer(plan, one);
    expect(write(answer)).toBe(JSON.stringify(wire(answer)));
  }
});
