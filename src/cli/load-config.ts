// Finds and loads `asof.config.ts`, which imports from "asof" the very copy that runs.
import { existsSync, statSync } from "node:fs";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { AsofError, DefinitionError, UsageError } from "../errors.ts";
import type { Config } from "../define/config.ts";

/** A configuration, and the folder that its paths are relative to. */
export interface LoadedConfig {
  readonly config: Config;
  readonly root: string;
}

const NAMES = ["asof.config.ts", "asof.config.mts", "asof.config.js", "asof.config.mjs"];

/** The config file at `path`, or the nearest one at or above the current folder. Throws a `UsageError`. */
export function findConfig(path: string | undefined): string {
  const file = path === undefined ? nearest(process.cwd()) : resolve(path);
  if (!existsSync(file))
    throw new UsageError({
      code: "CONFIG_NOT_FOUND",
      what: `there is no file ${path ?? file}`,
      where: "--config",
      cure: "Name the file that exports defineConfig({...})",
    });
  if (statSync(file).isDirectory())
    throw new UsageError({
      code: "CONFIG_NOT_FOUND",
      what: `${path ?? file} is a folder`,
      where: "--config",
      cure: `Name the file in it, such as ${join(path ?? file, "asof.config.ts")}`,
    });
  return file;
}

/** Loads the config at `path`, or the nearest one at or above the current folder. Throws an `AsofError`. */
export async function loadConfig(path: string | undefined): Promise<LoadedConfig> {
  const file = findConfig(path);
  const config = await evaluate(file);
  if ((config as Partial<Config> | undefined)?.kind !== "config") {
    throw new DefinitionError({
      code: "CONFIG_NOT_EXPORTED",
      what: "its default export is no configuration",
      where: file,
      cure: "End it with: export default defineConfig({ services: [...] })",
    });
  }
  return { config: config as Config, root: dirname(file) };
}

function nearest(from: string): string {
  for (let folder = from; ; folder = dirname(folder)) {
    const found = NAMES.map((name) => join(folder, name)).find(existsSync);
    if (found !== undefined) return found;
    if (folder === dirname(folder)) {
      throw new UsageError({
        code: "CONFIG_NOT_FOUND",
        what: "there is no asof.config.ts here or in any folder above",
        where: from,
        cure: "Go to the project's folder, or name the file with --config",
      });
    }
  }
}

async function evaluate(file: string): Promise<unknown> {
  const [{ createJiti }, asof] = await Promise.all([import("jiti"), import("../index.ts")]);
  const jiti = createJiti(import.meta.url, { virtualModules: { asof } });
  try {
    return await jiti.import(file, { default: true });
  } catch (error) {
    const { message, stack } = error as Error;
    if (error instanceof AsofError) throw placed(error, placeIn(file, stack ?? ""));
    throw new DefinitionError(
      {
        code: "CONFIG_FAILED",
        what: `it cannot be loaded: ${message.split("\n")[0]?.trim() ?? ""}`,
        where: placeIn(file, stack ?? ""),
        cure: "Mend the file; --debug shows where it was thrown",
      },
      { cause: error },
    );
  }
}

/** An error of a definition with the line that it was thrown from. */
function placed(error: AsofError, place: string): DefinitionError {
  const { code, what, where, cure } = error;
  const whole = where === undefined ? place : `${where}, ${place}`;
  return new DefinitionError({ code, what, where: whole, ...(cure === undefined ? {} : { cure }) }, { cause: error });
}

/** The innermost place of a stack that lies in the project, with line and column. */
function placeIn(file: string, stack: string): string {
  const root = dirname(file);
  const places = stack.matchAll(/(?:file:\/\/)?(\/[^\s():]+|[A-Za-z]:\\[^\s():]+):(\d+):(\d+)/g);
  for (const [place, path] of places)
    if (path !== undefined && isAbsolute(path) && path.startsWith(root) && !path.includes("node_modules")) return place.replace("file://", "");
  return file;
}
