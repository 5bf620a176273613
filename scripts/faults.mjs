// Faults between asof and its stores, as a table: npm run faults -- [--times 20] [fault ...].
import { installMissing, installServices, run } from "./steps.mjs";

const ready = installMissing() && installServices();
process.exitCode = ready && run(process.execPath, ["--import", "jiti/register", "test/faults/main.ts", ...process.argv.slice(2)]) ? 0 : 1;
