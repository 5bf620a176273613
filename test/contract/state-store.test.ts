// The contract of a store of states, over each implementation.
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { tmpdir } from "node:os";
import { openLmdb } from "../../src/online/stores/lmdb.ts";
import { stateStoreContract } from "./state-store.ts";

stateStoreContract("the embedded store", async () => {
  const path = await mkdtemp(join(tmpdir(), "asof-states-"));
  let store = await openLmdb({ path });
  return {
    states: store.states,
    reopen: async () => {
      await store.close();
      store = await openLmdb({ path });
      return store.states;
    },
    dispose: async () => {
      await store.close();
      await rm(path, { recursive: true });
    },
  };
});
