// What a definition is given, held against what it takes. A compiler says so too, but a config is run without one.
import { DefinitionError } from "../errors.ts";
import type { ColumnKind } from "../schema/value-type.ts";

type Code = `DEFINITION_${string}`;
const KINDS: ReadonlySet<unknown> = new Set<ColumnKind>(["string", "float64", "int32", "int64", "boolean", "timestamp"]);

/** A value as a message tells it. */
export function told(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "function") return "a function";
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" && value !== null ? "an object" : String(value);
}

/** Throws a `DefinitionError` if it is not given a function. */
export function checkFunction(given: unknown, what: string, where: string, cure: string): void {
  if (typeof given !== "function") refuse("DEFINITION_NO_FUNCTION", `${what} is ${told(given)}, not a function`, where, cure);
}

/** Throws a `DefinitionError` if it is not given a list. */
export function checkList(given: unknown, what: string, where: string, cure: string): void {
  if (!Array.isArray(given)) refuse("DEFINITION_NO_LIST", `${what} is ${told(given)}, not a list`, where, cure);
}

/** Throws a `DefinitionError` for one of a schema's columns that has no type. */
export function checkTypes(schema: object, where: string): void {
  for (const [name, type] of Object.entries(schema)) checkType(type, `'${name}'`, where);
}

/** Throws a `DefinitionError` if it is not given a type. */
export function checkType(given: unknown, what: string, where: string): void {
  if (KINDS.has(kindOf(given)) && typeof (given as { readonly nullable?: unknown }).nullable === "function") return;
  refuse(
    "DEFINITION_NO_TYPE",
    `${what} has ${told(given)} for a type`,
    where,
    "Write t.string(), t.float64(), t.int32(), t.int64(), t.boolean() or t.timestamp()",
  );
}

/** Throws a `DefinitionError` if it is given something of another kind, such as a path where it takes `parquet(path)`. */
export function checkKind(
  given: unknown,
  kinds: readonly string[],
  { what, where, cure }: { readonly what: string; readonly where: string; readonly cure: string },
): void {
  if (!kinds.includes(kindOf(given) as string)) refuse("DEFINITION_WRONG_KIND", `${what} is ${told(given)}`, where, cure);
}

/** Throws a `DefinitionError` if it is not given where rows lie. */
export function checkBatch(given: unknown, what: string, where: string): void {
  const cure = 'Write parquet("data/*.parquet"), csv(...), json(...), duckdb(...), sql(...) or rows([...])';
  checkKind(given, ["parquet", "csv", "json", "duckdb", "sql", "rows"], { what, where, cure });
}

/** The text, if it is one. Throws a `DefinitionError`. */
export function checkText(given: string, what: string, where: string): string {
  if (typeof given !== "string" || given === "")
    refuse("DEFINITION_NO_TEXT", `${what} is ${told(given)}`, where, `Write it as text: ${where.replace("...", '"name"')}`);
  return given;
}

/** Throws a `DefinitionError` if more is given than is taken: what is not read would be gone without a word. */
export function refuseMore(given: readonly unknown[], takes: number, where: string): void {
  if (given.length > takes)
    refuse("DEFINITION_TOO_MUCH", `it takes ${takes === 0 ? "nothing" : takes} and is given ${told(given[takes])} beside`, where, "Leave it out");
}

/** A method that stands in the wrong place, where a chain of calls would end in a `TypeError` otherwise. */
export function misplaced(what: string, where: string, cure: string): () => never {
  return () => refuse("DEFINITION_MISPLACED", what, where, cure);
}

/** The same object, of which to ask for anything else than it has throws a `DefinitionError`. */
export function complete<T extends object>(object: T, refusal: (name: string) => DefinitionError): T {
  return new Proxy(object, {
    get: (target, name) => {
      if (typeof name === "string" && !(name in target)) throw refusal(name);
      return Reflect.get(target, name) as unknown;
    },
  });
}

function kindOf(given: unknown): unknown {
  return typeof given === "object" && given !== null && "kind" in given ? given.kind : null;
}

function refuse(code: Code, what: string, where: string, cure: string): never {
  throw new DefinitionError({ code, what, where, cure });
}
