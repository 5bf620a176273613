// What is served while faults come: two views whose every value follows from what an answer says it was read at.
import { entity } from "../../src/define/entity.ts";
import { events, ingest, rows } from "../../src/define/source.ts";
import { every, streaming } from "../../src/define/refresh.ts";
import { featureService } from "../../src/define/feature-service.ts";
import { featureView } from "../../src/define/feature-view.ts";
import { t } from "../../src/schema/value-type.ts";
import { planService } from "../../src/plan/service-plan.ts";
import { canonical } from "../../src/schema/canonical.ts";
import type { Answer } from "../../src/online/answer.ts";
import type { LogRecord } from "../../src/stream/record.ts";
import type { ViewPlan } from "../../src/plan/view-plan.ts";

/** How many users there are: record i of the log is of user i modulo this. */
export const USERS = 40;
/** The log's identity. */
export const LOG = "log";

const schema = { user_id: t.string(), at: t.timestamp(), n: t.int64() };
const user = entity("user", { user_id: t.string() });
const purchases = events("purchases", { schema, eventTime: "at", availableAt: { delay: "0s" }, batch: rows([]) });
const clicks = events("clicks", { schema, eventTime: "at", availableAt: { delay: "0s" }, late: "1d", stream: ingest() });
const service = planService(
  featureService("svc", {
    features: [
      featureView("spending", { entity: user, source: purchases, refresh: every("1h"), features: ({ sum }) => ({ spent: sum((p) => p.n).lifetime() }) }),
      featureView("clicking", { entity: user, source: clicks, refresh: streaming(), features: ({ count }) => ({ clicked: count().lifetime() }) }),
    ],
  }),
);

/** The service, the view that runs are published of, and the one that is fed. */
export const SERVICE: typeof service = service;
export const [SPENDING, CLICKING] = service.views.map(({ view }) => view) as [ViewPlan, ViewPlan];

/** The key of a user as it is stored. */
export function keyOf(userNumber: number): Buffer {
  return canonical([`u${userNumber}`], ["string"]);
}

/** A record of the log. */
export function recordAt(position: number): LogRecord {
  return { position, available: 1 + position, replaces: null, cells: [`u${position % USERS}`, 1 + position, BigInt(position)] };
}

/** What is wrong with an answer for a user, in words; null where nothing is: a run's rows all hold its tick, states count their records. */
export function wrongIn({ values, status, views }: Answer, userNumber: number): string | null {
  const { spending, clicking } = views;
  const [spent, clicked] = [values["spent"], values["clicked"]] as (bigint | number | null)[];
  const tick = typeof spending === "object" && spending !== null && "tick" in spending ? spending.tick : null;
  const end = typeof clicking === "object" && clicking !== null && "end" in clicking ? clicking.end : null;
  const expected = end === null ? null : Math.max(0, Math.ceil((end - userNumber) / USERS));
  const wrong = [
    tick === null && (status["spent"] !== "UNAVAILABLE" || spent !== null) ? `spent is ${spent}, ${status["spent"]}, without a run` : null,
    tick !== null && spent !== BigInt(tick) ? `spent is ${spent} at tick ${tick}` : null,
    end === null && status["clicked"] !== "UNAVAILABLE" ? `clicked is ${status["clicked"]} without states` : null,
    expected !== null && clicked !== expected ? `clicked is ${clicked}, and there were ${expected} below ${end}` : null,
  ].filter((one) => one !== null);
  return wrong.length === 0 ? null : wrong.join("; ");
}
