// The shop's past as its warehouse holds it: purchases with the night that loaded them, baskets, checkouts, chargebacks.
import { createWriteStream, mkdirSync, rmSync, type WriteStream } from "node:fs";
import { once } from "node:events";
import { join } from "node:path";
import { openWarehouse, quoted, writeParquet } from "../common/warehouse.ts";
import { chanceOf, type Chance } from "./chance.ts";
import { CATEGORIES, type Shop, type User } from "./people.ts";
import { amountOf, chargebackAfter, isPaid, returnAfter, visitOf, type Visit } from "./visit.ts";

const DAY = 86_400_000;
/** Purchases are on record for so many days: the oldest checkout that is learnt from has the two months before it. */
const PURCHASE_DAYS = 135;
/** Baskets are on record for so many, and of one user in so many: a pilot. The live part has everybody's. */
const BASKET_DAYS = 75;
const PILOT = 4;

/** The tables, with their columns as DuckDB names types. Times are milliseconds. */
const TABLES = {
  purchases: { order_id: "varchar", user_id: "varchar", at: "time", loaded_at: "time", amount: "double", category: "varchar" },
  "basket-events": {
    event_id: "varchar",
    session_id: "varchar",
    user_id: "varchar",
    at: "time",
    kind: "varchar",
    item_id: "varchar",
    category: "varchar",
    price: "double",
  },
  checkouts: { order_id: "varchar", user_id: "varchar", session_id: "varchar", amount: "double", at: "time" },
  chargebacks: { order_id: "varchar", at: "time", loaded_at: "time" },
} as const;
type TableName = keyof typeof TABLES;

/** How many rows were written, table by table. */
export type Written = Readonly<Record<TableName, number>>;

/** Takes rows, value by value in the table's order. */
type Add = (table: TableName, ...row: readonly (string | number)[]) => void;

/** Writes the past up to `now`, in milliseconds, into a folder: one Parquet file for each table, in order of time. */
export async function writeHistory(folder: string, shop: Shop, seed: number, now: number): Promise<Written> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const names = Object.keys(TABLES) as TableName[];
  const written = { purchases: 0, "basket-events": 0, checkouts: 0, chargebacks: 0 };
  const outputs = new Map<TableName, WriteStream>(names.map((name) => [name, createWriteStream(join(folder, `${name}.csv`))]));
  const chance = chanceOf(seed + 1);
  for (const [i, user] of shop.users.entries()) {
    const lines = new Map<TableName, string>(names.map((name) => [name, ""]));
    const add: Add = (table, ...row) => {
      written[table]++;
      lines.set(table, `${lines.get(table)}${row.join(",")}\n`);
    };
    pastOf(shop, user, i, now, chance, add);
    for (const [name, text] of lines) if (outputs.get(name)?.write(text) === false) await once(outputs.get(name) as WriteStream, "drain");
  }
  for (const output of outputs.values()) {
    output.end();
    await once(output, "close");
  }
  await toParquet(folder, names);
  return written;
}

async function toParquet(folder: string, names: readonly TableName[]): Promise<void> {
  const warehouse = await openWarehouse();
  try {
    for (const name of names) {
      const types = Object.entries(TABLES[name]);
      const read = types.map(([column, type]) => `'${column}': '${type === "time" ? "double" : type}'`).join(", ");
      const columns = types.map(([column, type]) => (type === "time" ? `make_timestamp(("${column}" * 1000)::bigint) as "${column}"` : column)).join(", ");
      const csv = join(folder, `${name}.csv`);
      await writeParquet(
        warehouse,
        join(folder, `${name}.parquet`),
        `select ${columns} from read_csv(${quoted(csv)}, header = false, columns = {${read}}) order by "at"`,
      );
      rmSync(csv);
    }
  } finally {
    warehouse.close();
  }
}

/** All that one user, or a thief with the account, ever did. */
function pastOf(shop: Shop, user: User, number: number, now: number, chance: Chance, add: Add): void {
  let visits = 0;
  const visitAt = (begins: number, stolen?: boolean): void => {
    const visit = visitOf(shop, user, chance, stolen);
    const ended = record(visit, `s${number}-${visits++}`, begins, { now, inPilot: number % PILOT === 0, chance, add });
    const again = returnAfter(visit, chance);
    if (again !== null && ended + again < now) visitAt(ended + again, true);
  };
  for (let at = now - PURCHASE_DAYS * DAY + chance.waiting(DAY / user.often); at < now; at += chance.waiting(DAY / user.often)) visitAt(Math.floor(at));
}

interface Recording {
  readonly now: number;
  readonly inPilot: boolean;
  readonly chance: Chance;
  readonly add: Add;
}

/** Writes what came of a visit, as far as it is known by now; gives when its last step was. */
function record(visit: Visit, session: string, begins: number, { now, inPilot, chance, add }: Recording): number {
  const { user, steps } = visit;
  const kept = inPilot && begins > now - BASKET_DAYS * DAY;
  const amount = amountOf(steps);
  let at = begins;
  for (const [i, { gap, kind, item }] of steps.entries()) {
    at = Math.floor(at + gap);
    if (!kept || at >= now) continue;
    const category = item === null ? "" : categoryName(item.category);
    add("basket-events", `${session}-${i}`, session, user.id, at, kind, item?.id ?? "", category, item?.price ?? amount);
  }
  if (!isPaid(visit) || at >= now) return at;
  const order = `o-${session}`;
  const dearest = steps.reduce(
    (most, { item }) => (item !== null && item.price > most.price ? item : most),
    steps[0]?.item as NonNullable<(typeof steps)[0]["item"]>,
  );
  const loaded = loadedAfter(at, chance.is(0.06) ? 1 + chance.below(3) : 0);
  if (loaded < now) add("purchases", order, user.id, at, loaded, amount, categoryName(dearest.category));
  if (kept) add("checkouts", order, user.id, session, amount, at);
  const days = chargebackAfter(visit, chance);
  const back = at + (days ?? Infinity) * DAY;
  if (loadedAfter(back, 0) < now) add("chargebacks", order, Math.floor(back), loadedAfter(back, 0));
  return at;
}

function categoryName(category: number): string {
  return (CATEGORIES[category] as (typeof CATEGORIES)[0])[0];
}

/** When the load of the night after a moment, or of some nights later, is through: after one o'clock UTC, not every night at the same minute. */
function loadedAfter(at: number, nightsLater: number): number {
  const night = Math.floor(at / DAY) + 1 + nightsLater;
  return night * DAY + 3_600_000 + ((night * 7919) % 45) * 60_000;
}
