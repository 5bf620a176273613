// Other versions of Node, from npm: the packages that `node` itself installs, fetched once into a folder beside the caches.
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/** The oldest, the middle and the newest line that asof supports. */
export const NODES = ["20.20.2", "22.23.3", "24.21.0"] as const;

const CACHE = fileURLToPath(new URL("../../.cache", import.meta.url));
const run = promisify(execFile);

/** The program of a version. */
export function nodePath(version: string): string {
  return join(CACHE, "nodes", version, "node");
}

/** Installs the versions that are not there yet, from packages without scripts of their own. Throws what npm throws. */
export async function installNodes(): Promise<void> {
  const missing = NODES.filter((version) => !existsSync(nodePath(version)));
  if (missing.length === 0) return;
  await mkdir(join(CACHE, "nodes"), { recursive: true });
  const folder = await mkdtemp(join(CACHE, "nodes", "new-"));
  try {
    const prefix = `${process.platform}-${process.arch}` === "darwin-arm64" ? "node-bin" : "node";
    const packages = missing.map((version) => `node-${version}@npm:${prefix}-${process.platform}-${process.arch}@${version}`);
    await run("npm", ["install", "--prefix", folder, "--no-save", "--no-package-lock", "--ignore-scripts", "--no-audit", "--no-fund", ...packages]);
    for (const version of missing) await keep(join(folder, "node_modules", `node-${version}`, "bin"), version);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Moves a program to its place as a whole; another process may have done so in the meantime. */
async function keep(from: string, version: string): Promise<void> {
  const { stdout } = await run(join(from, "node"), ["--version"]);
  if (stdout.trim() !== `v${version}`) throw new Error(`npm gave Node ${stdout.trim()} for ${version}`);
  await rename(from, join(CACHE, "nodes", version)).catch((error: unknown) => {
    if (!existsSync(nodePath(version))) throw error;
  });
}
