// docs/serving.md: its metrics are those that the servers give, and the reverse; its endpoints, flags and log line are real.
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { click, INPUT, openProject, TICK, type Project } from "./project.ts";
import { createProgram } from "../../src/cli/program.ts";
import { scrape, type Scrape } from "./scrape.ts";

const page = readFileSync(new URL("../../docs/serving.md", import.meta.url), "utf8");

/** The rows of all tables of a section, each as its cells. */
function rowsOf(heading: string): readonly (readonly string[])[] {
  const section = page.split(/^##+ /m).find((part) => part.startsWith(`${heading}\n`)) ?? "";
  const rows = section.split("\n").filter((line) => line.startsWith("| `"));
  return rows.map((row) =>
    row
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

const plain = (cell: string | undefined): string => (cell ?? "").replaceAll("`", "");

let project: Project;
beforeAll(async () => {
  project = await openProject();
  await project.store.materialize({ views: ["history"], mode: { kind: "tick", tick: Date.parse(TICK) * 1000 } });
  await fetch(`${project.features.url}/v1/features/checkout`, {
    method: "POST",
    headers: { traceparent: `00-${"a".repeat(32)}-${"b".repeat(16)}-01` },
    body: JSON.stringify({ input: INPUT }),
  });
  await fetch(`${project.events.url}/v1/events/clicks`, { method: "POST", body: JSON.stringify(click("1")) });
});
afterAll(() => project.close());

/** A table's metrics, as `name type labels`, beside a scrape's own. */
const ofPage = (heading: string): readonly string[] => rowsOf(heading).map(([name, type, labels]) => `${plain(name)} ${type} ${labels}`);
const ofScrape = ({ types, labels }: Scrape): readonly string[] =>
  [...types].filter(([name]) => name.startsWith("asof_")).map(([name, type]) => `${name} ${type} ${[...(labels.get(name) ?? [])].join(", ")}`);

describe("the metrics of the page", () => {
  test.each([
    ["The server of features", "features"],
    ["The server of events", "events"],
  ] as const)("%s: they are those that it gives, and no other", async (heading, server) => {
    const read = await scrape(project[server].url);
    expect(ofPage(heading).toSorted()).toEqual(ofScrape(read).toSorted());
    const others = [...read.types.keys()].filter((name) => !name.startsWith("asof_"));
    expect(others.length).toBeGreaterThan(15);
    expect(others.filter((name) => !/^(process|nodejs)_/.test(name))).toEqual([]);
    for (const name of read.types.keys()) expect(read.help.get(name)).toMatch(/\w{3}/);
  });
});

test("the endpoints of the page are those of the documents", async () => {
  const told = rowsOf("Endpoints").flatMap(([endpoint, of]) =>
    (plain(of) === "both" ? ["serve", "stream"] : [plain(of)]).map((server) => `${server} ${plain(endpoint)}`),
  );
  const own = async (server: string, url: string): Promise<readonly string[]> => {
    const { error } = (await (await fetch(`${url}/nowhere`)).json()) as { readonly error: { readonly cure: string } };
    return error.cure
      .replace("There are: ", "")
      .split(", ")
      .map((route) => `${server} ${route}`);
  };
  expect(told.toSorted()).toEqual([...(await own("serve", project.features.url)), ...(await own("stream", project.events.url))].toSorted());
});

test("the flags of the page are those of the commands", () => {
  const { commands, options } = createProgram();
  const told = rowsOf("Start").flatMap(([flag, of]) =>
    (plain(of) === "both" ? ["serve", "stream"] : [plain(of)]).map((command) => `${command} ${plain(flag)}`),
  );
  const own = commands
    .filter((command) => ["serve", "stream"].includes(command.name()))
    .flatMap((command) => command.options.map(({ flags }) => `${command.name()} ${flags}`));
  expect(told.filter((flag) => !flag.endsWith("--json")).toSorted()).toEqual(own.toSorted());
  expect(options.map(({ flags }) => flags)).toContain("--json");
});

test("the line of the log on the page has the fields of a real one", async () => {
  await expect.poll(() => project.lines.filter(({ service }) => service === "checkout").length).toBeGreaterThan(0);
  const shown = JSON.parse(/^\{"level".*$/m.exec(page)?.[0] ?? "") as object;
  expect(Object.keys(shown)).toEqual(Object.keys(project.lines.find(({ service }) => service === "checkout") ?? {}));
});
