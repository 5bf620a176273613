// The text of a function as a syntax tree; the only file that knows the parser.
import { parse } from "acorn";

/** A node of the tree, as ESTree names its types and fields. */
export interface Node {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** The ways to read the text of a function: as an expression, as a method of an object, as a member of a class. */
const READINGS: readonly { readonly text: (text: string) => string; readonly find: (expression: Node) => Node | null }[] = [
  { text: (text) => `(${text})`, find: (expression) => expression },
  { text: (text) => `({${text}})`, find: (expression) => first(expression["properties"]) },
  { text: (text) => `(class {${text}})`, find: (expression) => first((expression["body"] as Node)["body"]) },
];

function first(members: unknown): Node | null {
  const [member] = members as readonly Node[];
  return (member?.["value"] as Node | undefined) ?? null;
}

const FUNCTIONS: ReadonlySet<string> = new Set(["ArrowFunctionExpression", "FunctionExpression", "ClassExpression"]);

/** The function or class that a text is of; null for the text of native code, or of what the parser does not know. */
export function parseFunction(text: string): Node | null {
  for (const reading of READINGS) {
    for (const sourceType of ["module", "script"] as const) {
      try {
        const program = parse(reading.text(text), { ecmaVersion: "latest", sourceType, checkPrivateFields: false }) as unknown as Node;
        const [statement] = program["body"] as readonly Node[];
        const found = reading.find(statement?.["expression"] as Node);
        if (found !== null && FUNCTIONS.has(found.type)) return found;
      } catch {
        continue; // the next reading may fit
      }
    }
  }
  return null;
}

/** The nodes right below a node, in order. */
export function children(node: Node): Node[] {
  return Object.values(node)
    .flat()
    .filter((value): value is Node => typeof value === "object" && value !== null && typeof (value as Partial<Node>).type === "string");
}

const OWN_THIS: ReadonlySet<string> = new Set(["FunctionExpression", "FunctionDeclaration", "StaticBlock", "PropertyDefinition"]);

/** Whether code asks for the `this`, `super` or `new.target` of what surrounds it. */
export function readsThis(node: Node): boolean {
  if (node.type === "ThisExpression" || node.type === "Super" || (node.type === "MetaProperty" && (node["meta"] as Node)["name"] === "new")) return true;
  return children(node).some((child) => !OWN_THIS.has(child.type) && readsThis(child));
}
