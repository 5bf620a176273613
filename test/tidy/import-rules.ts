// Rules about who may import whom. Each gives one line for every breach.
import type { Import, SourceFile } from "./source-file.ts";

/** The areas that do no I/O and read no clock. */
const PURE = ["define", "aggregate", "plan", "kernel", "schema"];
const WINGS: readonly (readonly [readonly string[], readonly string[]])[] = [
  [["src/offline/"], ["src/online/", "src/stream/"]],
  [["src/online/", "src/stream/"], ["src/offline/"]],
];

const inAny = (path: string, folders: readonly string[]): boolean => folders.some((folder) => path.startsWith(folder));

function breaches(files: readonly SourceFile[], forbidden: (file: SourceFile, found: Import) => boolean, why: string): string[] {
  return files.flatMap((file) => file.imports.filter((found) => forbidden(file, found)).map(({ to }) => `${file.path} imports ${to}: ${why}`));
}

/** The offline wing and the online wing never import each other, types included. */
export function wingsApart(files: readonly SourceFile[]): string[] {
  return breaches(files, ({ path }, { to }) => WINGS.some(([from, never]) => inAny(path, from) && inAny(to, never)), "the wings never import each other");
}

/** What one file of the pure areas each may import: a hash of bytes, a parser of text, and what a function has captured are no I/O. */
const PURE_IMPORTS: Readonly<Record<string, readonly string[]>> = {
  "src/schema/digest.ts": ["node:crypto"],
  "src/schema/pack.ts": ["msgpackr"],
  "src/plan/closure/parse.ts": ["acorn"],
  "src/plan/closure/captured.ts": ["node:inspector", "node:util"],
};

/** Pure areas import each other, the errors and the time, and nothing that does I/O. */
export function pureAreas(files: readonly SourceFile[]): string[] {
  const areas = PURE.map((area) => `src/${area}/`);
  const allowed = (path: string, to: string): boolean =>
    inAny(to, areas) || to === "src/errors.ts" || to === "src/time.ts" || (PURE_IMPORTS[path]?.includes(to) ?? false);
  const imported = breaches(files, ({ path }, { to }) => inAny(path, areas) && !allowed(path, to), "this area does no I/O");
  const globals = files
    .filter(({ path }) => inAny(path, areas))
    .flatMap(({ path, nodes }) =>
      nodes
        .filter((node) => node.type === "MemberExpression" || node.type === "CallExpression")
        .map((node) => (node["object"] ?? node["callee"]) as { readonly type: string; readonly name?: string })
        .filter(({ type, name }) => type === "Identifier" && (name === "process" || name === "fetch" || name === "console"))
        .map(({ name }) => `${path} uses ${name}: this area does no I/O`),
    );
  return [...imported, ...globals];
}

/** Each package is imported in one file of src at most, so that a client can be replaced in one place; the command line may share its own. */
export function oneFilePerPackage(files: readonly SourceFile[]): string[] {
  const users = new Map<string, Set<string>>();
  for (const { path, imports } of files) {
    for (const { to } of imports) {
      if (to.startsWith("src/") || to.startsWith("node:")) continue;
      const name = to.split("/", to.startsWith("@") ? 2 : 1).join("/");
      users.set(name, (users.get(name) ?? new Set()).add(path));
    }
  }
  const shared = (paths: ReadonlySet<string>): boolean => paths.size > 1 && ![...paths].every((path) => path.startsWith("src/cli/"));
  return [...users].filter(([, paths]) => shared(paths)).map(([name, paths]) => `${name} is imported in ${[...paths].join(", ")}`);
}

/** The outermost layers are imported by nobody: `cli` by itself alone, `serve` by `cli`, the facade and the public face. */
export function nobodyImportsTheShell(files: readonly SourceFile[]): string[] {
  const mayServe = (path: string): boolean => inAny(path, ["src/serve/", "src/cli/", "src/feature-store.ts", "src/index.ts"]);
  const forbidden = ({ path }: SourceFile, { to }: Import): boolean =>
    (to.startsWith("src/cli/") && !path.startsWith("src/cli/")) || (to.startsWith("src/serve/") && !mayServe(path));
  return breaches(files, forbidden, "nobody imports cli or serve");
}

/** No file loads itself through others; imports of types load nothing. */
export function noCycles(files: readonly SourceFile[]): string[] {
  const loads = new Map(files.map(({ path, imports }) => [path, imports.filter(({ typeOnly }) => !typeOnly).map(({ to }) => to)]));
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (path: string, above: readonly string[]): void => {
    const start = above.indexOf(path);
    if (start >= 0) cycles.push([...above.slice(start), path].join(" -> "));
    if (start >= 0 || done.has(path)) return;
    for (const to of loads.get(path) ?? []) visit(to, [...above, path]);
    done.add(path);
  };
  for (const path of loads.keys()) visit(path, []);
  return cycles;
}
