// Sweep beside oracle: the first value that differs in a bit, told in full.
import { history, valuesAt, type Given } from "../oracle/naive.ts";
import { kernelInput } from "./keyed-rows.ts";
import { planView } from "../../src/plan/view-plan.ts";
import { prepare, sweep } from "../../src/kernel/sweep.ts";
import { vectorReader } from "../../src/schema/vector.ts";
import type { Case } from "./cases.ts";
import type { Value } from "../../src/schema/value-type.ts";

/** What is said of one feature at one moment, as text that differs where a bit differs. */
type Line = string;

/** What the kernel says, moment by moment as wanted, over rows that come in these batches. */
export function kernelSays({ definition, wanted }: Omit<Case, "rows">, batches: readonly (readonly Given[])[]): Line[][] {
  const plan = planView(definition);
  const { rows, times, positions } = kernelInput(definition, batches, wanted);
  const values = sweep(prepare(plan, rows), times);
  const readers = values.features.map(vectorReader);
  return positions.map((position) =>
    plan.features.map(({ frame }, f) => {
      const newest = values.newest[frame]?.[position] as number;
      return line(
        values.found[position] === 1,
        readers[f]?.(position) ?? null,
        values.failed[f]?.[position] === 1,
        Number.isNaN(newest) ? null : BigInt(newest),
      );
    }),
  );
}

/** What the oracle says, moment by moment as wanted. */
function oracleSays({ definition, rows, wanted }: Case): Line[][] {
  const view = history(definition, rows);
  return wanted.map(({ key, at }) => {
    const { found, said } = valuesAt(view, key, BigInt(at));
    return said.map(({ value, failed, newest }) => line(found, value, failed, newest));
  });
}

/** Throws where the two differ. */
export function compareWithOracle(tried: Case): void {
  const kernel = kernelSays(tried, [tried.rows]);
  oracleSays(tried).forEach((lines, moment) =>
    lines.forEach((oracle, feature) => {
      const said = kernel[moment]?.[feature];
      if (said !== oracle) throw new Error(difference(tried, moment, feature, said, oracle));
    }),
  );
}

function line(found: boolean, value: Value, failed: boolean, newest: bigint | null): Line {
  return `${found ? "found" : "not found"} ${bits(value)}${failed ? " failed" : ""} newest ${newest}`;
}

/** Doubles print shortest, so that two print alike only if they are one; -0 is the exception. */
function bits(value: Value): string {
  if (typeof value === "object" && value !== null) return `at ${value.micros}`;
  return Object.is(value, -0) ? "number -0" : `${typeof value} ${String(value)}`;
}

function difference({ definition, rows, wanted }: Case, moment: number, feature: number, kernel: string | undefined, oracle: string): string {
  const { call, window } = definition.features[feature] ?? {};
  const show = (row: object): string =>
    Object.entries(row)
      .map(([name, value]) => `${name}=${bits(value as Value)}`)
      .join(" ");
  return [
    `${call?.aggregate}(${String(call?.value)}) over ${window?.length} offset ${window?.offset}, where ${String(definition.where)}`,
    `key ${JSON.stringify(wanted[moment]?.key)} at ${wanted[moment]?.at} of ${wanted.map(({ at }) => at).join(", ")}`,
    `kernel: ${kernel}`,
    `oracle: ${oracle}`,
    ...rows.slice(0, 30).map(show),
  ].join("\n");
}
