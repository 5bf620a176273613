// What no version can cover, said where it is found and completed with the place where the definition stands.
import { DefinitionError } from "../../errors.ts";

/** A function or a captured value that cannot become part of a version. */
export class Refusal extends Error {
  readonly code: string;
  readonly cure: string;

  constructor(code: string, what: string, cure: string) {
    super(what);
    this.code = code;
    this.cure = cure;
  }

  /** The error as a user meets it: `place` as in `view spending, feature spend_7d`, `text` of the function that the definition names. */
  at(place: string | undefined, text: string): DefinitionError {
    const line = text.replaceAll(/\s+/g, " ");
    const excerpt = line.length > 80 ? `${line.slice(0, 80)}...` : line;
    const what = `its function \`${excerpt}\` ${this.message}`;
    return new DefinitionError({ code: this.code, what, cure: this.cure, ...(place === undefined ? {} : { where: place }) });
  }
}

/** A function whose meaning its text does not tell. `trail`: the captured names that lead there; empty for the function itself. */
export function unreadable(trail: string, what: string, cure: string): Refusal {
  return new Refusal("DEFINITION_UNREADABLE_FUNCTION", trail === "" ? what : `calls on '${trail}', which ${what}`, cure);
}

/** A captured value whose content cannot be seen, or means nothing tomorrow. */
export function opaque(trail: string, what: string): Refusal {
  const cure = "Capture constants, arrays, plain objects, Map, Set, Date, RegExp and functions of these, or make it inside the function";
  return new Refusal("DEFINITION_OPAQUE_CAPTURE", `captures '${trail}', ${what}, which a version cannot cover`, cure);
}

/** A function that changes what outlives it: its values would depend on the rows before. */
export function stateful(trail: string, name: string): Refusal {
  const who = trail === "" ? "" : `calls on '${trail}', which `;
  const cure = "A row function depends on its row alone: change local variables and copies only";
  return new Refusal("DEFINITION_STATEFUL_FUNCTION", `${who}changes '${name}', which lives outside of it`, cure);
}
