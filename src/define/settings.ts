// What the object of a definition may hold. A compiler says so too, but a config is run without one.
import { DefinitionError, didYouMean } from "../errors.ts";
import { told } from "./given.ts";

/** Throws a `DefinitionError` for a setting that is none, with its neighbour as the cure. */
export function refuseUnknown(value: object, known: readonly string[], where: string): void {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new DefinitionError({
      code: "CONFIG_NO_SETTINGS",
      what: `it takes settings in braces, not ${told(value)}`,
      where,
      cure: known.length === 0 ? "Leave it out" : `Write { ${known[0]}: ... }`,
    });
  const wrong = Object.keys(value).find((field) => !known.includes(field));
  if (wrong !== undefined)
    throw new DefinitionError({ code: "CONFIG_UNKNOWN_FIELD", what: `there is no setting '${wrong}'`, where, cure: didYouMean(wrong, known) });
}
