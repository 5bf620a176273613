// What a project must have to be served and trained: its config, folders, files, and a store that is as the code says.
import { access, constants, readFile, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { check, problem, type Check } from "./check.ts";
import { isHeld, type WriterLock } from "../../online/writer-lock.ts";
import { loadConfig, type LoadedConfig } from "../load-config.ts";
import { isMade } from "../../online/open.ts";
import type { Config } from "../../define/config.ts";
import type { Offline } from "../../offline/offline.ts";

/** Checks the project whose config lies at `path`, or nearest. Nothing is written, and nothing is made that is missing. */
export async function checkProject(path: string | undefined): Promise<readonly Check[]> {
  let loaded = null as LoadedConfig | null;
  const config = await check("config", async () => {
    loaded = await loadConfig(path);
    return `${loaded.config.services.length} services in ${loaded.root}`;
  });
  if (loaded === null) return [config];
  const { root } = loaded;
  const folders = Object.entries(foldersOf(loaded.config)).map(([name, folder]) => check(`folder of ${name}`, () => writable(resolve(root, folder))));
  const lock = check("lock of events", () => holder(resolve(root, loaded?.config.ingest.folder ?? "")));
  return [config, ...(await Promise.all([...folders, lock])), ...(await checkFiles(loaded)), await check("store", () => applied(loaded as LoadedConfig))];
}

function foldersOf({ online, ingest, servingLog }: Config): Readonly<Record<string, string>> {
  return {
    ...(online.kind === "embedded" ? { "the online store": online.path } : {}),
    events: ingest.folder,
    ...(servingLog === null ? {} : { "the serving log": servingLog.folder }),
  };
}

/** A folder that can be written to, or that can be made. */
async function writable(folder: string): Promise<string> {
  for (let at = folder; ; at = dirname(at)) {
    const found = await stat(at).catch((error: NodeJS.ErrnoException) => (error.code === "ENOTDIR" || error.code === "ENOENT" ? null : Promise.reject(error)));
    if (found === null) continue;
    if (!found.isDirectory()) throw problem(`${at} is a file`, "Move it away, or name another folder in the config");
    await access(at, constants.W_OK | constants.X_OK).catch(() => {
      throw problem(`${at} cannot be written to`, "Give yourself the permission, or name another folder in the config");
    });
    return at === folder ? folder : `${folder}, which is made when it is needed`;
  }
}

/** A lock that a dead process left is no problem: the next process takes it. */
async function holder(folder: string): Promise<string> {
  const text = await readFile(join(folder, "lock.json"), "utf8").catch(() => null);
  if (text === null) return "nobody takes events";
  try {
    const lock = JSON.parse(text) as WriterLock & { readonly url?: string };
    if (isHeld(lock)) return `process ${lock.pid} takes events${lock.url === undefined ? "" : ` at ${lock.url}`}`;
    return `left by process ${lock.pid}, which is gone: the next one takes it`;
  } catch {
    return "left half written: the next process takes it";
  }
}

async function checkFiles({ config, root }: LoadedConfig): Promise<readonly Check[]> {
  const [{ openStore }, wing] = await Promise.all([import("../../feature-store.ts"), import("../../offline/offline.ts")]);
  let offline = null as Offline | null;
  const opened = await check("definitions", async () => {
    const store = await openStore(config, { root });
    offline = await wing.Offline.open(root, config);
    return `${store.services.length} services can be planned`;
  });
  if (offline === null) return [opened];
  const own = offline;
  const sources = new Map(config.services.flatMap(({ views }) => views.map(({ definition }) => [definition.source.name, definition.source] as const)));
  const checks: Check[] = [opened];
  for (const [name, source] of sources)
    if (source.batch !== null)
      checks.push(await check(`source ${name}`, async () => `${(await own.snapshot({ source, streamed: false })).files.length} files`));
  await own.close();
  return checks;
}

/** Whether the store holds the definitions as they are. */
async function applied({ config, root }: LoadedConfig): Promise<string> {
  if (!isMade(config.online, root)) throw problem("there is no online store yet", "Run asof apply, or asof dev");
  const { openStore } = await import("../../feature-store.ts");
  const store = await openStore({ ...config, servingLog: null }, { root });
  try {
    const problems = await store.problems();
    if (problems.length === 0) return "as the code says";
    throw problem(problems.join("; "), "Run what it says, or asof dev");
  } finally {
    await store.close();
  }
}
