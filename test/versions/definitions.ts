// Row functions in the forms that users write them, whose versions must not depend on how this file is loaded.
import { createHash } from "node:crypto";
import path from "node:path";
import scale, { NAMES } from "./numbers.ts";
import { clamp, factorial, isEven, LIMIT as most, lookUp, Money, over, renamed, settings, vat } from "./row-helpers.ts";
import * as helpers from "./row-helpers.ts";

interface Row {
  readonly amount: number;
  readonly category: string;
  readonly at: Date;
  readonly note?: string | null;
}

const launch = new Date("2026-01-01");
const word = /^[a-z]+$/i;
const bytes = new Uint8Array([1, 2, 3]);
const DAY = 24 * 60 * 60;
const COLUMN = "amount";
const { floor } = Math;
const inner = { big: 1n, none: undefined, nothing: null, set: new Set(["x"]), zero: -0 };

export const functions: Readonly<Record<string, (row: Row) => unknown>> = {
  plain: (p) => p.amount * 2,
  typed: (p: Row): number => (p.amount satisfies number) * 2,
  conditional: (p) => (p.category === "books" ? p.amount : null),
  optional: (p) => p.note?.length ?? 0,
  helper: (p) => clamp(p.amount),
  recursive: (p) => factorial(p.amount),
  mutuallyRecursive: (p) => isEven(p.amount),
  transitive: (p) => lookUp(p.category),
  namespace: (p) => helpers.clamp(p.amount) + helpers.LIMIT,
  defaultImport: (p) => scale(p.amount),
  list: (p) => NAMES.includes(p.category),
  renamedMap: (p) => renamed.get(p.category) ?? null,
  over3: over(3),
  over5: over(5),
  renamedConstant: (p) => p.amount > most * 2,
  made: (p) => new Money(p.amount).cents,
  instance: (p) => vat.of(p.amount),
  member: (p) => p.amount > settings.limit,
  method: (p) => settings.above(p.amount),
  memberFunction: (p) => settings.next(p.amount),
  deep: (p) => settings.nested.steps[1] + p.amount,
  date: (p) => p.at > launch,
  pattern: (p) => word.test(p.category),
  bytes: (p) => bytes[p.amount],
  folded: (p) => Math.floor(p.amount / DAY),
  intrinsic: (p) => floor(p.amount),
  computedName: (p) => p[COLUMN] + 1,
  object: (p) => (inner as Readonly<Record<string, unknown>>)[p.category],
  builtin: (p) => createHash("sha256").update(p.category).digest("hex"),
  builtinDefault: (p) => path.extname(p.category),
  shorthand(p) {
    let total = 0;
    for (const x of [1, 2]) {
      total += x * p.amount;
    }
    return total;
  },
  named: function again(p): unknown {
    return p.amount > 1 ? again({ ...p, amount: 1 }) : p.amount;
  },
  destructured: ({ amount, category: kind, ...rest }) => `${kind}:${amount}:${Object.keys(rest).length}`,
  template: (p) => `${COLUMN}_${p.category}`,
  caught: (p) => {
    try {
      return JSON.parse(p.category) as unknown;
    } catch {
      return null;
    }
  },
  quotes: (p) => p.category === "it's" || p.category === "\u00e9",
  globals: (p) => Number.isInteger(p.amount) && [Number.NaN, Infinity, undefined, -1, -most].includes(p.amount),
};
