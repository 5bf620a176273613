// The flags of an example: numbers with defaults, and --json.
import { parseArgs } from "node:util";

/** The given numbers, or their defaults, and whether the result is wanted as a line of JSON. */
export type Flags<D> = { readonly [K in keyof D]: D[K] extends number ? number : string } & { readonly json: boolean };

/**
 * Reads the flags of this process: each takes a whole number above 0 where its default is one, else text. What is mistyped is told, with the
 * flags that there are, and ends the process with 2.
 */
export function readFlags<const D extends Readonly<Record<string, number | string>>>(defaults: D): Flags<D> {
  const options = Object.fromEntries(Object.entries(defaults).map(([name, value]) => [name, { type: "string" as const, default: String(value) }]));
  try {
    const given: Readonly<Record<string, unknown>> = parseArgs({ options: { ...options, json: { type: "boolean", default: false } } }).values;
    const read = Object.entries(defaults).map(([name, value]) => [name, typeof value === "number" ? whole(String(given[name]), name) : given[name]]);
    return { ...Object.fromEntries(read), json: given["json"] } as Flags<D>;
  } catch (error) {
    const known = Object.entries(defaults).map(([name, value]) => `  --${name} ${String(value)}`);
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\nflags, with their defaults:\n${known.join("\n")}\n  --json\n`);
    return process.exit(2);
  }
}

function whole(text: string, flag: string): number {
  const n = Number(text);
  if (Number.isSafeInteger(n) && n > 0) return n;
  throw new Error(`--${flag} takes a whole number above 0, not '${text}'`);
}
