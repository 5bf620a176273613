// Fingerprints: a version for a plan, the same wherever and however the same definition is loaded.
import { Closures } from "./closure/closure.ts";
import { digest as sha256 } from "../schema/digest.ts";
import { Refusal } from "./closure/refusal.ts";
import type { AnyFunction } from "./closure/captured.ts";

/**
 * 16 hexadecimal digits of SHA-256 over a plan as JSON with sorted fields, rows in memory by their content, functions by
 * what they do: their syntax, and the values that they capture, helpers and what those capture included. Throws a
 * `DefinitionError` for a function that captures what no version can cover.
 */
export function fingerprint(plan: unknown): string {
  const functions = new Functions(plan);
  try {
    return sha256(JSON.stringify(plain(plan, functions, [])), 16);
  } finally {
    functions.close();
  }
}

/** The functions of one plan. Nothing is opened for a plan without any. */
class Functions {
  readonly #plan: unknown;
  #closures: Closures | null = null;

  constructor(plan: unknown) {
    this.#plan = plan;
  }

  digest(of: AnyFunction, path: readonly string[]): string {
    this.#closures ??= new Closures((text) => sha256(text, 64));
    try {
      return this.#closures.digest(of);
    } catch (error) {
      if (error instanceof Refusal) throw error.at(placeOf(this.#plan, path), String(of));
      throw error;
    }
  }

  close(): void {
    this.#closures?.close();
  }
}

function plain(value: unknown, functions: Functions, path: readonly string[]): unknown {
  if (typeof value === "function") return { function: functions.digest(value as AnyFunction, path) };
  if (typeof value === "bigint") return { bigint: String(value) };
  if (value === Infinity || value === -Infinity) return String(value);
  if (Array.isArray(value)) return value.map((item, i) => plain(item, functions, [...path, String(i)]));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, field]) => [name, plain(field, functions, [...path, name])]),
  );
}

/** `view spending, feature spend_7d`: the places in a view's plan as its definition names them, others by their path. */
function placeOf(plan: unknown, path: readonly string[]): string | undefined {
  const { name, features } = plan as { readonly name?: unknown; readonly features?: readonly { readonly name: string; readonly input?: unknown }[] };
  if (typeof name !== "string") return undefined;
  const [field, index] = path;
  const feature = field === "inputs" && Array.isArray(features) ? features.find(({ input }) => input === Number(index)) : undefined;
  return `${"entity" in (plan as object) ? "view" : "service"} ${name}, ${feature === undefined ? path.join(".") : `feature ${feature.name}`}`;
}
