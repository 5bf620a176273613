// One machine's digests: run with the parts that are wanted (all of them by default), it prints them as a line of JSON.
import { DEFINITION_PARTS } from "./definition-parts.ts";
import { DIFFERENT, TEXT_PARTS } from "./text-parts.ts";
import { digestOf, type Part } from "./part.ts";
import { shopFiles } from "./files.ts";
import { storeParts } from "./store-parts.ts";
import { STATES, SWEEPS } from "./kernel-parts.ts";

/** What a machine says. */
export interface Report {
  /** The digest of each part. */
  readonly parts: Readonly<Record<string, string>>;
  /** What shows which machine it is. */
  readonly different: Readonly<Record<string, string>>;
  readonly node: string;
}

const wanted = process.argv.slice(2);
const batches = await shopFiles();
const parts: Record<string, string> = {};
try {
  for (const part of [...TEXT_PARTS, ...DEFINITION_PARTS, ...SWEEPS, ...STATES, ...storeParts(batches)] satisfies Part[]) {
    if (wanted.length === 0 || wanted.some((start) => part.name.startsWith(start))) parts[part.name] = await digestOf(part);
  }
} finally {
  await batches.close();
}
const different = Object.fromEntries(Object.entries(DIFFERENT).map(([name, show]) => [name, show()]));
console.log(JSON.stringify({ parts, different, node: process.version } satisfies Report));
