// The contract of a registry: what is applied, changed as a whole by compare-and-set.
import type { Registered } from "../plan/registered.ts";

/**
 * A registry. Implementations keep these invariants, and `test/contract/registry.ts` holds each to them:
 * 1. A reader sees what one `write` wrote, whole, in every process.
 * 2. Of two that write over one revision one is refused, and nothing of it is written.
 * 3. `write` resolves when it is durable.
 */
export interface Registry {
  /** What is applied. */
  read(): Promise<Registered>;
  /** Writes `next` in the place of revision `from`; false, and nothing is written, where another is there by now. */
  write(next: Registered, from: number): Promise<boolean>;
}
