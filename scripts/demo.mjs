// The demo: installs what is missing, builds asof, and runs the flights example with the arguments given.
import { installMissing, run } from "./steps.mjs";

const ready = installMissing() && run("npm", ["run", "--silent", "build"]);
const well = ready && run(process.execPath, ["--import", "jiti/register", "examples/flights/main.ts", ...process.argv.slice(2)]);
process.exitCode = well ? 0 : 1;
