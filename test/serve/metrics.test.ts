// The metrics of both servers, as a scrape reads them after requests whose numbers are known.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { click, INPUT, openProject, TICK, type Project } from "./project.ts";
import { scrape, type Scrape } from "./scrape.ts";

let project: Project;
const ask = (path: string, body: unknown): Promise<Response> => fetch(`${project.features.url}${path}`, { method: "POST", body: JSON.stringify(body) });
const send = (source: string, body: unknown, query = ""): Promise<Response> =>
  fetch(`${project.events.url}/v1/events/${source}${query}`, { method: "POST", body: JSON.stringify(body) });

beforeAll(async () => {
  project = await openProject();
});
afterAll(() => project.close());

describe("a server of features", () => {
  let read: Scrape;
  beforeAll(async () => {
    await project.store.materialize({ views: ["history"], mode: { kind: "tick", tick: Date.parse(TICK) * 1000 } });
    await ask("/v1/features/checkout", { input: INPUT });
    await ask("/v1/features/checkout", { inputs: [INPUT, { ...INPUT, user_id: "nobody" }] });
    await ask("/v1/features/checkout", { input: {} });
    await ask("/v1/features/chekout", { input: {} });
    await fetch(`${project.features.url}/nowhere/at/all`);
    read = await scrape(project.features.url);
  });

  test("counts requests by service and outcome, and by route and status", () => {
    expect(read.value("asof_request_duration_seconds_count", { service: "checkout", outcome: "answered" })).toBe(2);
    expect(read.value("asof_request_duration_seconds_count", { service: "checkout", outcome: "refused" })).toBe(1);
    expect(read.value("asof_request_duration_seconds_count", { service: "plain", outcome: "answered" })).toBe(0);
    expect(read.value("asof_request_duration_seconds_bucket", { service: "checkout", outcome: "answered", le: "+Inf" })).toBe(2);
    const sum = read.value("asof_request_duration_seconds_sum", { service: "checkout", outcome: "answered" }) as number;
    expect(sum).toBeGreaterThan(0.0001);
    expect(sum).toBeLessThan(5);
    const route = "/v1/features/{service}";
    const statuses = ["200", "400", "404"].map((status) => read.value("asof_http_requests_total", { route, status }));
    expect(statuses).toEqual([2, 1, 1]);
    expect(read.value("asof_http_requests_total", { route: "~none", status: "404" })).toBe(1);
  });

  test("counts values by view and status", () => {
    const values = (view: string, status: string): number | undefined => read.value("asof_feature_values_total", { view, status });
    expect(values("history", "NOT_FOUND")).toBe(9);
    expect((values("history", "PRESENT") as number) + (values("history", "NULL") as number)).toBe(18);
    expect(values("live", "NOT_FOUND")).toBe(3);
    expect(["PRESENT", "NULL"].map((status) => values("~derived", status) as number).reduce((a, b) => a + b)).toBe(3);
    expect(values("seen", "PRESENT")).toBe(0);
  });

  test("tells how old what was served is, of views and of events", () => {
    expect(read.value("asof_age_seconds_count", { view: "history" })).toBe(3);
    const age = (read.value("asof_age_seconds_sum", { view: "history" }) as number) / 3;
    expect(age).toBeGreaterThanOrEqual(3600);
    expect(age).toBeLessThan(2 * 3600 + 60);
    expect(read.value("asof_age_seconds_bucket", { view: "history", le: "600" })).toBe(0);
    expect(read.value("asof_age_seconds_bucket", { view: "history", le: "21600" })).toBe(3);
    expect(read.value("asof_age_seconds_count", { view: "live" })).toBe(3);
    expect(read.value("asof_event_age_seconds_count", { view: "history" })).toBeGreaterThan(13);
    expect(read.value("asof_event_age_seconds_count", { view: "live" })).toBe(0);
  });

  test("tells how fresh views are, and how the serving log fares", () => {
    expect(read.value("asof_view_as_of_timestamp_seconds", { view: "history" })).toBe(Date.parse(TICK) / 1000);
    expect(read.value("asof_view_published_timestamp_seconds", { view: "history" })).toBeGreaterThan(Date.parse(TICK) / 1000);
    expect(read.value("asof_view_run", { view: "history" })).toBe(1);
    expect(read.value("asof_view_run_entities", { view: "history" })).toBe(4);
    expect(read.value("asof_view_run_duration_seconds", { view: "history" })).toBeGreaterThan(0);
    expect(Math.abs((read.value("asof_view_as_of_timestamp_seconds", { view: "live" }) as number) - Date.now() / 1000)).toBeLessThan(5);
    expect(read.value("asof_view_absorbed_bytes", { view: "live" })).toBe(0);
    expect(read.value("asof_serving_log_lost_total", {})).toBe(0);
    expect(read.value("process_resident_memory_bytes", {})).toBeGreaterThan(1e7);
  });

  test("tells of the next run once there is one", async () => {
    const later = Date.parse(TICK) + 3_600_000;
    await project.store.materialize({ views: ["history"], mode: { kind: "tick", tick: later * 1000 } });
    const next = await scrape(project.features.url);
    expect(next.value("asof_view_run", { view: "history" })).toBe(2);
    expect(next.value("asof_view_as_of_timestamp_seconds", { view: "history" })).toBe(later / 1000);
  });
});

test("a server of events counts events by what became of them, and how long they took to be safe and to be seen", async () => {
  await send("clicks", [click("a"), click("b"), { ...click("c"), user_id: 7 }]);
  await send("clicks", click("a"));
  await send("clicks", click("a", { kind: "other" }), "?wait=visible");
  await send("clicks", click("late", { at: "2001-01-01T00:00:00Z" }));
  const read = await scrape(project.events.url);
  const became = ["accepted", "corrected", "duplicate", "outdated", "dead", "refused"].map((outcome) =>
    read.value("asof_ingest_events_total", { source: "clicks", outcome }),
  );
  expect(became).toEqual([2, 1, 1, 0, 1, 1]);
  const of = (name: string, source = "clicks"): number | undefined => read.value(name, { source });
  expect(of("asof_ingest_batch_events_count")).toBe(4);
  expect(of("asof_ingest_batch_events_sum")).toBe(6);
  expect(of("asof_ingest_acknowledge_seconds_count")).toBe(4);
  expect(of("asof_ingest_visible_seconds_count")).toBeGreaterThan(0);
  expect(of("asof_ingest_visible_seconds_sum")).toBeGreaterThan(0);
  expect(of("asof_ingest_log_bytes")).toBe((await project.store.stream()).state().find(({ source }) => source === "clicks")?.end);
  expect(of("asof_ingest_queued_bytes")).toBe(0);
  expect(of("asof_ingest_waiting_records")).toBe(0);
  expect(of("asof_ingest_dead_letters_total")).toBe(1);
  expect(of("asof_ingest_problem")).toBe(0);
  expect(of("asof_ingest_watermark_lag_seconds")).toBeLessThan(5);
  expect(of("asof_ingest_events_total", "visits")).toBeUndefined();
  expect(read.value("asof_http_requests_total", { route: "/v1/events/{source}", status: "200" })).toBe(4);
  expect(read.value("nodejs_heap_size_used_bytes", {})).toBeGreaterThan(1e6);
});
