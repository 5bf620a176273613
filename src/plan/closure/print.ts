// A function's syntax tree as the words of a form: what formatters, compilers and bundlers change is left out of it.
import { blockNames, boundNames, Locals, varNames } from "./locals.ts";
import { cooked, isConstant, lastOf, type Constant, type Known, type Reading } from "./reading.ts";
import { globalKind, intrinsicName } from "./intrinsics.ts";
import { readsThis, type Node } from "./parse.ts";
import { refuseChanges } from "./changes.ts";
import { unreadable } from "./refusal.ts";
import type { Form } from "./form.ts";

/** What a printed function is part of. */
export interface Surroundings {
  readonly reading: Reading;
  /** The captured names that lead to the function; empty for the one that a definition names. */
  readonly trail: string;
  /** The form of what is captured. */
  value(known: Known): string | Form;
  /** Whether a captured function asks for its `this`. */
  readsThis(value: unknown): boolean;
  /** Whether a captured function is what esbuild names functions with, to no other effect. */
  isNamer(known: Known): boolean;
}

/** Constants as words that no other word equals. */
export function constantWord(value: Constant): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "bigint") return `${value}n`;
  return Object.is(value, -0) ? "-0" : String(value);
}

/** A pattern of text, captured or written out. */
export function patternForm({ source, flags }: RegExp): Form {
  return { parts: ["regexp", JSON.stringify(source), JSON.stringify(flags)] };
}

/** The words of a function or class. Throws a `Refusal`. */
export function printed(root: Node, surroundings: Surroundings): (string | Form)[] {
  const printer = new Printer(surroundings);
  if (root.type === "ArrowFunctionExpression" && readsThis(root)) {
    throw unreadable(surroundings.trail, "reads the 'this' of what surrounds it", "Name what it needs instead of 'this'");
  }
  printer.root(root);
  return printer.parts;
}

/** The parts of each node that matter, in order. Fields that hold text stand as they are; what has a method below is left out here. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  ArrayExpression: ["elements"],
  ArrayPattern: ["elements"],
  AssignmentExpression: ["operator", "left", "right"],
  AssignmentPattern: ["left", "right"],
  AwaitExpression: ["argument"],
  BinaryExpression: ["operator", "left", "right"],
  BreakStatement: ["label"],
  CallExpression: ["optional", "callee", "arguments"],
  ChainExpression: ["expression"],
  ConditionalExpression: ["test", "consequent", "alternate"],
  ContinueStatement: ["label"],
  DoWhileStatement: ["body", "test"],
  ExpressionStatement: ["expression"],
  IfStatement: ["test", "consequent", "alternate"],
  LabeledStatement: ["label", "body"],
  LogicalExpression: ["operator", "left", "right"],
  NewExpression: ["callee", "arguments"],
  ObjectExpression: ["properties"],
  ObjectPattern: ["properties"],
  RestElement: ["argument"],
  ReturnStatement: ["argument"],
  SequenceExpression: ["expressions"],
  SpreadElement: ["argument"],
  Super: [],
  SwitchCase: ["test", "consequent"],
  TaggedTemplateExpression: ["tag", "quasi"],
  ThisExpression: [],
  ThrowStatement: ["argument"],
  TryStatement: ["block", "handler", "finalizer"],
  UnaryExpression: ["operator", "argument"],
  UpdateExpression: ["operator", "prefix", "argument"],
  VariableDeclarator: ["id", "init"],
  WhileStatement: ["test", "body"],
  YieldExpression: ["delegate", "argument"],
};

type Print = (node: Node, locals: Locals) => void;

class Printer {
  readonly parts: (string | Form)[] = [];
  readonly #in: Surroundings;
  /** Nodes that need more than their fields. */
  readonly #special: Readonly<Record<string, Print>>;

  constructor(surroundings: Surroundings) {
    this.#in = surroundings;
    const { parts } = this;
    const loop: Print = (node, locals) => this.#loop(node, locals);
    const block: Print = (node, locals) => this.#statements(node, node["body"], locals);
    this.#special = {
      ArrowFunctionExpression: (node, locals) => this.#function(node, locals),
      BlockStatement: (node, locals) => this.#block(node, locals),
      CatchClause: (node, locals) => this.#words("catch", new Locals(locals, boundNames(node["param"] as Node | null)), node["param"], node["body"]),
      ClassBody: block,
      ClassDeclaration: (node, locals) => this.#class(node, locals),
      ClassExpression: (node, locals) => this.#class(node, new Locals(locals, boundNames((node["id"] as Node | null) ?? null))),
      EmptyStatement: () => {},
      ForInStatement: loop,
      ForOfStatement: loop,
      ForStatement: loop,
      FunctionDeclaration: (node, locals) => this.#function(node, locals),
      FunctionExpression: (node, locals) => this.#function(node, new Locals(locals, boundNames((node["id"] as Node | null) ?? null))),
      Identifier: (node, locals) => this.#identifier(node["name"] as string, locals),
      ImportExpression: () => this.#refuse("imports while it runs"),
      Literal: (node) => parts.push(patternForm(new RegExp((node["regex"] as RegExp & { pattern: string }).pattern, (node["regex"] as RegExp).flags))),
      MemberExpression: (node, locals) => this.#member(node, locals),
      MetaProperty: (node) => ((node["meta"] as Node)["name"] === "new" ? parts.push("new.target") : this.#refuse("reads import.meta")),
      MethodDefinition: (node, locals) => this.#property(node, locals, [node["static"] === true ? "static" : "", node["kind"] as string]),
      PrivateIdentifier: (node) => parts.push(`#${node["name"] as string}`),
      Property: (node, locals) => this.#property(node, locals, [node["kind"] as string]),
      PropertyDefinition: (node, locals) => this.#property(node, locals, [node["static"] === true ? "static" : "", "field"]),
      StaticBlock: (node, locals) => this.#statements(node, node["body"], new Locals(locals, varNames({ type: "Block", body: node["body"] }))),
      SwitchStatement: (node, locals) => {
        const cases = node["cases"] as readonly Node[];
        const names = blockNames(cases.flatMap((one) => one["consequent"] as readonly Node[]));
        this.#words("switch", new Locals(locals, names), node["discriminant"], cases);
      },
      TemplateElement: (node) => parts.push(constantWord(cooked(node)), JSON.stringify((node["value"] as { readonly raw: string }).raw)),
      TemplateLiteral: (node, locals) => {
        const texts = (node["quasis"] as readonly Node[]).map((quasi) => constantWord(cooked(quasi)));
        this.#words(`template ${texts.join(" ")}`, locals, node["expressions"]);
      },
      VariableDeclaration: (node, locals) => this.#words(node["kind"] === "var" ? "var" : "let", locals, node["declarations"]),
    };
  }

  /** Prints the function or class that a definition or another function refers to: its own name is no local variable. */
  root(node: Node): void {
    const nothing = new Locals(null, []);
    if (node.type === "ClassExpression") this.#class({ ...node, id: null }, nothing);
    else this.#function({ ...node, id: null }, nothing);
  }

  #print(node: Node, locals: Locals): void {
    const { reading } = this.#in;
    const constant = reading.constant(node, locals);
    if (constant !== null) {
      this.parts.push(constantWord(constant.value));
      return;
    }
    const known = reading.known(node, locals);
    if (known !== null) {
      this.parts.push(this.#in.value(known));
      return;
    }
    const bare = node.type === "SequenceExpression" ? lastOf(node) : node.type === "CallExpression" ? this.#named(node, locals) : null;
    if (bare !== null) return this.#print(bare, locals);
    refuseChanges(node, locals, reading, this.#in.trail);
    const special = this.#special[node.type];
    if (special !== undefined) return special(node, locals);
    const fields = FIELDS[node.type];
    if (fields === undefined) this.#refuse(`has a ${node.type} in it`);
    if (node.type === "CallExpression" && this.#callsMethod(node["callee"] as Node, locals)) return this.#methodCall(node, locals);
    if (node.type === "TaggedTemplateExpression") this.#rawTemplate(node, locals);
    else this.#words(node.type, locals, ...fields.map((field) => node[field]));
  }

  /** `(type field field)`, each field a node, a list of nodes with `_` for holes, or text. */
  #words(type: string, locals: Locals, ...fields: readonly unknown[]): void {
    this.parts.push("(", type);
    for (const field of fields) {
      if (Array.isArray(field)) {
        this.parts.push("[");
        for (const one of field as readonly (Node | null)[]) if (!this.#print1(one, locals)) this.parts.push("_");
        this.parts.push("]");
      } else if (typeof field === "object" && field !== null) this.#labelOr(field as Node, locals, type);
      else this.parts.push(typeof field === "string" || field === true ? String(field) : "_");
    }
    this.parts.push(")");
  }

  #print1(node: Node | null, locals: Locals): boolean {
    if (node !== null) this.#print(node, locals);
    return node !== null;
  }

  /** Labels are names of their own, and never variables. */
  #labelOr(node: Node, locals: Locals, type: string): void {
    if (node.type === "Identifier" && /^(?:Break|Continue|Labeled)/.test(type)) this.parts.push(`label:${node["name"] as string}`);
    else this.#print(node, locals);
  }

  /** Braces around one statement that declares nothing say nothing. */
  #block(node: Node, locals: Locals): void {
    const [only, ...others] = node["body"] as readonly Node[];
    if (only === undefined || others.length > 0 || only.type.endsWith("Declaration") || this.#onlyNames(only, locals))
      this.#statements(node, node["body"], locals);
    else this.#print(only, locals);
  }

  #statements(node: Node, statements: unknown, locals: Locals): void {
    const list = (statements as readonly Node[]).filter((statement) => !this.#onlyNames(statement, locals));
    this.#words(node.type, new Locals(locals, blockNames(list)), list);
  }

  #loop(node: Node, locals: Locals): void {
    const head = (node["init"] ?? node["left"] ?? null) as Node | null;
    const inner = new Locals(locals, head === null ? [] : blockNames([head]));
    const fields = node.type === "ForStatement" ? ["init", "test", "update", "body"] : ["await", "left", "right", "body"];
    this.#words(node.type, inner, ...fields.map((field) => node[field]));
  }

  #function(node: Node, outer: Locals): void {
    const isArrow = node.type === "ArrowFunctionExpression";
    const params = node["params"] as readonly Node[];
    const body = node["body"] as Node;
    const statements = body.type === "BlockStatement" ? (body["body"] as readonly Node[]) : null;
    const names = [...params.flatMap(boundNames), ...(isArrow ? [] : ["arguments"]), ...varNames(body)];
    const locals = new Locals(outer, statements === null ? names : [...names, ...blockNames(statements)]);
    if (node.type === "FunctionDeclaration") this.parts.push(`$${outer.number((node["id"] as Node)["name"] as string)}`);
    const kind = `${node["async"] === true ? "async " : ""}${isArrow ? "arrow" : "function"}${node["generator"] === true ? "*" : ""}`;
    const kept = statements?.filter(({ type, directive }) => type !== "ExpressionStatement" || directive !== "use strict");
    this.#words(kind, locals, params, kept === undefined ? body : kept.filter((statement) => !this.#onlyNames(statement, locals)));
  }

  #class(node: Node, locals: Locals): void {
    const id = node["id"] as Node | null;
    if (node.type === "ClassDeclaration" && id !== null) this.parts.push(`$${locals.number(id["name"] as string)}`);
    this.#words("class", locals, node["superClass"], node["body"]);
  }

  #identifier(name: string, locals: Locals): void {
    if (name === "eval") this.#refuse("evaluates text");
    const global = globalKind(name) === "language" ? "intrinsic" : "global"; // also where this Node does not have it
    this.parts.push(locals.has(name) ? `$${locals.number(name)}` : `${global}:${name}`);
  }

  #member(node: Node, locals: Locals): void {
    const object = node["object"] as Node;
    const key = this.#in.reading.key(node, "property", locals);
    const owner = this.#in.reading.known(object, locals);
    const intrinsic = owner === null || isConstant(owner.value) ? null : intrinsicName(owner.value);
    if (key !== null && intrinsic !== null) this.parts.push(`intrinsic:${intrinsic}.${key}`);
    else this.#words(node["optional"] === true ? "?." : ".", locals, object, key === null ? node["property"] : JSON.stringify(key));
  }

  #property(node: Node, locals: Locals, kinds: readonly string[]): void {
    const key = this.#in.reading.key(node, "key", locals);
    const isMethod = node["method"] === true || node.type === "MethodDefinition";
    this.#words(`property ${kinds.join(" ")} ${isMethod ? "method" : ""}`, locals, key === null ? node["key"] : JSON.stringify(key), node["value"]);
  }

  /** Whether a call gives a captured object to its function as `this`, which then matters as a whole. */
  #callsMethod(callee: Node, locals: Locals): boolean {
    const known = callee.type === "MemberExpression" ? this.#in.reading.known(callee, locals) : null;
    return known !== null && intrinsicName(known.value) === null && this.#in.readsThis(known.value);
  }

  #methodCall(node: Node, locals: Locals): void {
    const callee = node["callee"] as Node;
    this.parts.push("(method");
    this.#member(callee, locals);
    this.#words("arguments", locals, node["optional"], node["arguments"]);
    this.parts.push(")");
  }

  #rawTemplate(node: Node, locals: Locals): void {
    const quasi = node["quasi"] as Node;
    this.parts.push("(tagged");
    const tag = node["tag"] as Node;
    if (this.#callsMethod(tag, locals)) this.#member(tag, locals);
    else this.#print(tag, locals);
    this.#words("with", locals, quasi["quasis"], quasi["expressions"]);
    this.parts.push(")");
  }

  /** The function that esbuild's `__name(function, "name")` gives back as it is. */
  #named(call: Node, locals: Locals): Node | null {
    const [named, name, more] = call["arguments"] as readonly Node[];
    if (named === undefined || name?.type !== "Literal" || more !== undefined) return null;
    const callee = this.#in.reading.known(call["callee"] as Node, locals);
    return callee !== null && this.#in.isNamer(callee) ? named : null;
  }

  /** Whether a statement does nothing but name a function. */
  #onlyNames(statement: Node, locals: Locals): boolean {
    const expression = statement.type === "ExpressionStatement" ? (statement["expression"] as Node) : null;
    if (expression?.type === "CallExpression") return this.#named(expression, locals) !== null;
    const block = statement.type === "StaticBlock" ? (statement["body"] as readonly Node[]) : [];
    return block.length > 0 && block.every((one) => this.#onlyNames(one, locals));
  }

  #refuse(what: string): never {
    throw unreadable(this.#in.trail, what, "Write it with its row and what it captures only");
  }
}
