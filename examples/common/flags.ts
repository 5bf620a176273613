// The flags of an example: numbers, texts and switches, each with its default.
import { parseArgs } from "node:util";

/** What was given, or the defaults. */
export type Flags<D> = { readonly [K in keyof D]: D[K] extends number ? number : D[K] extends boolean ? boolean : string };

/**
 * Reads the flags of this process: one whose default is a number takes a whole number above 0, one whose default is false takes nothing. What is
 * mistyped is told, with the flags that there are, and ends the process with 2.
 */
export function readFlags<const D extends Readonly<Record<string, number | string | false>>>(defaults: D): Flags<D> {
  const flags = Object.entries(defaults);
  const types = flags.map(([name, value]) => [name, { type: value === false ? ("boolean" as const) : ("string" as const) }] as const);
  try {
    const given: Readonly<Record<string, string | boolean | undefined>> = parseArgs({ options: Object.fromEntries(types) }).values;
    return Object.fromEntries(
      flags.map(([name, value]) => {
        const text = given[name] ?? value;
        return [name, typeof value === "number" ? whole(String(text), name) : text];
      }),
    ) as Flags<D>;
  } catch (error) {
    const known = flags.map(([name, value]) => (value === false ? `  --${name}` : `  --${name} ${String(value)}`));
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\nflags, with their defaults:\n${known.join("\n")}\n`);
    return process.exit(2);
  }
}

function whole(text: string, flag: string): number {
  const n = Number(text);
  if (Number.isSafeInteger(n) && n > 0) return n;
  throw new Error(`--${flag} takes a whole number above 0, not '${text}'`);
}
