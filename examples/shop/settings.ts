// How large the demo is unless flags say otherwise, and where it keeps its files.
import { join } from "node:path";

/** The folder of everything that the demo writes. */
export const FOLDER: string = join(import.meta.dirname, "../../.cache/shop");
/** Where the trained model lies. */
export const MODEL: string = join(FOLDER, "model.json");

/** The shop: the history and the load are of the same. */
export const SHOP = { users: 50_000, seed: 20_261_123 } as const;
/** The load: how many events, how many of them a second, and how many requests meanwhile. */
export const LOAD = { events: 210_000, rate: 2_500, requests: 52_000 } as const;
/** Precision is the share of chargebacks among so many of those ranked highest. */
export const HIGHEST = 0.02;
