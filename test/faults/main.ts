// The faults of each store, each so many times, as a table: `npm run faults -- --times 20`, or of some stores by name.
import { parseArgs } from "node:util";
import { suffer, tableOf } from "./suffer.ts";
import { TARGETS, type Target } from "./targets.ts";

const { values, positionals } = parseArgs({ allowPositionals: true, options: { times: { type: "string", default: "20" } } });
const names = Object.keys(TARGETS);
const unknown = positionals.find((name) => !names.includes(name));
if (unknown !== undefined || !/^[1-9]\d*$/.test(values.times)) {
  process.stderr.write(`npm run faults -- [--times <how often each>] [${names.join("] [")}]\n`);
  process.exit(2);
}
for (const name of positionals.length > 0 ? positionals : names) {
  const found = await suffer(TARGETS[name] as () => Promise<Target>, Number(values.times));
  process.stdout.write(`${name}\n${tableOf(found)}\n`);
  for (const { fault, wrong } of found) for (const one of wrong) process.stdout.write(`${fault}: ${one}\n`);
  if (found.some(({ wrong }) => wrong.length > 0)) process.exitCode = 1;
}
