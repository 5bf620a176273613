// The notebook: features as they are written in a hurry, one GROUP BY over the flight's whole local day.
import { quoted, type Table, type Warehouse } from "../common/warehouse.ts";

/**
 * Which flights of the same local day count. `whole_day`: all, the label's own row included, as GROUP BY has it.
 * `others`: all but its own row. `so_far`: those that had landed when it departed, the most that serving can have.
 */
export type SameDay = "whole_day" | "others" | "so_far";

const GROUPS: Readonly<Record<string, readonly string[]>> = { origin: ["origin"], destination: ["destination"], route: ["origin", "destination"] };

/** The notebook's features: three for each group. */
export const NOTEBOOK_FEATURES: readonly string[] = Object.keys(GROUPS).flatMap((group) => [`${group}_mean_delay`, `${group}_share_late`, `${group}_flights`]);

/** Loads the flights of `file` for `notebookFeatures`. */
export function loadDays(warehouse: Warehouse, file: string): Promise<void> {
  return warehouse.run(`create temp table days as select *, (delay > 15)::integer as was_late from ${quoted(file)}`);
}

/**
 * The notebook's features for the flights of `query` (their number is in its column `flight`), with the query's own
 * columns, in its order. The warehouse must have the days.
 */
export async function notebookFeatures(warehouse: Warehouse, query: string, sameDay: SameDay): Promise<Table> {
  await warehouse.run(`create or replace temp table wanted as select *, row_number() over () as position from (${query})`);
  const groups = Object.entries(GROUPS).map(([group, keys]) => ({ group, sql: GROUP_SQL[sameDay](keys) }));
  return warehouse.columns(`
    with own as (from days semi join wanted using (flight))
    select wanted.*, ${groups.map(({ group }) => `${group}.mean_delay as ${group}_mean_delay, ${group}.share_late as ${group}_share_late, ${group}.flights as ${group}_flights`).join(", ")}
    from wanted ${groups.map(({ group, sql }) => `join (${sql}) ${group} using (flight)`).join(" ")}
    order by position`);
}

const wholeDay = (keys: readonly string[]): string =>
  `select ${keys.join(", ")}, local_day, sum(delay) as delays, sum(was_late) as late, count(*) as n from days group by all`;

const GROUP_SQL: { readonly [K in SameDay]: (keys: readonly string[]) => string } = {
  whole_day: (keys) =>
    `select flight, delays / n as mean_delay, late / n as share_late, n as flights from own join (${wholeDay(keys)}) using (${keys.join(", ")}, local_day)`,
  others: (keys) => `select flight, (delays - delay) / nullif(n - 1, 0) as mean_delay, (late - was_late) / nullif(n - 1, 0) as share_late, n - 1 as flights
    from own join (${wholeDay(keys)}) using (${keys.join(", ")}, local_day)`,
  so_far: (keys) => `select own.flight, avg(d.delay) as mean_delay, avg(d.was_late) as share_late, count(d.delay) as flights
    from own left join days d on ${[...keys, "local_day"].map((key) => `d.${key} = own.${key}`).join(" and ")} and d.landed < own.departed group by own.flight`,
};
