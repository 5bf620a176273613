// What `asof dev` shows: in a terminal a few lines that are drawn again, elsewhere a line whenever something happened.
import { formatDuration, formatTime, monotonic, MINUTE, SECOND, systemClock } from "../../time.ts";
import { table, thousands } from "../output.ts";
import type { Measures } from "./measures.ts";

/** Where no terminal is, counts are told at most every so many seconds, and only if they moved. */
const QUIET = 10;
/** News that stay on the screen. */
const NEWS = 8;

/** Shows how a project fares. */
export interface Dashboard {
  /** Tells something that happened. */
  say(text: string): void;
  /** Where the servers listen. */
  listening(features: string, events: string | null): void;
  /** Shows measures; null while the servers do not answer. */
  show(measures: Measures | null): void;
}

/** A dashboard on stderr. */
export function createDashboard(): Dashboard {
  return process.stderr.isTTY ? screen() : lines();
}

function lines(): Dashboard {
  const rate = rates();
  let told = "";
  let toldAt = 0;
  return {
    say: (text) => void process.stderr.write(`${text}\n`),
    listening: () => undefined,
    show: (measures) => {
      if (measures === null || monotonic() - toldAt < QUIET) return;
      const counts = `${measures.events}/${measures.requests}`;
      const text = summary(measures, rate(measures));
      if (counts !== told) process.stderr.write(`${text}\n`);
      told = counts;
      toldAt = monotonic();
    },
  };
}

function screen(): Dashboard {
  const rate = rates();
  const news: string[] = [];
  let where: readonly string[] = [];
  let fares: readonly string[] = ["starting"];
  let drawn = 0;
  const draw = (): void => {
    const width = process.stderr.columns;
    const all = [...where, ...fares, "", ...news].map((line) => (line.length < width ? line : `${line.slice(0, width - 4)}...`));
    const up = drawn === 0 ? "" : `\x1b[${drawn}A`;
    process.stderr.write(`${up}\r\x1b[J${all.join("\n")}\n`);
    drawn = all.length;
  };
  return {
    say: (text) => {
      const [time] = formatTime(Math.floor(systemClock.now() / SECOND) * SECOND)
        .split("T")
        .slice(1);
      news.push(...text.split("\n").map((line, i) => (i === 0 ? `${time ?? ""} ${line}` : line)));
      news.splice(0, news.length - NEWS);
      draw();
    },
    listening: (features, events) => {
      where = [`requests  ${features}`, ...(events === null ? [] : [`events    ${events}`])];
      draw();
    },
    show: (measures) => {
      fares = measures === null ? ["the servers do not answer yet"] : [summary(measures, rate(measures)), ...views(measures)];
      draw();
    },
  };
}

interface Rates {
  readonly events: number;
  readonly requests: number;
}

/** Events and requests a second since the measures before. */
function rates(): (measures: Measures) => Rates {
  let before: { readonly measures: Measures; readonly at: number } | null = null;
  return (measures) => {
    const at = monotonic();
    const seconds = before === null ? 0 : at - before.at;
    const rise = (of: "events" | "requests"): number => (before === null || seconds === 0 ? 0 : Math.max(0, measures[of] - before.measures[of]) / seconds);
    const found = { events: rise("events"), requests: rise("requests") };
    before = { measures, at };
    return found;
  };
}

function summary({ events, unusable, requests, refused, lag }: Measures, rate: Rates): string {
  const taken = `${thousands(events)} events (${rate.events.toFixed(1)}/s${unusable === 0 ? "" : `, ${thousands(unusable)} set aside or refused`})`;
  const answered = `${thousands(requests)} requests (${rate.requests.toFixed(1)}/s${refused === 0 ? "" : `, ${thousands(refused)} refused or failed`})`;
  return [...(lag === null ? [] : [taken, `lag ${lag.toFixed(1)} s`]), answered].join("   ");
}

/** How old the values of each view are: in seconds below a minute, else in minutes. */
function views({ asOf }: Measures): readonly string[] {
  if (asOf.size === 0) return [];
  const now = systemClock.now();
  const rows = [...asOf].map(([view, seconds]) => {
    const age = Math.max(0, now - seconds * SECOND);
    const unit = age < MINUTE ? SECOND : MINUTE;
    return [view, formatTime(Math.round(seconds) * SECOND), age < SECOND ? "now" : `${formatDuration(Math.floor(age / unit) * unit)} old`];
  });
  return table([["view", "as of", "age"], ...rows], "  ").split("\n");
}
