// Fingerprints: a version for a plan, the same wherever the same definition is compiled.
import { createHash } from "node:crypto";

/**
 * 16 hexadecimal digits of SHA-256 over a plan as JSON with sorted fields, functions by their text, rows in memory by
 * their content. Two functions of equal text that capture different values are not told apart.
 */
export function fingerprint(plan: unknown): string {
  return createHash("sha256")
    .update(JSON.stringify(plain(plan)))
    .digest("hex")
    .slice(0, 16);
}

function plain(value: unknown): unknown {
  if (typeof value === "function") return { function: String(value) };
  if (typeof value === "bigint") return { bigint: String(value) };
  if (value === Infinity || value === -Infinity) return String(value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, field]) => [name, plain(field)]),
  );
}
