// What a row function costs: asof's loops beside a loop over arrays written by hand, and rows behind a Proxy.
// Run by hand after a build: node bench/row-functions.mjs [folder of the build, to compare] [rows]
import { pathToFileURL } from "node:url";
import { resolve } from "node:path";

const folder = pathToFileURL(`${resolve(process.argv[2] ?? "dist")}/`).href;
const ROWS = Number(process.argv[3] ?? 1_000_000);
const RUNS = 11;
const [{ evaluate, select }, { probe }, { t }] = await Promise.all(
  ["kernel/evaluate.js", "plan/probe.js", "schema/value-type.js"].map((file) => import(folder + file)),
);

const schema = { amount: t.float64(), quantity: t.int32(), holed: t.float64().nullable(), category: t.string(), other: t.string(), paid: t.boolean() };
let state = 1;
const draw = () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 4_294_967_296;
const numbers = (of) => Float64Array.from({ length: ROWS }, of);
const text = (distinct, name) => ({
  kind: "string",
  ids: Int32Array.from({ length: ROWS }, () => Math.floor(draw() * distinct)),
  dictionary: Array.from({ length: distinct }, (_, i) => `${name} number ${i}`),
});
const columns = {
  amount: { kind: "float64", numbers: numbers(() => draw() * 100) },
  quantity: { kind: "int32", numbers: numbers(() => Math.floor(draw() * 10)) },
  holed: { kind: "float64", numbers: numbers(() => (draw() < 0.1 ? Number.NaN : draw())) },
  category: text(1000, "category"),
  other: text(1000, "other"),
  paid: { kind: "boolean", numbers: numbers(() => Math.floor(draw() * 2)) },
};
const [a, q, h, p] = ["amount", "quantity", "holed", "paid"].map((name) => columns[name].numbers);
const { ids, dictionary } = columns.category;

/** A row function, what it returns, and the same by hand over arrays, into `out`. */
const CASES = [
  [
    "one number",
    "float64",
    (row) => row.amount,
    (out) => {
      for (let i = 0; i < ROWS; i++) out[i] = a[i] + 0;
    },
  ],
  [
    "a product",
    "float64",
    (row) => row.amount * row.quantity,
    (out) => {
      for (let i = 0; i < ROWS; i++) out[i] = a[i] * q[i] + 0;
    },
  ],
  [
    "a condition",
    "float64",
    (row) => (row.paid ? row.amount : null),
    (out) => {
      for (let i = 0; i < ROWS; i++) out[i] = p[i] === 1 ? a[i] : Number.NaN;
    },
  ],
  [
    "a tenth null",
    "float64",
    (row) => (row.holed === null ? null : row.holed * row.amount),
    (out) => {
      for (let i = 0; i < ROWS; i++) out[i] = h[i] * a[i];
    },
  ],
  [
    "text, equal",
    "boolean",
    (row) => row.category === "category number 7",
    (out) => {
      for (let i = 0; i < ROWS; i++) out[i] = dictionary[ids[i]] === "category number 7" ? 1 : 0;
    },
  ],
  [
    "text, pattern",
    "boolean",
    (row) => /r 7\d*$/.test(row.category),
    (out) => {
      for (let i = 0; i < ROWS; i++) out[i] = /r 7\d*$/.test(dictionary[ids[i]]) ? 1 : 0;
    },
  ],
  [
    "two texts",
    "boolean",
    (row) => row.category.length > row.other.length,
    (out) => {
      for (let i = 0; i < ROWS; i++) out[i] = dictionary[ids[i]].length > columns.other.dictionary[columns.other.ids[i]].length ? 1 : 0;
    },
  ],
];

/** The same function on rows behind a Proxy. */
function behindProxy(value, out) {
  let at = 0;
  const row = new Proxy(
    {},
    {
      get: (_, name) => {
        const column = columns[name];
        if (column.kind === "string") return column.dictionary[column.ids[at]];
        const x = column.numbers[at];
        return x !== x ? null : column.kind === "boolean" ? x === 1 : x;
      },
    },
  );
  for (at = 0; at < ROWS; at++) out[at] = value(row) ?? Number.NaN;
}

/** Time of the processor, so that other programs do not show: that of V8's compiler is within it. */
const nanoseconds = (run) => {
  const start = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(start);
  return ((user + system) * 1000) / ROWS;
};
const median = (values) => values.toSorted((x, y) => x - y)[values.length >> 1];
const mishaps = { whereThrew: 0, threw: 0, infinite: 0 };
const offsets = Int32Array.of(0, ROWS);
const all = { offsets, eventTime: a, availableTime: a, until: null, index: null, length: ROWS };

console.log(`${ROWS} rows, Node ${process.version}, medians of ${RUNS} paired runs in CPU ns a row; each makes the column that it fills`);
for (const [name, kind, value, byHand] of CASES) {
  const view = { name: "bench", source: { schema }, inputs: [], features: [] };
  probe(value, schema, "bench");
  const { default: forProxy } = await import(`data:text/javascript,export default ${encodeURIComponent(String(value))}`); // a function of its own
  const runs = Array.from({ length: RUNS }, () => ({
    asof: nanoseconds(() => evaluate({ value, kind }, columns, all, view, mishaps)),
    hand: nanoseconds(() => byHand(new Float64Array(ROWS).fill(Number.NaN))),
    proxy: nanoseconds(() => behindProxy(forProxy, new Float64Array(ROWS).fill(Number.NaN))),
  })).slice(2);
  const of = (which) => median(runs.map((run) => run[which]));
  const ratio = (which) => median(runs.map((run) => run.asof / run[which]));
  console.log(
    `${name.padEnd(14)} asof ${of("asof").toFixed(2).padStart(7)}   by hand ${of("hand").toFixed(2).padStart(7)} (x ${ratio("hand").toFixed(2)})   Proxy ${of("proxy").toFixed(2).padStart(7)} (x ${ratio("proxy").toFixed(2)})`,
  );
}
const rows = { offsets, eventTime: a, availableTime: a, until: null, columns };
for (const [name, where] of [
  ["where, number", (row) => row.amount > 99],
  ["where, text", (row) => row.category === "category number 7"],
]) {
  probe(where, schema, "bench");
  const runs = Array.from({ length: RUNS }, () => nanoseconds(() => select(where, rows, schema, mishaps))).slice(2);
  console.log(`${name.padEnd(14)} asof ${median(runs).toFixed(2).padStart(7)}`);
}
