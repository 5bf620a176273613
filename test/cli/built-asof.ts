// The command line as users have it: compiled from the sources (or from a copy with one text changed) and run as a process.
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** How a command ended. */
export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
  /** What it printed with `--json`. */
  json(): Record<string, unknown>;
}

/** A compiled asof. */
export interface BuiltAsof {
  /** Its package. */
  readonly folder: string;
  /** Runs a command in a folder, to its end. */
  run(folder: string, ...args: readonly string[]): Ended;
  /** Runs a command that must end with 0. */
  succeed(folder: string, ...args: readonly string[]): Ended;
  /** Starts a command in a folder. */
  start(folder: string, ...args: readonly string[]): ChildProcess;
  remove(): void;
}

/** One text in one file of `src`, and what to put in its place. */
export interface Fault {
  readonly file: string;
  readonly text: string;
  readonly instead: string;
}

/** Compiles asof into a folder of its own inside the repository, where its packages are found. */
export function buildAsof(fault?: Fault): BuiltAsof {
  mkdirSync(join(root, ".cache"), { recursive: true });
  const folder = mkdtempSync(join(root, ".cache", "built-"));
  for (const file of ["package.json", "tsconfig.json", "tsconfig.build.json"]) cpSync(join(root, file), join(folder, file));
  cpSync(join(root, "src"), join(folder, "src"), { recursive: true, filter: (path) => !path.endsWith(".test.ts") });
  cpSync(join(root, "templates"), join(folder, "templates"), { recursive: true });
  if (fault !== undefined) change(join(folder, "src", fault.file), fault.text, fault.instead);
  const compiled = spawnSync(process.execPath, [join(root, "node_modules", "typescript", "bin", "tsc"), "-p", folder + "/tsconfig.build.json"], {
    encoding: "utf8",
  });
  if (compiled.status !== 0) throw new Error(`asof does not compile: ${compiled.stdout}${compiled.stderr}`);
  const main = join(folder, "dist", "cli", "main.js");
  const options = (cwd: string) => ({ cwd, env: { ...process.env, FORCE_COLOR: "0" } });
  const run = (cwd: string, ...args: readonly string[]): Ended => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], { ...options(cwd), encoding: "utf8" });
    return { code: status, out: stdout, err: stderr, json: () => JSON.parse(stdout) as Record<string, unknown> };
  };
  return {
    folder,
    run,
    succeed: (cwd, ...args) => {
      const ended = run(cwd, ...args);
      if (ended.code !== 0) throw new Error(`asof ${args.join(" ")} ended with ${ended.code}: ${ended.err}`);
      return ended;
    },
    start: (cwd, ...args) => spawn(process.execPath, [main, ...args], { ...options(cwd), stdio: ["ignore", "pipe", "pipe"] }),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Changes a text that a file holds exactly once. */
export function change(file: string, text: string, instead: string): void {
  const before = readFileSync(file, "utf8");
  if (before.split(text).length !== 2) throw new Error(`${file} does not hold ${JSON.stringify(text)} exactly once`);
  writeFileSync(
    file,
    before.replace(text, () => instead),
  );
}
