// The look at a function's text: what names more than the row, and what only looks so.
import { expect, test } from "vitest";
import { impurities, inexactMath, refuseImpure } from "./pure-text.ts";

const uses = (text: string): string[] => impurities(text).map(({ kind, uses: what }) => `${kind}: ${what}`);

test.each<readonly [string, readonly string[]]>([
  ["(p) => Date.now() - p.at", ["clock: Date.now"]],
  ["(p) => new Date()", ["clock: new Date"]],
  ["(p) => new Date", ["clock: new Date"]],
  ["(p) => Date()", ["clock: Date"]],
  ["(p) => performance.now()", ["clock: performance.now"]],
  ["(p) => process.hrtime.bigint()", ["clock: process.hrtime"]],
  ["(p) => Math.random() < 0.5", ["chance: Math.random"]],
  ["(p) => (0, _crypto.randomUUID)()", ["chance: randomUUID"]],
  ["(p) => [...process.env.X]", ["environment: process.env"]],
  ["(p) => fetch(p.url)", ["network: fetch"]],
  ["(p) => require('x')(p)", ["file: require"]],
  ["(p) => import('x')", ["file: import"]],
  ["(p) => readFileSync('x')", ["file: readFileSync"]],
  ["(p) => new Intl.NumberFormat('de')", ["locale: Intl.NumberFormat"]],
  ["(p) => p.x.toLocaleString()", ["locale: toLocaleString"]],
  ["(p) => p.x.localeCompare(p.y)", ["locale: localeCompare"]],
  ["(p) => new Date(0).getHours()", ["time zone: getHours"]],
  ["(p) => Math.pow(p.x, 2) + Math . log10(p.x)", ["inexact: Math.pow", "inexact: Math.log10"]],
  ["(p) => p.x ** 2", ["inexact: **"]],
  ["(p) => `${Math.exp(p.x)}`", ["inexact: Math.exp"]],
])("%s", (text, found) => {
  expect(uses(text)).toEqual(found);
});

test.each([
  "(p) => p.process.env + p.fetch(1) + p.Date.now",
  "(p) => new Date(p.ms).getUTCHours() + Date.UTC(1, 2) + Date.parse(p.text)",
  "(p) => p.text === 'Date.now()' || p.text === \"process.env\" || p.text === `fetch(1)`",
  "(p) => /* Date.now() ** */ p.x // Math.random()",
  "(p) => /Date.now()/.test(p.text)",
  "(process) => process.step",
  "({ performance }) => performance.now",
  "({ crypto: fetch }) => fetch(1)",
  "(p) => Math.sqrt(p.x) + Math.floor(p.x) + Math.imul(p.x, 2) + Math.powerful",
  "(p) => myMath.pow(p.x) + unfetch(p.x) + p.x / 2 / 3",
])("%s is the row's alone", (text) => {
  expect(uses(text)).toEqual([]);
});

test("what is refused is told with its cure; what is not exact is a warning", () => {
  expect(() => refuseImpure(() => Math.random(), "view v, feature f")).toThrow(
    "view v, feature f: a row function depends on chance (Math.random): () => Math.random(). Draw it where the rows are made, and read it as a column.",
  );
  refuseImpure((p: { readonly x: number }) => p.x ** 2, "view v, feature f");
  expect(inexactMath((p: { readonly x: number }) => p.x ** 2)).toEqual(["**"]);
});
