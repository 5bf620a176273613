// Compiles one file of text beside the type tests with the project's own settings, and says what the compiler said.
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";

/** One error: its line in the file, from 1, and its message with the lines that explain it. */
export interface CompileError {
  readonly line: number;
  readonly message: string;
}

const root = fileURLToPath(new URL("../../", import.meta.url));

/** The text's errors and the number of types that the compiler instantiated. Paths in it are as from `test/types`. */
export function compile(name: string, text: string): { readonly errors: readonly CompileError[]; readonly instantiations: number } {
  const folder = join(root, ".cache", "types", name);
  const file = join(root, "test", "types", `.${name}-${process.pid}.ts`);
  mkdirSync(folder, { recursive: true });
  const config = join(folder, "tsconfig.json");
  writeFileSync(config, JSON.stringify({ extends: join(root, "tsconfig.json"), include: [], files: [file] }));
  writeFileSync(file, text);
  try {
    const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
    const { stdout } = spawnSync(process.execPath, [tsc, "-p", config, "--pretty", "false", "--extendedDiagnostics"], { encoding: "utf8", cwd: root });
    return { errors: errorsIn(stdout, file), instantiations: Number(/Instantiations:\s*(\d+)/.exec(stdout)?.[1]) };
  } finally {
    rmSync(file, { force: true });
  }
}

/** Errors in the file; those of other files are for the types of the whole project to find. */
function errorsIn(output: string, file: string): CompileError[] {
  return output.split(/^(?=\S)/m).flatMap((entry) => {
    const [, path = "", line, message = ""] = /^(.+?)\((\d+),\d+\): error (TS\d+: [\s\S]*)$/.exec(entry) ?? [];
    return basename(path) === basename(file) ? [{ line: Number(line), message }] : [];
  });
}
