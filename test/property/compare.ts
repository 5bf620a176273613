// Sweep beside oracle: the first value that differs in a bit, told in full.
import { history, valuesAt, type Given } from "../oracle/naive.ts";
import { emptyValue } from "../../src/aggregate/run.ts";
import { kernelInput } from "./keyed-rows.ts";
import { statesSay } from "./state.ts";
import { planOf } from "./plan.ts";
import { prepare, sweep } from "../../src/kernel/sweep.ts";
import { vectorReader } from "../../src/schema/vector.ts";
import type { Case } from "./cases.ts";
import type { FeatureDefinition } from "../../src/define/feature-view.ts";
import type { Timestamp } from "../../src/time.ts";
import type { FeatureValue } from "../../src/schema/value-type.ts";

/** What is said of one feature at one moment, as text that differs where a bit differs. */
export type Line = string;

/** What the kernel says of one feature at one moment. */
export interface Swept {
  readonly found: boolean;
  readonly value: FeatureValue;
  readonly failed: boolean;
  /** The newest event time in the feature's window, null if it is empty. */
  readonly newest: bigint | null;
}

/** What the kernel says, moment by moment as wanted, over rows that come in these batches. */
export function sweptAt({ definition, wanted }: Omit<Case, "rows">, batches: readonly (readonly Given[])[]): Swept[][] {
  const plan = planOf(definition);
  const { rows, times, positions } = kernelInput(definition, batches, wanted);
  const values = sweep(prepare(plan, rows), times);
  const readers = values.features.map(vectorReader);
  return positions.map((position) =>
    plan.features.map(({ frame }, f) => {
      const newest = values.newest[frame]?.[position] as number;
      return {
        found: values.found[position] === 1,
        value: readers[f]?.(position) ?? null,
        failed: values.failed[f]?.[position] === 1,
        newest: Number.isNaN(newest) ? null : BigInt(newest),
      };
    }),
  );
}

/** The same as lines. */
export function kernelSays(tried: Omit<Case, "rows">, batches: readonly (readonly Given[])[]): Line[][] {
  return sweptAt(tried, batches).map((said) => said.map(({ found, value, failed, newest }) => line(found, value, failed, newest)));
}

/** What the oracle says, moment by moment as wanted. */
export function oracleSays({ definition, rows, wanted }: Case): Line[][] {
  const view = history(definition, rows);
  return wanted.map(({ key, at }) => {
    const { found, said } = valuesAt(view, key, BigInt(at));
    return said.map(({ value, failed, newest }) => line(found, value, failed, newest));
  });
}

/** What live states say, moment by moment as wanted. */
export function stateSays(tried: Case): Line[][] {
  const { features } = planOf(tried.definition);
  const nothing = features.map(({ call }) => ({ value: emptyValue(call), failed: false, newest: null }));
  const seed = tried.wanted.reduce((mixed, { at }) => Math.imul(mixed, 31) + (at % 2 ** 31), tried.rows.length);
  return statesSay(tried, seed).map((values) =>
    features.map(({ frame }, f) => {
      if (values === null) return line(false, nothing[f]?.value ?? null, false, null);
      const newest = values.newest[frame] ?? null;
      return line(true, values.values[f] ?? null, values.failed[f] === true, newest === null ? null : BigInt(newest));
    }),
  );
}

/** Throws where the sweep or the live state is not what the oracle says. */
export function compareWithOracle(tried: Case): void {
  const kernel = kernelSays(tried, [tried.rows]);
  const state = stateSays(tried);
  oracleSays(tried).forEach((lines, moment) =>
    lines.forEach((oracle, feature) => {
      for (const [host, said] of [
        ["sweep", kernel],
        ["state", state],
      ] as const) {
        const one = said[moment]?.[feature];
        if (one !== oracle) throw new Error(difference(tried, moment, feature, `${host} ${one}`, oracle));
      }
    }),
  );
}

/** What is said, as a line. */
function line(found: boolean, value: FeatureValue, failed: boolean, newest: bigint | null): Line {
  return `${found ? "found" : "not found"} ${bits(value)}${failed ? " failed" : ""} newest ${newest}`;
}

/** Doubles print shortest, so that two print alike only if they are one; -0 is the exception. Lists and maps in their order. */
export function bits(value: FeatureValue): string {
  if (value instanceof Map) return `{${[...value].map(([key, of]) => `${bits(key)}: ${bits(of)}`).join(", ")}}`;
  if (Array.isArray(value)) return `[${value.map(bits).join(", ")}]`;
  if (typeof value === "object" && value !== null) return `at ${(value as Timestamp).micros}`;
  return Object.is(value, -0) ? "number -0" : `${typeof value} ${JSON.stringify(typeof value === "bigint" ? String(value) : value)}`;
}

function difference({ definition, rows, wanted }: Case, moment: number, feature: number, kernel: string | undefined, oracle: string): string {
  const { call, window } = definition.features[feature] as FeatureDefinition;
  const { id, available, stream, late, ahead, tieBreak } = definition.source;
  const show = (row: object): string =>
    Object.entries(row)
      .map(([name, value]) => `${name}=${bits(value as FeatureValue)}`)
      .join(" ");
  return [
    `${call.aggregate}(${String(call.value)}, ${JSON.stringify(call.parameters)}) add ${String(call.add)} by ${String(call.by?.value)}`,
    `over ${window.length} offset ${window.offset} gap ${window.gap}, where ${String(definition.where)}, ${JSON.stringify(definition.refresh)}`,
    `source ${JSON.stringify({ id, available, stream, late, ahead, tieBreak })}`,
    `key ${JSON.stringify(wanted[moment]?.key)} at ${wanted[moment]?.at} of ${wanted.map(({ at }) => at).join(", ")}`,
    `kernel: ${kernel}`,
    `oracle: ${oracle}`,
    ...rows.slice(0, 30).map(show),
  ].join("\n");
}
