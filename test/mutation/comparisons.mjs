// Every comparison of the kernel and the aggregates, found in their syntax trees, and its neighbour: what a slip would write instead.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseSync } from "oxc-parser";

const FOLDERS = ["src/kernel", "src/aggregate"];
/** What stands for each operator. */
const NEIGHBOURS = { "<": "<=", "<=": "<", ">": ">=", ">=": ">", "===": "!==", "!==": "===" };

/** The sources of the folders, without tests. */
export function sourcesOf(root) {
  return filesUnder(root).filter((path) => path.endsWith(".ts") && !path.endsWith(".test.ts"));
}

/** The unit tests beside the sources. */
export function testsUnder(root) {
  return filesUnder(root).filter((path) => path.endsWith(".test.ts"));
}

function filesUnder(root) {
  const inFolder = (folder) =>
    readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) =>
      entry.isDirectory() ? inFolder(`${folder}/${entry.name}`) : [`${folder}/${entry.name}`],
    );
  return FOLDERS.flatMap(inFolder);
}

/** The comparisons of one file in order: where its operands and its operator stand, and the line they are on. */
export function comparisonsOf(root, file) {
  const text = readFileSync(join(root, file), "utf8");
  const found = [];
  const visit = (node) => {
    if (Array.isArray(node)) return node.forEach(visit);
    if (node === null || typeof node !== "object") return undefined;
    if (node.type === "BinaryExpression" && node.operator in NEIGHBOURS) found.push(comparisonAt(file, text, node));
    return Object.values(node).forEach(visit);
  };
  visit(parseSync(file, text).program);
  return found;
}

function comparisonAt(file, text, { left, right, operator }) {
  const at = left.end + text.slice(left.end, right.start).indexOf(operator);
  const line = text.slice(0, at).split("\n").length;
  const code = text.split("\n")[line - 1].trim();
  return { file, line, code, shown: text.slice(left.start, right.end), left: left.start, right: right.end, at, operator, neighbour: NEIGHBOURS[operator] };
}

/** The text of a file in which each comparison asks a function, by its number, which of the two operators to use. */
export function instrumented(text, comparisons) {
  const pieces = comparisons.flatMap(({ id, left, right, at, operator, neighbour }) => [
    { at: left, insert: `globalThis.asofCompare(${id}, "${operator}", "${neighbour}", `, cut: 0 },
    { at, insert: ",", cut: operator.length },
    { at: right, insert: ")", cut: 0 },
  ]);
  let out = "";
  let from = 0;
  for (const { at, insert, cut } of pieces.toSorted((a, b) => a.at - b.at)) {
    out += text.slice(from, at) + insert;
    from = at + cut;
  }
  return out + text.slice(from);
}

/** One comparison planted in a text for good. */
export function planted(text, { at, operator, neighbour }) {
  return text.slice(0, at) + neighbour + text.slice(at + operator.length);
}
