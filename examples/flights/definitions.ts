// What the model "will this flight be more than 15 minutes late?" may know at departure: defined once.
import { entity, events, every, featureService, featureView, labels, parquet, t, type Aggregates } from "asof";

const airport = entity("airport", { code: t.string() });
const route = entity("route", { origin: t.string(), destination: t.string() });

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
  batch: parquet("../../.cache/flights/flights.parquet"),
});

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

const quarterly = { source: flights, refresh: every("15m", { delay: "2m" }), maxAge: "1h" } as const;
const hourly = { source: flights, refresh: every("1h", { delay: "5m" }), maxAge: "4h" } as const;
const daily = { source: flights, refresh: every("1d", { at: "08:00", delay: "30m" }), maxAge: "3d" } as const;

const whereFrom = airport.columns({ code: "origin" });
const whereTo = airport.columns({ code: "destination" });

// Trouble where the flight departs shows first, so that is refreshed by the quarter hour.
const departuresNow = featureView("departures_now", { entity: whereFrom, ...quarterly, features: hours });
const departuresDay = featureView("departures_day", { entity: whereFrom, ...hourly, features: day });
const departuresWeek = featureView("departures_week", { entity: whereFrom, ...daily, features: week });
const arrivalsDay = featureView("arrivals_day", { entity: whereTo, ...hourly, features: hoursAndDay });
const arrivalsWeek = featureView("arrivals_week", { entity: whereTo, ...daily, features: week });
const routeDay = featureView("route_day", { entity: route, ...hourly, features: hoursAndDay });
const routeWeek = featureView("route_week", { entity: route, ...daily, features: week });

/** What a request for one flight about to depart is answered with. */
export const lateness = featureService("lateness", {
  request: { distance: t.int32(), minute_of_day: t.int32(), weekday: t.int32() },
  features: [
    departuresNow.as("origin", { code: "origin" }),
    departuresDay.as("origin_day", { code: "origin" }),
    departuresWeek.as("origin_week", { code: "origin" }),
    arrivalsDay.as("destination", { code: "destination" }),
    arrivalsWeek.as("destination_week", { code: "destination" }),
    routeDay.as("route"),
    routeWeek.as("route_week"),
  ],
});

const outcome = {
  schema: {
    flight: t.int32(),
    label_time: t.timestamp(),
    origin: t.string(),
    destination: t.string(),
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
