// Every form of definition there is, and which of them the code of a page does not use.
import { readdirSync, readFileSync } from "node:fs";
import * as AGGREGATES from "../../src/aggregate/aggregates.ts";
import * as asof from "asof";
import { aggregates } from "../../src/define/aggregate.ts";
import { CALLED } from "../../src/define/aggregate-call.ts";
import type { Page } from "./page.ts";

/** What is asked for by no form of its own: classes of errors, which `AsofError` stands for, and the clock that a store has anyway. */
const isLeftOut = (name: string): boolean => (name.endsWith("Error") && name !== "AsofError") || name === "systemClock";
const DEFINE = new URL("../../src/define/", import.meta.url);

const { count } = aggregates<{ readonly x: number }>();
const source = asof.events("s", {
  schema: { at: asof.t.timestamp(), id: asof.t.string() },
  eventTime: "at",
  availableAt: { delay: "0s" },
  batch: asof.rows([]),
});
const entity = asof.entity("e", { id: asof.t.string() });
const view = asof.featureView("v", { entity, source, refresh: asof.streaming(), features: () => ({ n: count().lifetime() }) });
const service = asof.featureService("v", { features: [view] });

/** The methods of what definitions hand out, such as `over` and `pick`. */
const METHODS: readonly string[] = [count(), count().lifetime(), entity, view, service, asof.t.string()].flatMap((made) =>
  [...Object.keys(made), ...Object.getOwnPropertyNames(Object.getPrototypeOf(made))].filter(
    (name) => !Object.hasOwn(Object.prototype, name) && typeof (made as unknown as Record<string, unknown>)[name] === "function",
  ),
);

/** The settings that a definition may hold, by the lists that refuse all others. */
const SETTINGS: ReadonlySet<string> = new Set([
  ...readdirSync(DEFINE)
    .filter((file) => !file.endsWith(".test.ts"))
    .flatMap((file) => [...readFileSync(new URL(file, DEFINE), "utf8").matchAll(/refuseUnknown\([^[;]*\[([^\]]*)\]/g)])
    .flatMap(([, list = ""]) => [...list.matchAll(/"(\w+)"/g)].map(([, name]) => name as string)),
  ...Object.values(AGGREGATES).flatMap(({ form }) => form?.options ?? []),
]);

/** How many forms there are: a list that comes out empty would miss nothing. */
export const COUNTS = { aggregates: CALLED.length, methods: METHODS.length, settings: SETTINGS.size, exports: Object.keys(asof).length };

/** The forms that the page's code does not use; aggregates count only where their value is shown. */
export function missingForms({ code, values, tables }: Page): string[] {
  const lines = code.split("\n");
  const shown = values.map(({ line }) => lines[line - 1] as string).join("\n");
  const used = [code.replaceAll(/^import [\s\S]*?;$/gm, ""), ...tables.map(({ call }) => call.options)].join("\n");
  return [
    ...[...CALLED, "latest"].filter((name) => !new RegExp(`\\b${name}\\(`).test(shown)).map((name) => `the aggregate ${name}(...)`),
    ...Object.keys(asof.t)
      .filter((name) => !used.includes(`t.${name}()`))
      .map((name) => `the type t.${name}()`),
    ...METHODS.filter((name) => !used.includes(`.${name}(`)).map((name) => `.${name}(...)`),
    ...[...SETTINGS].filter((name) => !new RegExp(`\\b${name}(: |,| \\})`).test(used)).map((name) => `the setting ${name}`),
    ...Object.keys(asof)
      .filter((name) => !isLeftOut(name) && !new RegExp(`(?<![\\w./"])${name}\\b(?!:)`).test(used))
      .map((name) => `the export ${name}`),
  ];
}
