// The data and the view of the benchmark of aggregates: sales of a shop, and a feature for every aggregate that a definition can call.

const KEYS = 100_000;
const [BEGIN, DAY, DAYS] = [1_767_225_600_000_000, 86_400_000_000, 60]; // 2026-01-01, in microseconds
/** From 0 up to 1 by row and column, the same each time. */
const draw = (column) => `(hash(range, ${column}) % 1000000007) / 1000000007`;
/** Few customers buy often, most seldom: the busiest has 0.3 % of all sales. */
const customer = (column) => `'customer ' || floor(${KEYS} * pow(${draw(column)}, 2))::INTEGER`;
const moment = (micros) => `make_timestamptz((${micros})::BIGINT)`;
const orNull = (share, column, value) => `CASE WHEN ${draw(column)} >= ${share} THEN ${value} END`;

/** Sales, to the minute, so that many tie. A fifth is known late, up to an hour or up to two days. */
export const salesQuery = (
  rows,
) => `SELECT customer_id, ${moment("happened")} AS at, ${moment("happened + late")} AS loaded_at, * EXCLUDE (customer_id, happened, late) FROM (
  SELECT ${customer(1)} AS customer_id, ${BEGIN} + 60000000 * floor(${draw(2)} * ${DAYS * 1440}) AS happened,
    CASE WHEN ${draw(3)} < 0.8 THEN 1000000 WHEN ${draw(3)} < 0.98 THEN ${draw(4)} * 3600000000 ELSE ${draw(4)} * ${2 * DAY} END AS late,
    ${orNull(0.1, 5, `100 * ${draw(6)}`)} AS amount, ${orNull(0.1, 7, `round(100 * ${draw(8)}, 2)`)} AS price, floor(1e6 * ${draw(9)})::BIGINT AS cents,
    ${orNull(0.05, 10, `'category ' || floor(50 * ${draw(11)})::INTEGER`)} AS category,
    ${orNull(0.05, 12, `'item ' || floor(10000 * ${draw(13)})::INTEGER`)} AS item, ${orNull(0.1, 14, `${draw(15)} < 0.6`)} AS paid
  FROM range(${rows}))`;

/** Labels: every customer once within the last days, and then as customers buy, at any time. */
export const labelsQuery = (labels) => `SELECT CASE WHEN range < ${KEYS} THEN 'customer ' || range ELSE ${customer(21)} END AS customer_id,
  ${moment(`${BEGIN} + ${DAY} * CASE WHEN range < ${KEYS} THEN ${DAYS} - 5 * ${draw(22)} ELSE ${DAYS} * ${draw(22)} END`)} AS at FROM range(${labels})`;

const WINDOW = "50d";

/** Every aggregate in a window that most rows are in; `by`, fading and sessions for those that are taken so most. */
const features = (call) => ({
  count: call.count().over(WINDOW),
  exists: call.exists((r) => r.paid).over(WINDOW),
  sum: call.sum((r) => r.amount).over(WINDOW),
  sum_decimal: call.sum((r) => r.price, { scale: 2 }).over(WINDOW),
  sum_int64: call.sum((r) => r.cents).over(WINDOW),
  mean: call.mean((r) => r.amount).over(WINDOW),
  variance: call.variance((r) => r.amount).over(WINDOW),
  variance_int64: call.variance((r) => r.cents).over(WINDOW),
  stddev: call.stddev((r) => r.amount).over(WINDOW),
  min: call.min((r) => r.amount).over(WINDOW),
  max: call.max((r) => r.amount).over(WINDOW),
  max_text: call.max((r) => r.item).over(WINDOW),
  quantile: call.quantile((r) => r.amount, 0.9).over(WINDOW),
  quantile_text: call.quantile((r) => r.category, 0.5).over(WINDOW),
  first: call.first((r) => r.amount).over(WINDOW),
  firstN: call.firstN((r) => r.item, 5).over(WINDOW),
  last: call.last((r) => r.amount).over(WINDOW),
  lastN: call.lastN((r) => r.item, 5).over(WINDOW),
  distinctCount: call.distinctCount((r) => r.item).over(WINDOW),
  distinctLastN: call.distinctLastN((r) => r.item, 5).over(WINDOW),
  topK: call.topK((r) => r.item, 5).over(WINDOW),
  valueCounts: call.valueCounts((r) => r.category).over(WINDOW),
  timeSinceLast: call.timeSinceLast((r) => r.paid).over(WINDOW),
  currentItems: call.currentItems((r) => r.category, { add: (r) => r.paid }).over(WINDOW),
  sum_decayed: call
    .sum((r) => r.amount)
    .decayed("7d")
    .over(WINDOW),
  count_decayed: call.count().decayed("7d").over(WINDOW),
  sum_by: call
    .sum((r) => r.amount)
    .by((r) => r.category)
    .over(WINDOW),
  count_by_item: call
    .count()
    .by((r) => r.item)
    .over(WINDOW),
  sum_session: call.sum((r) => r.amount).session("1d"),
});

/** What a project would define, over the files that the queries above were written to. */
export function definitions({ entity, events, featureService, featureView, labels, parquet, streaming, t }, files) {
  const sales = events("sales", {
    schema: {
      customer_id: t.string(),
      at: t.timestamp(),
      loaded_at: t.timestamp(),
      amount: t.float64().nullable(),
      price: t.float64().nullable(),
      cents: t.int64(),
      category: t.string().nullable(),
      item: t.string().nullable(),
      paid: t.boolean().nullable(),
    },
    eventTime: "at",
    availableAt: "loaded_at",
    batch: parquet(files.sales),
  });
  const view = featureView("buying", { entity: entity("customer", { customer_id: t.string() }), source: sales, refresh: streaming(), features });
  const labelled = labels("labels", { schema: { customer_id: t.string(), at: t.timestamp() }, at: "at", from: parquet(files.labels) });
  return { service: featureService("buying", { features: [view] }), labelled };
}
