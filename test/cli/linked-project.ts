// A project that `asof init` has written, with its packages linked instead of installed.
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import type { BuiltAsof } from "./built-asof.ts";

const packages = fileURLToPath(new URL("../../node_modules", import.meta.url));

/** A project in a folder of its own. */
export interface LinkedProject {
  readonly folder: string;
  remove(): void;
}

/** Writes a project into a folder whose name no shell likes, and links what `npm install` would bring. */
export function initProject(asof: BuiltAsof, template: string): LinkedProject {
  const above = mkdtempSync(join(tmpdir(), "asof-init-"));
  const name = "It's a $tore (1)";
  asof.succeed(above, "init", name, "--template", template);
  const folder = join(above, name);
  const linked = join(folder, "node_modules");
  mkdirSync(join(linked, ".bin"), { recursive: true });
  symlinkSync(asof.folder, join(linked, "asof"));
  for (const each of ["jiti", "typescript", "@types"]) symlinkSync(join(packages, each), join(linked, each));
  const main = join(asof.folder, "dist", "cli", "main.js");
  chmodSync(main, 0o755);
  symlinkSync(main, join(linked, ".bin", "asof"));
  for (const bin of ["jiti", "tsc"]) symlinkSync(join(packages, ".bin", bin), join(linked, ".bin", bin));
  return { folder, remove: () => rmSync(above, { recursive: true, force: true }) };
}

/** A port that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
