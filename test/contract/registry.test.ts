// The contract of a registry over every implementation, each on real files.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openLmdb } from "../../src/online/stores/lmdb.ts";
import { registryContract } from "./registry.ts";

registryContract("the embedded store", async () => {
  const path = await mkdtemp(join(tmpdir(), "asof-registry-"));
  let stores = await Promise.all([openLmdb({ path }), openLmdb({ path })]);
  const close = (): Promise<unknown> => Promise.all(stores.map((store) => store.close()));
  return {
    registry: stores[0].registry,
    other: stores[1].registry,
    reopen: async () => {
      await close();
      stores = await Promise.all([openLmdb({ path }), openLmdb({ path })]);
      return stores[0].registry;
    },
    dispose: async () => {
      await close();
      await rm(path, { recursive: true });
    },
  };
});
