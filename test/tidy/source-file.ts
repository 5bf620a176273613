// Source text as the tidy rules see it: its syntax tree, its imports and where they lead.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { parseSync } from "oxc-parser";

const root: string = fileURLToPath(new URL("../../", import.meta.url));

/** A node of the syntax tree. */
export interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

/** One import, static or dynamic, or a re-export. */
export interface Import {
  /** A path from the root for a file of the project, else the package or `node:` name. */
  readonly to: string;
  /** Whether only types are imported, so that nothing is loaded. */
  readonly typeOnly: boolean;
}

/** One file. */
export interface SourceFile {
  /** From the root, with `/`. */
  readonly path: string;
  readonly text: string;
  readonly imports: readonly Import[];
  /** All nodes, parents before children. */
  readonly nodes: readonly Node[];
}

/** Parses text as the file `path`. Throws on what is no TypeScript. */
export function sourceFile(path: string, text: string): SourceFile {
  const { program, errors } = parseSync(path, text);
  if (errors.length > 0) throw new Error(`${path}: ${errors.map((error) => error.message).join(", ")}`);
  const nodes = [...walk(program)];
  return { path, text, nodes, imports: nodes.flatMap((node) => importOf(path, node)) };
}

function* walk(value: unknown): Generator<Node> {
  if (Array.isArray(value)) for (const one of value) yield* walk(one);
  else if (typeof value === "object" && value !== null) {
    if (typeof (value as Partial<Node>).type === "string") yield value as Node;
    for (const field of Object.values(value)) yield* walk(field);
  }
}

const IMPORTING: ReadonlySet<string> = new Set(["ImportDeclaration", "ExportNamedDeclaration", "ExportAllDeclaration", "ImportExpression", "TSImportType"]);

function importOf(path: string, node: Node): Import[] {
  const source = node["source"] as { readonly value?: unknown } | null | undefined;
  if (!IMPORTING.has(node.type) || typeof source?.value !== "string") return [];
  const to = source.value.startsWith(".") ? posix.join(posix.dirname(path), source.value) : source.value;
  const specifiers = (node["specifiers"] as readonly { readonly importKind?: string; readonly exportKind?: string }[] | undefined) ?? [];
  const types = specifiers.length > 0 && specifiers.every((one) => (one.importKind ?? one.exportKind) === "type");
  return [{ to, typeOnly: node.type === "TSImportType" || node["importKind"] === "type" || node["exportKind"] === "type" || types }];
}

/** All files under folders of the root whose name ends so, in order of path. Folders that are not there hold none. */
export function filesUnder(folders: readonly string[], endings: readonly string[]): { readonly path: string; readonly text: string }[] {
  return folders.flatMap((folder) =>
    entries(folder)
      .filter((path) => endings.some((ending) => path.endsWith(ending)) && !posix.basename(path).startsWith("."))
      .toSorted()
      .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") })),
  );
}

function entries(folder: string): string[] {
  try {
    return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join("/"))
      .filter((path) => !dirname(path).split("/").includes("node_modules"));
  } catch {
    return [];
  }
}
