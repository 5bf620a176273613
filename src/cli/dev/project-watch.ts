// Notices that code of a project was saved: files of TypeScript and JavaScript in its folder, but not those of packages.
import { readdirSync, watch, type FSWatcher } from "node:fs";
import { join } from "node:path";

const CODE = /\.[cm]?[jt]s$/;
/** Editors write a file in several steps, and save several files at once; in milliseconds. */
const SETTLED = 200;
/** Folders that are watched at most. */
const MOST_FOLDERS = 1000;

/** Calls `changed` with the names of the files, once they have settled. Gives what ends it. */
export function watchProject(root: string, changed: (files: readonly string[]) => void): () => void {
  const watchers = new Map<string, FSWatcher>();
  const saved = new Set<string>();
  let settling: NodeJS.Timeout | undefined;
  const settle = (): void => {
    add(root);
    const files = [...saved];
    saved.clear();
    if (files.length > 0) changed(files);
  };
  const notice = (kind: string, name: string | null): void => {
    const isCode = name !== null && CODE.test(name);
    if (isCode) saved.add(name);
    if (!isCode && kind !== "rename") return; // data that grows; a new folder is a rename
    clearTimeout(settling);
    settling = setTimeout(settle, SETTLED);
  };
  const add = (folder: string): void => {
    if (watchers.size >= MOST_FOLDERS) return;
    try {
      if (!watchers.has(folder)) {
        const watcher = watch(folder, { persistent: false }, notice);
        const remove = (): void => {
          watcher.close();
          watchers.delete(folder);
        };
        watcher.on("error", remove);
        watchers.set(folder, watcher);
      }
      for (const entry of readdirSync(folder, { withFileTypes: true }))
        if (entry.isDirectory() && entry.name !== "node_modules" && !entry.name.startsWith(".")) add(join(folder, entry.name));
    } catch {
      // it is gone again, or not for us to read
    }
  };
  add(root);
  return () => {
    clearTimeout(settling);
    for (const watcher of watchers.values()) watcher.close();
  };
}
