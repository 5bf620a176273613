// One thing that is looked at, and what was found.
import { AsofError, UsageError } from "../../errors.ts";

/** What was found of one thing. */
export interface Check {
  readonly name: string;
  readonly ok: boolean;
  /** What was found, or what is wrong. */
  readonly found: string;
  readonly cure: string | null;
}

/** Looks at something: what `look` gives is well, what it throws is wrong. */
export async function check(name: string, look: () => Promise<string> | string): Promise<Check> {
  try {
    return { name, ok: true, found: await look(), cure: null };
  } catch (error) {
    if (!(error instanceof AsofError))
      return { name, ok: false, found: (error as Error).message.split("\n")[0] ?? "", cure: "Install the packages again: npm install" };
    const { what, where, cure } = error;
    return { name, ok: false, found: where === undefined ? what : `${what} (${where})`, cure: cure ?? null };
  }
}

/** What is thrown for something that is wrong. */
export function problem(what: string, cure: string): UsageError {
  return new UsageError({ code: "DOCTOR_PROBLEM", what, cure });
}
