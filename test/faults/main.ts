// The faults of a store, each so many times, as a table: `npm run faults -- --times 20`, or some of them by name.
import { parseArgs } from "node:util";
import { FAULTS, suffer, tableOf } from "./suffer.ts";

const { values, positionals } = parseArgs({ allowPositionals: true, options: { times: { type: "string", default: "20" } } });
const names = Object.keys(FAULTS);
const unknown = positionals.find((name) => !names.includes(name));
if (unknown !== undefined) {
  process.stderr.write(`there is no fault '${unknown}', but: ${names.join(", ")}\n`);
  process.exit(2);
}
const found = await suffer(positionals.length > 0 ? positionals : names, Number(values.times));
process.stdout.write(`${tableOf(found)}\n`);
for (const { fault, wrong } of found) for (const one of wrong) process.stdout.write(`${fault}: ${one}\n`);
process.exitCode = found.some(({ wrong }) => wrong.length > 0) ? 1 : 0;
