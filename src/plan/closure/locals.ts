// Local variables of a function's syntax tree, known by the order in which they are met and not by their names.
import { children, type Node } from "./parse.ts";

/** One block's variables, inside another's. */
export class Locals {
  readonly #outer: Locals | null;
  readonly #numbers = new Map<string, number | null>();
  /** How many variables have been met in the whole function. */
  readonly #met: { count: number };

  constructor(outer: Locals | null, names: Iterable<string>) {
    this.#outer = outer;
    this.#met = outer === null ? { count: 0 } : outer.#met;
    for (const name of names) this.#numbers.set(name, null);
  }

  /** Whether a name is a local variable here. */
  has(name: string): boolean {
    return this.#numbers.has(name) || (this.#outer?.has(name) ?? false);
  }

  /** The number of a local variable: 0 for the first that was ever asked for. */
  number(name: string): number {
    if (!this.#numbers.has(name)) return (this.#outer as Locals).number(name);
    const known = this.#numbers.get(name) ?? this.#met.count++;
    this.#numbers.set(name, known);
    return known;
  }
}

/** The names that a pattern binds: `{ a, b: [c = 1, ...d] }` binds a, c and d. */
export function boundNames(pattern: Node | null): string[] {
  if (pattern === null) return [];
  switch (pattern.type) {
    case "Identifier":
      return [pattern["name"] as string];
    case "ObjectPattern":
      return (pattern["properties"] as readonly Node[]).flatMap((property) => boundNames((property["value"] ?? property["argument"]) as Node));
    case "ArrayPattern":
      return (pattern["elements"] as readonly (Node | null)[]).flatMap(boundNames);
    case "AssignmentPattern":
      return boundNames(pattern["left"] as Node);
    case "RestElement":
      return boundNames(pattern["argument"] as Node);
    default:
      return [];
  }
}

/** The names that a list of statements declares for its own block. */
export function blockNames(statements: readonly Node[]): string[] {
  return statements.flatMap((statement) => {
    if (statement.type === "FunctionDeclaration" || statement.type === "ClassDeclaration") return boundNames(statement["id"] as Node);
    return statement.type === "VariableDeclaration" && statement["kind"] !== "var" ? declared(statement) : [];
  });
}

const FUNCTION = /Function|^Class|^StaticBlock$/;

/** The names that `var` declares anywhere in a function's body, inner functions left out. */
export function varNames(node: Node): string[] {
  const own = node.type === "VariableDeclaration" && node["kind"] === "var" ? declared(node) : [];
  return [...own, ...children(node).flatMap((child) => (FUNCTION.test(child.type) ? [] : varNames(child)))];
}

function declared(declaration: Node): string[] {
  return (declaration["declarations"] as readonly Node[]).flatMap((one) => boundNames(one["id"] as Node));
}
