// From the package's raw file to what a warehouse would hold: flights in UTC with a landing time, and labels.
import { existsSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { airportClocks, SUMMER_BEGINS } from "./airports.ts";
import { openWarehouse, quoted, writeParquet, type Warehouse } from "../common/warehouse.ts";

/** The files that the example reads. */
export interface Prepared {
  /** One row a flight, sorted by departure: what features are made of. */
  readonly flights: string;
  /** One row an airport: where it is. */
  readonly airports: string;
  /** Training labels: flights of 15 January to 31 May. */
  readonly train: string;
  /** Of the training labels, those that models are trained on: the same for all. */
  readonly drawn: string;
  /** June's requests with their outcome. */
  readonly june: string;
  /** Flights with their local day and number, for the notebook. */
  readonly days: string;
}

/** Models are trained on so many of the training rows: more changes their scores by less than a point. */
const MODEL_ROWS = 100_000;
/** SQL of a fixed pseudo-random order of flights. */
export const SHUFFLED = "(flight * 2654435761) % 4294967296";

/** How many labels and requests to draw. */
export interface Sizes {
  readonly train: number;
  readonly requests: number;
  /** The requests are of the first so many days of June. */
  readonly days: number;
}

/** Builds the flights under `folder` unless they are there, and draws the labels. Times are UTC; landing is an estimate. */
export async function prepare(folder: string, sizes: Sizes): Promise<Prepared> {
  mkdirSync(folder, { recursive: true });
  const files: Prepared = {
    flights: join(folder, "flights.parquet"),
    airports: join(folder, "airports.parquet"),
    days: join(folder, "days.parquet"),
    train: join(folder, "train.parquet"),
    drawn: join(folder, "drawn.parquet"),
    june: join(folder, "june.parquet"),
  };
  const warehouse = await openWarehouse();
  try {
    if (!existsSync(files.flights) || !existsSync(files.days)) await buildFlights(warehouse, files);
    if (!existsSync(files.airports)) await buildAirports(warehouse, files);
    await warehouse.run(`create or replace view days as from ${quoted(files.days)}`);
    await warehouse.run(`create or replace view airports as from ${quoted(files.airports)}`);
    await writeSample(warehouse, files.train, "local_day between '2001-01-15' and '2001-05-31'", sizes.train);
    await writeParquet(warehouse, files.drawn, `from (from ${quoted(files.train)} order by ${SHUFFLED} limit ${MODEL_ROWS}) order by flight`);
    await writeSample(warehouse, files.june, `local_day >= '2001-06-01' and local_day < '2001-06-01'::date + ${sizes.days}`, sizes.requests);
  } finally {
    warehouse.close();
  }
  return files;
}

/** The data of the package, as SQL spells their places. */
const DATA: string = join(dirname(fileURLToPath(import.meta.resolve("vega-datasets"))), "..", "data");
const RAW_FLIGHTS: string = quoted(join(DATA, "flights-3m.parquet"));
const FLOWN = `select unnest([origin, destination]) from ${RAW_FLIGHTS}`;
const RAW_AIRPORTS = `(from read_csv(${quoted(join(DATA, "airports.csv"))}, all_varchar = true) where iata in (${FLOWN}))`;

async function buildAirports(warehouse: Warehouse, files: Prepared): Promise<void> {
  const columns = "iata as code, timestamp '2000-01-01' as since, state, latitude::double as latitude, longitude::double as longitude";
  await writeParquet(warehouse, files.airports, `select ${columns} from ${RAW_AIRPORTS} order by code`);
}

async function buildFlights(warehouse: Warehouse, files: Prepared): Promise<void> {
  const airports = await warehouse.columns(`select iata, state, latitude, longitude from ${RAW_AIRPORTS}`);
  const clocks = airportClocks(airports).map(({ code, winter, summer }) => `(${quoted(code)}, ${winter}, ${summer})`);
  // Delays outside -90..1200 are errors of the source (50 rows of 3,000,000). Landing must not use the delay: it is
  // against the schedule. 48 minutes and 0.128 minutes a mile were fitted on New York's flights of 2013: an estimate.
  await warehouse.run(`
    create table flights as
    with clocks(origin, winter, summer) as (values ${clocks.join(", ")}),
    utc as (
      select date - to_minutes(case when date < timestamp '${SUMMER_BEGINS}' then winter else summer end) as departed,
        date as local, delay::integer as delay, distance::integer as distance, origin, destination
      from ${RAW_FLIGHTS} join clocks using (origin)
      where delay between -90 and 1200)
    select (row_number() over (order by departed, origin, destination, delay, distance))::integer as flight, departed,
      departed + to_minutes(round(48 + 0.128 * distance)::integer) as landed, origin, destination, distance, delay, local
    from utc order by flight`);
  await writeParquet(warehouse, files.flights, "select departed, landed, origin, destination, distance, delay from flights order by flight");
  await writeParquet(
    warehouse,
    files.days,
    `select flight, departed, landed, origin, destination, distance, delay, local::date as local_day,
      (hour(local) * 60 + minute(local))::integer as minute_of_day, isodow(local)::integer as weekday from flights order by flight`,
  );
  await warehouse.run("drop table flights");
}

/** Every nth flight of the period, as evenly as `count` allows: no chance, the same rows on every machine. */
async function writeSample(warehouse: Warehouse, file: string, period: string, count: number): Promise<void> {
  await writeParquet(
    warehouse,
    file,
    `with numbered as (select *, row_number() over (order by flight) - 1 as n, count(*) over () as total from days where ${period})
    select flight, departed as label_time, origin, destination, state as origin_state, distance, minute_of_day, weekday, delay > 15 as late
    from numbered join airports on code = origin where (n * ${count}) // total <> ((n - 1) * ${count}) // total or n = 0 order by flight`,
  );
}
