// Rules about what code may call and how long it may be. Each gives one line for every breach.
import type { Node, SourceFile } from "./source-file.ts";

const FILE_LINES = 400;
const FUNCTION_LINES = 70;
const FUNCTIONS: ReadonlySet<string> = new Set(["FunctionDeclaration", "FunctionExpression", "ArrowFunctionExpression"]);
/** They may differ between versions of Node and V8. */
const INEXACT: ReadonlySet<string> = new Set(
  [
    "pow",
    "exp",
    "expm1",
    "log",
    "log1p",
    "log2",
    "log10",
    "sin",
    "cos",
    "tan",
    "asin",
    "acos",
    "atan",
    "atan2",
    "sinh",
    "cosh",
    "tanh",
    "hypot",
    "cbrt",
    "sumPrecise",
  ].map((name) => `Math.${name}`),
);
const CLOCKS: ReadonlySet<string> = new Set(["Date.now", "performance.now", "process.hrtime", "Math.random"]);

/** `object.property` of a member expression of two identifiers. */
function member({ type, object, property, computed }: Node): string | null {
  const left = object as Node | undefined;
  const right = property as Node | undefined;
  if (type !== "MemberExpression" || left?.type !== "Identifier") return null;
  const name = computed === true ? right?.["value"] : right?.["name"];
  return `${String(left["name"])}.${String(name)}`;
}

const place = ({ path, text }: SourceFile, { start }: Node): string => `${path}:${text.slice(0, start).split("\n").length}`;

/** Only `time.ts` reads the machine's clock, and nothing depends on chance. */
export function noClock(files: readonly SourceFile[]): string[] {
  const reads = (node: Node): string | null => {
    const isDate = (node["callee"] as Node | undefined)?.["name"] === "Date";
    if (node.type === "NewExpression" && isDate && (node["arguments"] as unknown[]).length === 0) return "new Date()";
    if (node.type === "CallExpression" && isDate) return "Date()";
    const name = member(node);
    return name !== null && CLOCKS.has(name) ? name : null;
  };
  return files
    .filter(({ path }) => path !== "src/time.ts")
    .flatMap((file) => file.nodes.flatMap((node) => (reads(node) === null ? [] : [`${place(file, node)} uses ${reads(node)}: take a Clock`])));
}

/** Kernel code computes the same bits in every version of Node: no powers, logarithms or angles. */
export function exactMath(files: readonly SourceFile[]): string[] {
  const inexact = (node: Node): string | null => {
    const power = (node.type === "BinaryExpression" || node.type === "AssignmentExpression") && String(node["operator"]).startsWith("**");
    if (power && !isPowerOfLiterals(node)) return "**";
    const name = member(node);
    return name !== null && INEXACT.has(name) ? name : null;
  };
  return files
    .filter(({ path }) => path.startsWith("src/aggregate/") || path.startsWith("src/kernel/"))
    .flatMap((file) => file.nodes.flatMap((node) => (inexact(node) === null ? [] : [`${place(file, node)} uses ${inexact(node)}`])));
}

/** A power of two whole literals or of bigints is exact. */
function isPowerOfLiterals(node: Node): boolean {
  return [node["left"], node["right"]].every((side) => typeof (side as Node)["bigint"] === "string");
}

/** Files of at most 400 lines, functions of at most 70. */
export function lengths(files: readonly SourceFile[]): string[] {
  return files.flatMap((file) => {
    const lines = file.text.trimEnd().split("\n").length;
    const long = file.nodes
      .filter(({ type }) => FUNCTIONS.has(type))
      .map((node) => ({ node, lines: file.text.slice(node.start, node.end).split("\n").length }))
      .filter((one) => one.lines > FUNCTION_LINES)
      .map((one) => `${place(file, one.node)}: a function of ${one.lines} lines`);
    return lines > FILE_LINES ? [`${file.path}: ${lines} lines`, ...long] : long;
  });
}

/** Every name that the public face exports is explained where it is declared. */
export function docstrings(files: readonly SourceFile[]): string[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const face = byPath.get("src/index.ts");
  if (face === undefined) return [];
  return face.nodes
    .filter(({ type }) => type === "ExportNamedDeclaration")
    .flatMap((node) => {
      const from = face.imports[face.nodes.filter(isImporting).indexOf(node)]?.to ?? face.path;
      const declaring = byPath.get(from) ?? face;
      const names = (node["specifiers"] as readonly { readonly local: Node }[]).map(({ local }) => String(local["name"]));
      return names.filter((name) => !isDocumented(declaring, name)).map((name) => `${name} has no docstring in ${declaring.path}`);
    });
}

function isImporting(node: Node): boolean {
  return typeof (node["source"] as { readonly value?: unknown } | null | undefined)?.value === "string";
}

function isDocumented({ nodes, text }: SourceFile, name: string): boolean {
  return nodes
    .filter(({ type }) => type === "ExportNamedDeclaration")
    .filter((node) => declared(node["declaration"] as Node | null).includes(name))
    .some((node) => text.slice(0, node.start).trimEnd().endsWith("*/"));
}

function declared(declaration: Node | null): string[] {
  const list =
    (declaration?.["declarations"] as readonly { readonly id: Node }[] | undefined) ?? (declaration === null ? [] : [{ id: declaration["id"] as Node }]);
  return list.map(({ id }) => String(id["name"]));
}
