// Windows as a definition spells them: `.over("7d", { offset: "7d" })`, `.lifetime()`, `.session("30m")`.
import type { Micros } from "../time.ts";

/**
 * Which rows a feature is over, in microseconds. `T - offset - length <= e < T - offset`; a lifetime has an infinite length.
 * With a `gap`, of these only the session that is open at T: the rows chained to the newest by gaps below `gap`, none
 * once `T - newest e >= gap`; its offset is 0.
 */
export interface Window {
  readonly length: Micros;
  readonly offset: Micros;
  readonly gap: Micros | null;
}
