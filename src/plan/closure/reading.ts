// Which value an expression stands for: constants, and what is captured or reached from there by fixed names.
import { globalKind } from "./intrinsics.ts";
import { isNamespace } from "./captured.ts";
import { parseFunction, type Node } from "./parse.ts";
import type { AnyFunction, Scopes } from "./captured.ts";
import type { Locals } from "./locals.ts";

/** What an expression stands for, and the name by which a user knows it. */
export interface Known {
  readonly value: unknown;
  readonly name: string;
}

/** What is neither an object nor a function: it stands in a form as if it were written there. */
export type Constant = string | number | bigint | boolean | null | undefined;

/** Whether a value is a constant. */
export function isConstant(value: unknown): value is Constant {
  return value === null || (typeof value !== "object" && typeof value !== "function" && typeof value !== "symbol");
}

/** Reads expressions of one function. */
export class Reading {
  readonly #scopes: Scopes;
  /** The function itself and the name in its own text, which may not be the one that it is captured under. */
  readonly #self: Known;
  readonly #aliased: (getter: AnyFunction) => Known | null;

  constructor(scopes: Scopes, self: Known, aliased: (getter: AnyFunction) => Known | null) {
    this.#scopes = scopes;
    this.#self = self;
    this.#aliased = aliased;
  }

  /** What an expression stands for, if it is captured, a global of the language, or read from one of these by a fixed name. */
  known(node: Node, locals: Locals): Known | null {
    switch (node.type) {
      case "Identifier":
        return locals.has(node["name"] as string) ? null : this.#named(node["name"] as string);
      case "ChainExpression":
        return this.known(node["expression"] as Node, locals);
      case "SequenceExpression": {
        const bare = lastOf(node);
        return bare === null ? null : this.known(bare, locals);
      }
      case "MemberExpression": {
        const key = this.key(node, "property", locals);
        const owner = key === null ? null : this.known(node["object"] as Node, locals);
        return owner === null ? null : this.#member(owner, key as string);
      }
      default:
        return null;
    }
  }

  /** The fixed name of a member or property; null for `[computed]` and `#private` ones. */
  key(node: Node, field: "property" | "key", locals: Locals): string | null {
    const key = node[field] as Node;
    if (node["computed"] === true) {
      const constant = this.constant(key, locals);
      return constant === null ? null : String(constant.value);
    }
    if (key.type === "Identifier") return key["name"] as string;
    return key.type === "Literal" ? String(key["value"]) : null;
  }

  /** The value of an expression that is one constant, written out or captured, so that a bundler may put the one for the other. */
  constant(node: Node, locals: Locals): { readonly value: Constant } | null {
    switch (node.type) {
      case "Literal":
        return node["regex"] === undefined ? { value: node["bigint"] === undefined ? (node["value"] as Constant) : BigInt(node["bigint"] as string) } : null;
      case "TemplateLiteral":
        return (node["expressions"] as readonly Node[]).length > 0 ? null : { value: cooked((node["quasis"] as readonly Node[])[0] as Node) };
      case "UnaryExpression":
        return this.#unary(node, locals);
      case "BinaryExpression":
        return this.#binary(node, locals);
      default: {
        const known = this.known(node, locals);
        return known !== null && isConstant(known.value) ? { value: known.value } : null;
      }
    }
  }

  #named(name: string): Known | null {
    if (name === this.#self.name) return this.#self;
    const captured = this.#scopes(name);
    if (captured !== undefined) return { value: captured.value, name };
    if (name === "undefined") return { value: undefined, name };
    if (name === "NaN" || name === "Infinity") return { value: Number(name), name };
    const kind = globalKind(name);
    if (kind === "host" || name === "eval") return null;
    const own = Reflect.getOwnPropertyDescriptor(globalThis, name);
    return own !== undefined && "value" in own ? { value: own.value as unknown, name } : null;
  }

  #member({ value: owner, name }: Known, key: string): Known | null {
    if (isConstant(owner) || typeof owner === "symbol") return null;
    const own = Reflect.getOwnPropertyDescriptor(owner, key);
    if (own === undefined) return null;
    const path = `${name}.${key}`;
    if (own.get === undefined) return { value: own.value as unknown, name: path };
    const aliased = this.#aliased(own.get as AnyFunction);
    return aliased === null ? null : { value: aliased.value, name: path };
  }

  #unary(node: Node, locals: Locals): { readonly value: Constant } | null {
    const argument = this.constant(node["argument"] as Node, locals);
    if (argument === null) return null;
    const { value } = argument;
    if (node["operator"] === "void") return { value: undefined };
    if (node["operator"] === "!") return { value: !value };
    return node["operator"] === "-" && (typeof value === "number" || typeof value === "bigint") ? { value: -value } : null;
  }

  #binary(node: Node, locals: Locals): { readonly value: Constant } | null {
    const left = this.constant(node["left"] as Node, locals)?.value;
    const right = left === undefined ? undefined : this.constant(node["right"] as Node, locals)?.value;
    if (typeof left === "string" && typeof right === "string" && node["operator"] === "+") return { value: left + right };
    const fold = typeof left === "number" && typeof right === "number" ? ARITHMETIC[node["operator"] as string] : undefined;
    return fold === undefined ? null : { value: fold(left as number, right as number) };
  }
}

/** The operations that every Node rounds alike, so that `60 * 60` and 3600 are one. */
const ARITHMETIC: Readonly<Record<string, (a: number, b: number) => number>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  "%": (a, b) => a % b,
};

/** `helper` of `(0, helper)`, which is how compilers call an import without a `this`; null where the comma does something. */
export function lastOf(sequence: Node): Node | null {
  const expressions = sequence["expressions"] as readonly Node[];
  return expressions.slice(0, -1).every(({ type }) => type === "Literal") ? (expressions.at(-1) as Node) : null;
}

/** The text of a piece of a template; undefined where a tag gets one that is no valid text. */
export function cooked(quasi: Node): string | undefined {
  return (quasi["value"] as { readonly cooked?: string }).cooked ?? undefined;
}

/** The expression of a getter that only hands on a variable, as compilers write exports; null for one that computes. */
export function handedOn(getter: AnyFunction): Node | null {
  const node = parseFunction(String(getter));
  if (node === null || (node["params"] as readonly Node[] | undefined)?.length !== 0) return null;
  let body = node["body"] as Node;
  for (;;) {
    if (body.type !== "BlockStatement" && body.type !== "TryStatement" && body.type !== "ReturnStatement") return body;
    const inner = body.type === "TryStatement" ? body["block"] : body.type === "ReturnStatement" ? body["argument"] : soleStatement(body);
    if (typeof inner !== "object" || inner === null) return null;
    body = inner as Node;
  }
}

function soleStatement(block: Node): Node | null {
  const statements = block["body"] as readonly Node[];
  return statements.length === 1 ? (statements[0] as Node) : null;
}

/** Whether an object is what a module exports: `import * as`, what compilers make of `exports`, and what bundlers make of `import * as`. */
export function isModule(value: object): boolean {
  if (isNamespace(value) || Object.hasOwn(value, "__esModule")) return true;
  const names = Object.keys(value);
  const isAlias = (name: string): boolean => {
    const { get, set } = Reflect.getOwnPropertyDescriptor(value, name) as PropertyDescriptor;
    return get !== undefined && set === undefined && handedOn(get as AnyFunction) !== null;
  };
  return names.length > 0 && names.every(isAlias);
}
