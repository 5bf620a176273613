// Functions that change what they capture: refused, because their values would depend on the rows before.
import { stateful } from "./refusal.ts";
import type { Locals } from "./locals.ts";
import type { Node } from "./parse.ts";
import type { Reading } from "./reading.ts";

/** The methods that change an array, Map, Set or typed array. */
const CHANGING: ReadonlySet<string> = new Set(
  "add clear copyWithin delete fill pop push reverse set shift sort splice unshift setTime setUTCDate setUTCFullYear setUTCHours".split(" "),
);
/** The methods by which a RegExp with the flag g or y remembers where it stopped. */
const REMEMBERING: ReadonlySet<string> = new Set(["exec", "test"]);

/** Refuses a node that assigns to a captured variable or a part of it, or calls a method that changes it. */
export function refuseChanges(node: Node, locals: Locals, reading: Reading, trail: string): void {
  for (const target of targetsOf(node)) {
    const root = rootOf(target);
    if (root !== null && !locals.has(root)) throw stateful(trail, root);
  }
  if (node.type !== "CallExpression") return;
  const callee = node["callee"] as Node;
  if (callee.type !== "MemberExpression") return;
  const owner = reading.known(callee["object"] as Node, locals);
  const method = reading.key(callee, "property", locals);
  if (owner !== null && method !== null && changes(owner.value, method)) throw stateful(trail, owner.name);
}

function changes(value: unknown, method: string): boolean {
  if (value instanceof RegExp) return REMEMBERING.has(method) && (value.global || value.sticky);
  const isCollection = Array.isArray(value) || ArrayBuffer.isView(value) || value instanceof Map || value instanceof Set || value instanceof Date;
  return (isCollection || value instanceof WeakMap || value instanceof WeakSet) && CHANGING.has(method);
}

/** What a node assigns to. */
function targetsOf(node: Node): readonly Node[] {
  if (node.type === "AssignmentExpression" || node.type === "ForInStatement" || node.type === "ForOfStatement") return leaves(node["left"] as Node);
  if (node.type === "UpdateExpression" || (node.type === "UnaryExpression" && node["operator"] === "delete")) return [node["argument"] as Node];
  return [];
}

/** The variables and members that a pattern assigns to; a declaration declares its own. */
function leaves(pattern: Node | null): readonly Node[] {
  if (pattern === null) return [];
  switch (pattern.type) {
    case "Identifier":
    case "MemberExpression":
      return [pattern];
    case "ArrayPattern":
      return (pattern["elements"] as readonly (Node | null)[]).flatMap(leaves);
    case "ObjectPattern":
      return (pattern["properties"] as readonly Node[]).flatMap((property) => leaves((property["value"] ?? property["argument"]) as Node));
    case "AssignmentPattern":
      return leaves(pattern["left"] as Node);
    case "RestElement":
      return leaves(pattern["argument"] as Node);
    default:
      return [];
  }
}

/** The variable that a chain of members starts from. */
function rootOf(target: Node): string | null {
  let node = target;
  while (node.type === "MemberExpression" || node.type === "ChainExpression") node = (node["object"] ?? node["expression"]) as Node;
  return node.type === "Identifier" ? (node["name"] as string) : null;
}
