// Durations as types: `30d` compiles, `30 days` does not, and the message says the cure.

type Unit = "ms" | "s" | "m" | "h" | "d" | "w";
/** `30d`, `15m`, `500ms`: one whole number and one unit. `90m`, not `1h30m`: one spelling per length. */
export type Duration = `${bigint}${Unit}`;
type Whole<D> = D extends Duration ? (D extends `-${string}` | `0${string}` | `${string}.${string}` ? false : true) : false;
/** `D` if it is a duration, or the sentence that says what to write. */
export type DurationOr<D extends string> =
  Whole<D> extends true ? D : string extends D ? Duration : `'${D}' is no duration: write a whole number and ms, s, m, h, d or w, such as 30d`;
