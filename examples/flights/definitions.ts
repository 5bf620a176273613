// What the model "will this flight be more than 15 minutes late?" may know at departure: defined once.
import { enriched, entity, entitySource, events, every, featureService, featureView, labels, parquet, sql, t, type Aggregates, type Timestamp } from "asof";

const airport = entity("airport", { code: t.string() });
const state = entity("state", { state: t.string() });
const route = entity("route", { origin: t.string(), destination: t.string() });

const flightFiles = parquet("../../.cache/flights/flights.parquet");

/** A flight happens when it departs; its delay is known once it has landed, an hour or five later. */
const flights = events("flights", {
  schema: {
    departed: t.timestamp(),
    landed: t.timestamp(),
    origin: t.string(),
    destination: t.string(),
    distance: t.int32(),
    delay: t.int32(),
  },
  eventTime: "departed",
  availableAt: "landed",
  batch: flightFiles,
});

/** Where airports are: one row each, that holds from before the first flight. */
const airports = entitySource("airports", {
  schema: { code: t.string(), since: t.timestamp(), state: t.string(), latitude: t.float64(), longitude: t.float64() },
  eventTime: "since",
  availableAt: { delay: "0s" },
  batch: parquet("../../.cache/flights/airports.parquet"),
});

/** The flights that came more than two hours late: what a dispatcher would call a disruption. */
const disruptions = events("disruptions", {
  schema: { departed: t.timestamp(), landed: t.timestamp(), origin: t.string(), destination: t.string(), delay: t.int32() },
  eventTime: "departed",
  availableAt: "landed",
  batch: sql("SELECT departed, landed, origin, destination, delay FROM flights WHERE delay > 120", { flights: flightFiles }),
});
/** The same, each with the states that it went from and to. */
const disruptionsFrom = enriched(disruptions, "from", airports, { key: { code: "origin" }, columns: ["state"] });
const disruptionsBetween = enriched(disruptionsFrom, "to", airports, { key: { code: "destination" }, columns: ["state"] });

interface Flight {
  readonly delay: number;
}
const delay = (flight: Flight): number => flight.delay;
const late = (flight: Flight): number => (flight.delay > 15 ? 1 : 0);

/** How late flights were in the last hours, how many of them were late, and how many there were. */
const hours = ({ count, mean }: Aggregates<Flight>) => ({
  mean_delay: mean(delay).overEach("3h", "6h"),
  share_late: mean(late).overEach("3h", "6h"),
  flights: count().overEach("3h", "6h"),
});
/** The same for the last day. */
const day = ({ count, mean }: Aggregates<Flight>) => ({
  mean_delay: mean(delay).overEach("24h"),
  share_late: mean(late).overEach("24h"),
  flights: count().overEach("24h"),
});
/** The same for both. */
const hoursAndDay = ({ count, mean }: Aggregates<Flight>) => ({
  mean_delay: mean(delay).overEach("3h", "6h", "24h"),
  share_late: mean(late).overEach("3h", "6h", "24h"),
  flights: count().overEach("3h", "6h", "24h"),
});
/** The same for the last week. */
const week = ({ count, mean }: Aggregates<Flight>) => ({
  mean_delay: mean(delay).overEach("7d"),
  share_late: mean(late).overEach("7d"),
  flights: count().overEach("7d"),
});

/** Where a late flight went; null for others. */
const lateTo = (flight: Flight & { readonly destination: string }): string | null => (flight.delay > 15 ? flight.destination : null);
const howLate = (flight: Flight): string => (flight.delay > 60 ? "very late" : flight.delay > 15 ? "late" : "in time");

const quarterly = { source: flights, refresh: every("15m", { delay: "2m" }), maxAge: "1h" } as const;
const hourly = { source: flights, refresh: every("1h", { delay: "5m" }), maxAge: "4h" } as const;
const twoHourly = { refresh: every("2h", { delay: "5m" }), maxAge: "8h" } as const;
const daily = { source: flights, refresh: every("1d", { at: "08:00", delay: "30m" }), maxAge: "3d" } as const;

const whereFrom = airport.columns({ code: "origin" });
const whereTo = airport.columns({ code: "destination" });

// Trouble where the flight departs shows first, so that is refreshed by the quarter hour.
const departuresNow = featureView("departures_now", {
  entity: whereFrom,
  ...quarterly,
  features: (aggregates) => ({
    ...hours(aggregates),
    p90_delay: aggregates.quantile(delay, 0.9).over("3h"),
    spread: aggregates.stddev(delay).over("3h"),
    since_late: aggregates.timeSinceLast((flight) => flight.delay > 15).over("6h"),
  }),
});
const departuresDay = featureView("departures_day", {
  entity: whereFrom,
  ...hourly,
  features: (aggregates) => ({
    ...day(aggregates),
    fading_delay: aggregates.sum(delay).decayed("20m").over("24h"),
    fading_flights: aggregates.count().decayed("20m").over("24h"),
    late_destinations: aggregates.distinctCount(lateTo).over("24h"),
    worst_destinations: aggregates.topK(lateTo, 3).over("24h"),
    delays: aggregates.valueCounts(howLate).over("24h"),
    last_delays: aggregates.lastN(delay, 5).over("24h"),
  }),
});
const departuresWeek = featureView("departures_week", { entity: whereFrom, ...daily, features: week });
const arrivalsDay = featureView("arrivals_day", { entity: whereTo, ...hourly, features: hoursAndDay });
const arrivalsWeek = featureView("arrivals_week", { entity: whereTo, ...daily, features: week });
const routeDay = featureView("route_day", { entity: route, source: flights, ...twoHourly, features: hoursAndDay });
const routeWeek = featureView("route_week", {
  entity: route,
  ...daily,
  features: (aggregates) => ({ ...week(aggregates), median_delay: aggregates.quantile(delay, 0.5).over("7d") }),
});

// A disruption that is still going on: delays of more than two hours, none of them departing three hours after the one before.
const disruption = featureView("disruption", {
  entity: whereFrom,
  source: disruptionsBetween,
  ...twoHourly,
  features: ({ count, max, distinctCount, topK }) => ({
    flights: count().session("3h"),
    states: distinctCount((flight) => flight.to_state).session("3h"),
    worst_delay: max((flight) => flight.delay).session("3h"),
    worst_states: topK((flight) => flight.to_state, 3).session("3h"),
  }),
});
// Weather is larger than an airport.
const stateDisruption = featureView("state_disruption", {
  entity: state.columns({ state: "from_state" }),
  source: disruptionsBetween,
  ...twoHourly,
  features: ({ count, distinctCount }) => ({ flights: count().over("12h"), airports: distinctCount((flight) => flight.origin).over("12h") }),
});
const place = featureView("place", {
  entity: airport,
  source: airports,
  refresh: every("1d"),
  features: ({ latest }) => ({
    state: latest((at) => at.state),
    latitude: latest((at) => at.latitude),
    longitude: latest((at) => at.longitude),
  }),
});

/** How many of the newest flights were late, up to the first that was not. */
function inARow(delays: readonly number[]): number {
  const inTime = delays.findIndex((minutes) => minutes <= 15);
  return inTime < 0 ? delays.length : inTime;
}

/** Hours since the sun was lowest, at a longitude: what a local clock shows, without knowing its zone. */
function solarHour(at: Timestamp, longitude: number): number {
  const utc = Number((at.micros / 60_000_000n) % 1440n) / 60;
  return (utc + longitude / 15 + 24) % 24;
}

/** What a request for one flight about to depart is answered with. */
export const lateness = featureService("lateness", {
  request: { distance: t.int32(), minute_of_day: t.int32(), weekday: t.int32() },
  features: [
    departuresNow.as("origin", { code: "origin" }),
    departuresDay.pick("mean_delay_24h", "share_late_24h", "flights_24h", "fading_delay", "fading_flights").as("origin_day", { code: "origin" }),
    departuresWeek.as("origin_week", { code: "origin" }),
    arrivalsDay.as("destination", { code: "destination" }),
    arrivalsWeek.as("destination_week", { code: "destination" }),
    routeDay.as("route"),
    routeWeek.as("route_week"),
    disruption.pick("flights", "worst_delay").as("disruption", { code: "origin" }),
    stateDisruption.as("state", { state: "origin_state" }),
    place.pick("latitude", "longitude").as("origin_place", { code: "origin" }),
  ],
})
  // Made when a flight is asked about, of the features above: by these functions in training, in serving and in the proof.
  .derive("recent_delay", t.float64().nullable(), (f) => (f.origin_day_fading_delay === null ? null : f.origin_day_fading_delay / f.origin_day_fading_flights))
  .derive("solar_hour", t.float64().nullable(), (f, _, at) => (f.origin_place_longitude === null ? null : solarHour(at, f.origin_place_longitude)));

/** What the people at the gate are told, of the same views: lists, maps and text, which a model of numbers cannot take. */
export const briefing = featureService("briefing", {
  features: [
    departuresDay.pick("delays", "late_destinations", "worst_destinations", "last_delays").as("origin", { code: "origin" }),
    disruption.pick("flights", "states", "worst_states").as("disruption", { code: "origin" }),
    place.pick("state").as("origin_place", { code: "origin" }),
    place.pick("state").as("destination_place", { code: "destination" }),
  ],
}).derive("late_in_a_row", t.int32(), (f) => inARow(f.origin_last_delays));

const outcome = {
  schema: {
    flight: t.int32(),
    label_time: t.timestamp(),
    origin: t.string(),
    destination: t.string(),
    origin_state: t.string(),
    distance: t.int32(),
    minute_of_day: t.int32(),
    weekday: t.int32(),
    late: t.boolean(),
  },
  at: "label_time",
} as const;

/** Flights of 15 January to 31 May with what came of them: a label each, at the moment of departure. */
export const departures = labels("departures", { ...outcome, from: parquet("../../.cache/flights/train.parquet") });
/** Of these, the flights that models are trained on. */
export const drawnDepartures = labels("drawn_departures", { ...outcome, from: parquet("../../.cache/flights/drawn.parquet") });
/** Flights of June, held out: what the server is asked about. */
export const juneDepartures = labels("june_departures", { ...outcome, from: parquet("../../.cache/flights/june.parquet") });
