// Prometheus text, read: each line is checked against the format's grammar.

/** A scrape. */
export interface Scrape {
  /** The types of metrics, by name. */
  readonly types: ReadonlyMap<string, string>;
  readonly help: ReadonlyMap<string, string>;
  /** The label names of each metric, without those of histograms. */
  readonly labels: ReadonlyMap<string, ReadonlySet<string>>;
  /** The value of one series; undefined where there is none. Throws where there are two. */
  value(name: string, labels: Readonly<Record<string, string>>): number | undefined;
}

const LINE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (-?[\d.]+(?:e[+-]?\d+)?|NaN|[+-]Inf)$/;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"(?:,|$)/g;

/** Scrapes a server. */
export async function scrape(url: string): Promise<Scrape> {
  const response = await fetch(`${url}/metrics`);
  if (response.status !== 200 || response.headers.get("content-type")?.startsWith("text/plain; version=0.0.4") !== true)
    throw new Error(`${response.status} ${response.headers.get("content-type")}`);
  return readScrape(await response.text());
}

/** Reads Prometheus text. Throws on what is none. */
function readScrape(text: string): Scrape {
  const types = new Map<string, string>();
  const help = new Map<string, string>();
  const labelNames = new Map<string, Set<string>>();
  const series = new Map<string, number>();
  for (const line of text.split("\n").filter((one) => one !== "")) {
    const [, comment, about = "", said = ""] = /^# (TYPE|HELP) (\S+) (.+)$/.exec(line) ?? [];
    if (comment !== undefined) {
      (comment === "TYPE" ? types : help).set(about, said);
      continue;
    }
    const [, name = "", inner = "", value = ""] = LINE.exec(line) ?? [];
    const labels = [...inner.matchAll(LABEL)].map(([, label = "", text = ""]) => [label, text] as const);
    if (name === "" || labels.map(([label, of]) => `${label}="${of}"`).join() !== inner) throw new Error(`no line of a metric: ${line}`);
    const metric = types.has(name) ? name : name.replace(/_bucket$|_sum$|_count$/, "");
    if (!types.has(metric)) throw new Error(`of no type: ${line}`);
    const names = labelNames.get(metric) ?? new Set();
    for (const [label] of labels) if (label !== "le") names.add(label);
    labelNames.set(metric, names);
    const key = keyOf(name, Object.fromEntries(labels));
    if (series.has(key)) throw new Error(`twice: ${line}`);
    series.set(key, value.endsWith("Inf") ? Number(`${value}inity`) : Number(value));
  }
  return { types, help, labels: labelNames, value: (name, labels) => series.get(keyOf(name, labels)) };
}

function keyOf(name: string, labels: Readonly<Record<string, string>>): string {
  return JSON.stringify([name, Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1))]);
}
