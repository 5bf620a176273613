// Names: what may be called what, so that a name is safe as a column, a key, a path and a JSON field.
import { DefinitionError } from "../errors.ts";
import { told } from "./given.ts";

const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;
const RESERVED: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype", "hasOwnProperty", "toString", "valueOf"]);

/** The name itself, if an entity, source, view, service, feature or key may bear it; throws a `DefinitionError` otherwise. */
export function checkName<N extends string>(name: N, what: string): N {
  if (typeof name === "string" && NAME.test(name) && !RESERVED.has(name)) return name;
  throw new DefinitionError({
    code: "DEFINITION_BAD_NAME",
    what: `${JSON.stringify(name)} cannot be the name of ${what}`,
    cure: "Use letters, digits and _, not starting with a digit, at most 128, and none of JavaScript's own words such as __proto__",
  });
}

/** Column names come from files, so anything goes but the empty name and `__proto__`, which no plain object can hold. */
export function checkColumnName(name: string, where: string): void {
  if (typeof name === "string" && name !== "" && name !== "__proto__") return;
  throw new DefinitionError({
    code: "DEFINITION_BAD_NAME",
    what: `${JSON.stringify(name)} cannot be the name of a column`,
    where,
    cure: "Rename the column in a view or query over the file",
  });
}

/** Refuses `{ __proto__: x }`, which names nothing but gives the object a prototype: what was meant would be gone without a word. */
export function refusePrototype(named: object, what: string): void {
  if (typeof named !== "object" || named === null || Array.isArray(named))
    throw new DefinitionError({ code: "DEFINITION_BAD_NAME", what: `${told(named)} does not name ${what}`, cure: "Write names in braces: { name: ... }" });
  const prototype: unknown = Object.getPrototypeOf(named);
  if (prototype !== null && prototype !== Object.prototype) checkName("__proto__", what);
}
