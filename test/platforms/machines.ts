// Machines that differ in Node, time zone and locale, and what asof, compiled, makes on each of them.
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { execFile, execFileSync } from "node:child_process";
import { availableParallelism } from "node:os";
import { change, type Fault } from "../cli/built-asof.ts";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { nodePath, NODES } from "./nodes.ts";
import { promisify } from "node:util";
import type { Report } from "./program.ts";

/** What can differ between machines that should agree. */
export interface Machine {
  readonly node: (typeof NODES)[number];
  /** One with a half hour in it, clocks that are moved at midnight, and three quarters of an hour. */
  readonly zone: "UTC" | "America/St_Johns" | "Asia/Kathmandu";
  /** Turkish has an i of its own, another order, and other marks in numbers. */
  readonly locale: "en_US.UTF-8" | "tr_TR.UTF-8";
}

/** Each Node in each zone under each locale. */
export const MACHINES: readonly Machine[] = NODES.flatMap((node) =>
  (["UTC", "America/St_Johns", "Asia/Kathmandu"] as const).flatMap((zone) =>
    (["en_US.UTF-8", "tr_TR.UTF-8"] as const).map((locale) => ({ node, zone, locale })),
  ),
);

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const run = promisify(execFile);

/** Compiles the program, and of asof what it uses, as `npm run build` does, into a folder inside the repository, where its packages are found. */
export function compile(): string {
  const folder = emptyFolder();
  const compilerOptions = { noEmit: false, noCheck: true, rootDir: ROOT, outDir: folder, types: ["node"], typeRoots: [join(ROOT, "node_modules/@types")] };
  const files = [fileURLToPath(new URL("program.ts", import.meta.url))];
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ extends: join(ROOT, "tsconfig.json"), compilerOptions, include: [], files }));
  execFileSync(process.execPath, [join(ROOT, "node_modules", "typescript", "bin", "tsc"), "-p", folder], { stdio: ["ignore", "inherit", "inherit"] });
  cpSync(join(ROOT, "package.json"), join(folder, "package.json"));
  return folder;
}

/** A copy of what was compiled, with one text changed. */
export function compiledWith({ file, text, instead }: Fault, compiled: string): string {
  const folder = emptyFolder();
  cpSync(compiled, folder, { recursive: true });
  change(join(folder, file), text, instead);
  return folder;
}

function emptyFolder(): string {
  mkdirSync(join(ROOT, ".cache"), { recursive: true });
  return mkdtempSync(join(ROOT, ".cache", "platforms-"));
}

/** Removes what `compile` or `compiledWith` made. */
export function remove(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

/** Runs the program on each machine, as many at a time as there are processors; all parts, or those whose names begin with one of `parts`. */
export async function reports(folder: string, machines: readonly Machine[], parts: readonly string[] = []): Promise<Report[]> {
  const waiting = [...machines.entries()];
  const done: Report[] = [];
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) done[next[0]] = await report(folder, next[1], parts);
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  return done;
}

async function report(folder: string, { node, zone, locale }: Machine, parts: readonly string[]): Promise<Report> {
  const { PATH, TMPDIR } = process.env;
  const env = { PATH, TMPDIR, TZ: zone, LANG: locale, LC_ALL: locale, ASOF_SEED: "0" };
  const { stdout } = await run(nodePath(node), [join(folder, "test", "platforms", "program.js"), ...parts], { env, maxBuffer: 2 ** 24 });
  return JSON.parse(stdout.trim().split("\n").at(-1) as string) as Report;
}

/** The parts that are not the same everywhere, and the machines by what they make of the first; null where all agree. */
export function disagreement(machines: readonly Machine[], made: readonly Report[]): { readonly parts: readonly string[]; readonly first: object } | null {
  const names = [...new Set(made.flatMap(({ parts }) => Object.keys(parts)))];
  const parts = names.filter((name) => new Set(made.map((one) => one.parts[name])).size > 1);
  if (parts[0] === undefined) return null;
  const first: Record<string, string[]> = {};
  machines.forEach(({ node, zone, locale }, i) => (first[made[i]?.parts[parts[0] as string] ?? "missing"] ??= []).push(`${node} ${zone} ${locale}`));
  return { parts, first };
}
