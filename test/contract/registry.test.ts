// The contract of a registry over every implementation.
import { registryContract } from "./registry.ts";
import { storeKinds } from "./stores.ts";

for (const { name, place } of storeKinds()) registryContract(name, place);
