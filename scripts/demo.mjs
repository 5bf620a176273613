// The demos: installs what is missing, builds asof, and runs an example with the arguments given: npm run demo -- [flights|shop] [flags].
import { installMissing, run } from "./steps.mjs";

const DEMOS = ["flights", "shop"];
const given = process.argv.slice(2);
const [name, flags] = given[0] === undefined || given[0].startsWith("-") ? ["flights", given] : [given[0], given.slice(1)];
if (DEMOS.includes(name)) {
  const ready = installMissing() && run("npm", ["run", "--silent", "build"]);
  const well = ready && run(process.execPath, ["--import", "jiti/register", `examples/${name}/main.ts`, ...flags]);
  process.exitCode = well ? 0 : 1;
} else {
  process.stderr.write(`there is no demo '${name}', but: ${DEMOS.join(", ")}\n`);
  process.exitCode = 2;
}
