// What the scripts share: installing what is missing, and running a command in the project's root.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The project's root. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Runs a command in the root with the project's tools in front of the path; true if it ended well. */
export function run(command, args, env = {}) {
  const path = `${join(root, "node_modules", ".bin")}${delimiter}${process.env["PATH"] ?? ""}`;
  return spawnSync(command, args, { cwd: root, stdio: "inherit", env: { ...process.env, PATH: path, ...env } }).status === 0;
}

/** Installs the locked packages unless they are there already; true if they are there in the end. */
export function installMissing() {
  if (installed()) return true;
  return run("npm", ["install", "--no-save", "--no-progress", "--loglevel=error"]);
}

/** Installs the servers that tests and demos run, unless they are there; true if they are there in the end. Only Debian and its like are known here. */
export function installServices() {
  const isThere = () => spawnSync("redis-server", ["--version"]).status === 0;
  if (isThere()) return true;
  const apt = (...args) => run("apt-get", ["-q", ...args], { DEBIAN_FRONTEND: "noninteractive" });
  const install = () => apt("install", "-y", "--no-install-recommends", "redis-server");
  if (!install() && apt("update")) install(); // where lists are missing or old
  if (!isThere()) console.error("redis-server cannot be installed by apt-get here: install Redis 7 yourself");
  return isThere();
}

/** Whether each locked package is installed in the locked version; optional ones are for some platforms only. */
function installed() {
  const hidden = join(root, "node_modules", ".package-lock.json");
  if (!existsSync(hidden)) return false;
  const present = JSON.parse(readFileSync(hidden, "utf8")).packages;
  const locked = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages;
  return Object.entries(locked).every(([path, { version, optional }]) => path === "" || optional === true || present[path]?.version === version);
}
