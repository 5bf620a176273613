// Airports and their clocks: the data has the origin's wall clock, asof wants UTC.
import lookup from "@photostructure/tz-lookup";
import type { Table } from "../common/warehouse.ts";

/** An airport's offsets from UTC in minutes, before and after the change to summer time. */
export interface AirportClock {
  readonly code: string;
  readonly winter: number;
  readonly summer: number;
}

/**
 * The one change of clocks in the data: 1 April 2001, from 02:00 to 03:00. A wall clock inside the gap is read with
 * the offset before it, so the summer offset begins at 03:00. January to June has no hour that occurs twice.
 */
export const SUMMER_BEGINS = "2001-04-01 03:00:00";

/** The clock of each airport, from its place. `airports` has iata, state, latitude and longitude. */
export function airportClocks(airports: Table): AirportClock[] {
  const states = airports.texts("state");
  const latitudes = airports.numbers("latitude");
  const longitudes = airports.numbers("longitude");
  const offsets = new Map<string, Omit<AirportClock, "code">>();
  return airports.texts("iata").map((code, i) => {
    // The map of zones puts two airports of the Alaskan panhandle into Canada; all of Alaska keeps one clock but for islands without flights here.
    const zone = states[i] === "AK" ? "America/Anchorage" : lookup(latitudes[i] as number, longitudes[i] as number);
    const known = offsets.get(zone) ?? zoneOffsets(zone);
    offsets.set(zone, known);
    return { code, ...known };
  });
}

function zoneOffsets(zone: string): Omit<AirportClock, "code"> {
  const winter = offsetAt(zone, Date.UTC(2001, 0, 15));
  const summer = offsetAt(zone, Date.UTC(2001, 5, 15));
  const change = Date.UTC(2001, 3, 1, 2) - winter * 60_000;
  if (offsetAt(zone, change - 60_000) !== winter || offsetAt(zone, change) !== summer)
    throw new Error(`${zone} did not change its clocks on 2001-04-01 at 02:00`);
  return { winter, summer };
}

/** The offset of a zone in minutes at a moment: its wall clock, read as if it were UTC, less the moment. */
function offsetAt(zone: string, moment: number): number {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
  });
  const part = Object.fromEntries(format.formatToParts(moment).map(({ type, value }) => [type, Number(value)]));
  return (Date.UTC(part["year"] as number, (part["month"] as number) - 1, part["day"], part["hour"], part["minute"]) - moment) / 60_000;
}
