// The contract of an online store over every implementation, each on real files.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onlineStoreContract } from "./online-store.ts";
import { openLmdb } from "../../src/online/stores/lmdb.ts";

onlineStoreContract("the embedded store", async () => {
  const path = await mkdtemp(join(tmpdir(), "asof-store-"));
  let store = await openLmdb({ path });
  return {
    store,
    reopen: async () => {
      await store.close();
      return (store = await openLmdb({ path }));
    },
    dispose: async () => {
      await store.close();
      await rm(path, { recursive: true });
    },
  };
});
