// The contract of an online store over every implementation.
import { onlineStoreContract } from "./online-store.ts";
import { storeKinds } from "./stores.ts";

for (const { name, place } of storeKinds()) onlineStoreContract(name, place);
