// A process that tries comparisons one after the other, each as its neighbour: `node mutant-process.mjs <project> <job>`. It says
// `ready`, then a line for each, and ends where one has left it in disorder: the next process goes on.
import { join } from "node:path";
import { createJiti } from "jiti";

const [project, job] = process.argv.slice(2);
const { ids, ...wanted } = JSON.parse(job);

const USUAL = {
  "<": (a, b) => a < b,
  "<=": (a, b) => a <= b,
  ">": (a, b) => a > b,
  ">=": (a, b) => a >= b,
  "===": (a, b) => a === b,
  "!==": (a, b) => a !== b,
};
let active = -1;
globalThis.asofCompare = (id, operator, neighbour, a, b) => USUAL[id === active ? neighbour : operator](a, b);

console.log = () => {};
const say = (line) => process.stdout.write(`${line}\n`);
const { checksOf, failsAny } = await createJiti(import.meta.url, { fsCache: true }).import(join(project, "test/mutation/checks.ts"));
const checks = checksOf(wanted);
const few = checks.slice(0, 5);
if (failsAny(checks)) say("unsound");
else {
  say("ready");
  for (const id of ids) {
    active = id;
    const killed = failsAny(checks);
    active = -1;
    say(`${id} ${killed ? "killed" : "survived"}`);
    if (killed && failsAny(few)) break;
  }
  say("end");
}
