// The files of the shop, from a seed: text with times in several zones and none, and times of SQL in every type.
import { belowOf, type Below } from "./seeds.ts";
import { Batches } from "../sources/batches.ts";
import { formatTime, MINUTE, parseTime, SECOND } from "../../src/time.ts";
import { TEXTS } from "./text-parts.ts";

/** Just before clocks are moved in the zones that are tried. */
const START = parseTime("2026-02-20");
const SPAN_MINUTES = 30 * 24 * 60;
/** What can stand in a file: no NUL, no half of a pair. */
const CATEGORIES = TEXTS.filter((text) => text !== "" && !text.includes("\0") && wellFormed(text) === text);

function wellFormed(text: string): string {
  return Buffer.from(text).toString();
}

/** Writes the files into a folder of their own. */
export async function shopFiles(): Promise<Batches> {
  const batches = await Batches.open();
  const below = belowOf("shop");
  await batches.text("purchases.csv", lines(purchase, 600, "order_id,user_id,at,loaded_at,amount,quantity,points,category,returned", below));
  await batches.text("checkouts.csv", lines(checkout, 150, "user_id,at,amount", below));
  await batches.text("clicks.ndjson", lines(click, 400, "", below).trimStart());
  const micros = `(${START} + i * 9999 * ${SECOND})`;
  await batches.parquet(
    "visits.parquet",
    `SELECT 'u' || (i % 9) AS user_id, make_timestamptz(${micros}) AS at, ['İzmir', 'ısparta', 'izmit', 'Ære', 'ß', 'co-op'][1 + i % 6] AS shop, (i * 0.37)::DECIMAL(12, 2) AS spent FROM range(300) r(i)`,
  );
  await batches.database(
    "shop.duckdb",
    `CREATE TABLE made.profiles AS SELECT 'u' || (i % 9) AS user_id, make_timestamptz(${micros}) AS since, CASE WHEN i % 7 = 0 THEN NULL ELSE 'tier ' || (i % 3) END AS tier, (i / 7.0)::FLOAT AS rating, i % 11 = 0 AS gone FROM range(200) r(i)`,
  );
  return batches;
}

function lines(line: (i: number, below: Below) => string, count: number, header: string, below: Below): string {
  return `${[header, ...Array.from({ length: count }, (_, i) => line(i, below))].join("\n")}\n`;
}

/** A moment as files spell it: in UTC with or without saying so, or in another zone. */
function spelt(micros: number, below: Below): string {
  const text = formatTime(micros).slice(0, -1);
  const shifted = (minutes: number): string => formatTime(micros + minutes * MINUTE).slice(0, -1);
  return [text, `${text}Z`, text.replace("T", " "), `${shifted(345)}+05:45`, `${shifted(-210)}-03:30`][below(5)] as string;
}

function moment(below: Below): number {
  return START + below(SPAN_MINUTES) * MINUTE + (below(3) === 0 ? below(60_000_000) : 0);
}

function purchase(i: number, below: Below): string {
  const at = moment(below);
  const category = CATEGORIES[below(CATEGORIES.length)] as string;
  const amount = below(12) === 0 ? "" : (below(2_000_000) - 500_000) / 700;
  const order = below(8) === 0 ? below(1 + i) : i;
  return `o${order},${below(30) === 0 ? "" : `u${below(9)}`},${spelt(at, below)},${spelt(at + below(3000) * MINUTE, below)},${amount},${below(6)},${(BigInt(below(2 ** 32)) ** 2n) >> 2n},"${category}",${below(7) === 0}`;
}

function checkout(_: number, below: Below): string {
  return `u${below(11)},${spelt(moment(below), below)},${below(100_000) / 300}`;
}

function click(i: number, below: Below): string {
  const page = wellFormed(TEXTS[below(TEXTS.length)] as string);
  return JSON.stringify({ user_id: `u${i % 9}`, at: spelt(START + below(SPAN_MINUTES / 8) * 8 * MINUTE, below), page, dwell: below(90_000) / 700 });
}
