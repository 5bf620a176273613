// The contract of a store of states over every implementation.
import { stateStoreContract } from "./state-store.ts";
import { storeKinds } from "./stores.ts";

for (const { name, place } of storeKinds()) stateStoreContract(name, place);
