// Runs the program of a page and says what its constants, its views and its training sets hold, as the page writes values.
import { createJiti } from "jiti";
import { join } from "node:path";
import { writeFile } from "node:fs/promises";
import * as asof from "asof";
import { isTimestamp } from "../../src/time.ts";
import { moduleOf, type Page } from "./page.ts";
import type { Service, Store, View } from "asof";

/** Whose values a page shows, and when. */
export interface Shown {
  readonly keys: Readonly<Record<string, string>>;
  readonly at: string;
}

/** What the program of a page gave, in the page's spelling. */
export interface PageRun {
  /** By the constant's name; of views `feature: value, ...`. */
  readonly constants: ReadonlyMap<string, string>;
  /** By `constant.feature`. */
  readonly features: ReadonlyMap<string, string>;
  /** The rows of each table's training set. */
  readonly sets: readonly (readonly Readonly<Record<string, string>>[])[];
}

type AnyView = View<string, unknown, unknown>;
type AnyService = Service<unknown, unknown, unknown>;
interface Module extends Readonly<Record<string, unknown>> {
  readonly trainings: (store: Store) => readonly (() => Promise<AsyncIterable<Readonly<Record<string, unknown>>>>)[];
}

/** Runs a page in a folder, which holds the files that it reads and becomes the current one. */
export async function runPage(page: Page, root: string, shown: Shown): Promise<PageRun> {
  const file = join(root, "page.ts");
  await writeFile(file, moduleOf(page));
  process.chdir(root);
  const module = await createJiti(import.meta.url, { fsCache: false, virtualModules: { asof } }).import<Module>(file);
  const all = Object.entries(module);
  const views = all.filter((entry): entry is [string, AnyView] => kindOf(entry[1]) === "view");
  const services = all.flatMap(([, value]) => (kindOf(value) === "service" ? [value as AnyService] : []));
  const every = asof.featureService("every_view", { features: views.map(([name, view]) => view.as(name)) as never }) as AnyService;
  const clock = asof.manualClock(asof.parseTime("2026-03-20"));
  const store = await asof.openStore(asof.defineConfig({ services: [every, ...services] }), { root, clock });
  const [row = {}] = await rowsOf(store.training(every, momentOf(every, shown) as never, { out: "sets/views" }) as never);
  const sets = [];
  for (const training of module.trainings(store)) sets.push(await rowsOf(training()));
  await store.close();
  const features = new Map(views.flatMap(([name, view]) => view.exposed.map((e) => [`${name}.${e.name}`, row[`${name}_${e.name}`] as string] as const)));
  const whole = views.map(([name, view]) => [name, view.exposed.map((e) => `${e.name}: ${features.get(`${name}.${e.name}`)}`).join(", ")] as const);
  return { constants: new Map([...all.map(([name, value]) => [name, spelt(value)] as const), ...whole]), features, sets };
}

/** The values that a page shows and the program does not give, a sentence each. */
export function differences({ values, tables }: Page, { constants, features, sets }: PageRun): string[] {
  const wrong = values.flatMap(({ line, constant, feature, text }) => {
    const is = feature === null ? constants.get(constant) : (features.get(`${constant}.${feature}`) ?? eachWindow(features, constant, feature));
    return is === text ? [] : [`line ${line}: ${feature ?? constant} is shown as ${text} and is ${is}`];
  });
  const wrongRows = tables.flatMap(({ line, columns, rows }, i) => {
    const is = (sets[i] ?? []).map((row) => columns.map((column) => row[column] ?? "no column").join(" | "));
    return is.join("\n") === rows.map((row) => row.join(" | ")).join("\n") ? [] : [`line ${line}: the set holds\n${is.join("\n")}`];
  });
  return [...wrong, ...wrongRows];
}

/** Features of views, as `view.feature`, whose value a page does not show. */
export function unshown({ values }: Page, { features }: PageRun): string[] {
  const isShown = (name: string): boolean =>
    values.some(({ constant, feature }) => (feature === null ? name.startsWith(`${constant}.`) : `${name}_`.startsWith(`${constant}.${feature}_`)));
  return [...features.keys()].filter((name) => !isShown(name));
}

/** The features that `overEach` makes of one. */
function eachWindow(features: PageRun["features"], constant: string, feature: string): string {
  const of = [...features].filter(([name]) => name.startsWith(`${constant}.${feature}_`));
  return of.map(([name, value]) => `${name.slice(constant.length + 1)}: ${value}`).join(", ");
}

function momentOf(service: AnyService, { keys, at }: Shown): unknown {
  const names = [...new Set(service.views.flatMap((view) => view.keyNames))];
  const row = Object.fromEntries(names.map((name) => [name, keys[name] ?? null]));
  const schema = { ...Object.fromEntries(names.map((name) => [name, asof.t.string().nullable()])), at: asof.t.timestamp() };
  return asof.labels("shown", { schema, at: "at", from: asof.rows([{ ...row, at: asof.timestamp(at) }]) });
}

async function rowsOf(set: Promise<AsyncIterable<Readonly<Record<string, unknown>>>>): Promise<Readonly<Record<string, string>>[]> {
  const rows: Readonly<Record<string, string>>[] = [];
  for await (const row of await set) rows.push(Object.fromEntries(Object.entries(row).map(([name, value]) => [name, spelt(value)])));
  return rows;
}

function kindOf(value: unknown): unknown {
  return typeof value === "object" && value !== null && "kind" in value ? value.kind : null;
}

/** A value as pages write it. */
function spelt(value: unknown): string {
  if (typeof value === "bigint") return `${value}n`;
  if (Array.isArray(value)) return `[${value.map(spelt).join(",")}]`;
  if (value instanceof Map) return `Map { ${[...value].map(([key, of]) => `${spelt(key)} => ${spelt(of)}`).join(", ")} }`;
  if (isTimestamp(value)) return value.toString();
  return typeof value === "object" && value !== null ? "[object]" : String(JSON.stringify(value));
}
