// `asof init <folder>`: writes a small project that runs at once, with data of its own.
import { cp, mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { createOutput } from "../output.ts";
import { didYouMean, UsageError } from "../../errors.ts";
import { fileURLToPath } from "node:url";
import { samplePurchases, sampleSessions, type SampleData } from "../sample-data.ts";
import { systemClock, SECOND, type Micros } from "../../time.ts";
import type { Command } from "commander";

/** Each is a folder of `templates`, with the data that its definitions read. */
const TEMPLATES: Readonly<Record<string, (now: Micros) => SampleData>> = {
  shop: (now) => ({ ...samplePurchases(now), ...sampleSessions(now) }),
  minimal: samplePurchases,
};

interface Manifest {
  name: string;
  version?: string;
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
}

/** Adds the command. */
export function addInit(program: Command): void {
  const command = program
    .command("init")
    .description("write a small project that runs at once, with made-up data, into a new folder")
    .argument("<folder>", "a new or an empty folder")
    .option("--template <name>", "shop: batch, live and derived features; minimal: one source, one view, one service", "shop");
  command.addHelpText("after", "\nExample:\n  asof init my-store && cd my-store && npm install && npm run dev");
  command.action(async (folder: string, { template }: { readonly template: string }) => {
    const data = TEMPLATES[template];
    if (data === undefined || !Object.hasOwn(TEMPLATES, template))
      throw new UsageError({
        code: "USAGE_BAD_TEMPLATE",
        what: `there is no template '${template}'`,
        where: "--template",
        cure: didYouMean(template, Object.keys(TEMPLATES)),
      });
    const target = resolve(folder);
    await refuseFull(target, folder);
    const files = await write(target, template, data(Math.floor(systemClock.now() / SECOND) * SECOND));
    const { json }: { readonly json?: boolean } = command.optsWithGlobals();
    const next = `${target === process.cwd() ? "" : `  cd ${quoted(folder)}\n`}  npm install\n  npm run dev`;
    createOutput(json === true).result(`${folder} is a project now: its README.md says what it does\n${next}`, { folder: target, template, files });
  });
}

async function refuseFull(target: string, folder: string): Promise<void> {
  const found = await readdir(target).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    if (error.code === "ENOTDIR") return [basename(target)];
    throw error;
  });
  if (found.every((name) => name === ".git")) return;
  throw new UsageError({
    code: "INIT_NOT_EMPTY",
    what: `${folder} is not empty: there is ${found.slice(0, 3).join(", ")}${found.length > 3 ? ", ..." : ""}`,
    where: "init",
    cure: "Name a new folder, or an empty one",
  });
}

async function write(target: string, template: string, data: SampleData): Promise<readonly string[]> {
  const own = fileURLToPath(new URL("../../../", import.meta.url));
  await cp(join(own, "templates", template), target, { recursive: true });
  await rename(join(target, "gitignore"), join(target, ".gitignore")); // npm leaves a .gitignore out of a package
  const mine = await manifestOf(own);
  const manifest = await manifestOf(target);
  const versions: Readonly<Record<string, string>> = { ...mine.devDependencies, ...mine.dependencies, [mine.name]: mine.version ?? "*" };
  for (const list of [manifest.dependencies, manifest.devDependencies]) for (const name of Object.keys(list)) list[name] = versions[name] ?? "*";
  manifest.name = packageName(basename(target));
  await writeFile(join(target, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  await mkdir(join(target, "data"), { recursive: true });
  for (const [path, text] of Object.entries(data)) await writeFile(join(target, path), text);
  return (await readdir(target, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(target.length + 1))
    .filter((path) => !path.startsWith(".git/"))
    .toSorted();
}

async function manifestOf(folder: string): Promise<Manifest> {
  return JSON.parse(await readFile(join(folder, "package.json"), "utf8")) as Manifest;
}

/** A folder's name as npm takes it. */
function packageName(folder: string): string {
  const name = folder
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]+/g, "-")
    .replace(/^[._-]+/, "")
    .replace(/-+$/, "")
    .slice(0, 100);
  return name === "" || name === "asof" || name === "node_modules" ? "my-store" : name;
}

/** A folder as a shell takes it. */
function quoted(folder: string): string {
  return /^[\w./-]+$/.test(folder) ? folder : `'${folder.replaceAll("'", String.raw`'\''`)}'`;
}
