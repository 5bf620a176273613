// Inputs: what a row function returned for each row, in the forms that aggregates compute on.
import { compareText } from "../schema/canonical.ts";
import { FEW, LocalRanks, wholeOrNone } from "./local-ranks.ts";
import { SplitValues } from "./exact-sum.ts";
import { wholes } from "./decimals.ts";
import { doublesFor } from "../schema/slab.ts";
import type { Column } from "../schema/column.ts";
import type { ColumnKind } from "../schema/value-type.ts";

/** Values as doubles, NaN for null, and the way back to a column. */
export interface Coding {
  readonly codes: Float64Array;
  readonly decode: (codes: Float64Array) => Column;
}

/** The values of one row function, one per row, with codings that are made when an aggregate asks for them. */
export class Input {
  readonly column: Column;
  readonly #few: number;
  #identity: Coding | null = null;
  #ranked: Coding | null = null;
  #truths: Float64Array | null = null;
  readonly #split = new Map<number | null, SplitValues>();
  readonly #local = new Map<Coding, Map<Input | null, LocalRanks>>();

  /** `few`: codes that are whole numbers below it number the values as they are. The rows of one key have no more than they are. */
  constructor(column: Column, few: number = FEW) {
    this.column = column;
    this.#few = few;
  }

  get kind(): ColumnKind {
    return this.column.kind;
  }

  /** Equal values have equal codes. */
  identity(): Coding {
    return (this.#identity ??= identityCoding(this.column));
  }

  /** Equal values have equal codes, and codes compare as values do. */
  ranked(): Coding {
    return (this.#ranked ??= this.column.kind === "string" || this.column.kind === "int64" ? rank(this.identity()) : this.identity());
  }

  /** 1 where a boolean is true, NaN elsewhere. */
  truths(): Float64Array {
    return (this.#truths ??= this.identity().codes.map((code) => (code === 1 ? 1 : Number.NaN)));
  }

  /** Ranks of the values among those of a key's rows or, where rows are grouped by another input, of a group's. */
  ranks(groups: Input | null): LocalRanks {
    return this.#localRanks(this.ranked(), groups);
  }

  /** Numbers like `ranks`, but in no order of the values: text need not be compared. */
  numbered(groups: Input | null): LocalRanks {
    return this.#localRanks(this.identity(), groups);
  }

  /** The values cut for exact sums, in units of 10^-scale where there is a scale; of float64 only. */
  split(scale: number | null): SplitValues {
    const known = this.#split.get(scale);
    if (known !== undefined) return known;
    const { codes } = this.identity();
    const split = new SplitValues(scale === null ? codes : wholes(codes, scale));
    this.#split.set(scale, split);
    return split;
  }

  /** How many values are no decimals with so many places; of float64 only. */
  unscaled(scale: number): number {
    const { codes } = this.identity();
    const { values } = this.split(scale);
    return codes.reduce((count, code, i) => (code === code && values[i] !== values[i] ? count + 1 : count), 0);
  }

  /** All who ask for the same get the same. */
  #localRanks(coding: Coding, groups: Input | null): LocalRanks {
    const known = this.#local.get(coding) ?? new Map<Input | null, LocalRanks>();
    const ranks = known.get(groups) ?? new LocalRanks(coding.codes, groups?.ranks(null) ?? null, this.#few);
    this.#local.set(coding, known.set(groups, ranks));
    return ranks;
  }
}

function identityCoding(column: Column): Coding {
  if (column.kind === "string") {
    const { dictionary } = column;
    const { ids } = column;
    const codes = doublesFor(ids.length);
    for (let i = 0; i < codes.length; i++) codes[i] = (ids[i] as number) < 0 ? Number.NaN : (ids[i] as number);
    return { codes, decode: (out) => ({ kind: "string", ids: wholeOrNone(out), dictionary }) };
  }
  if (column.kind === "int64") return int64Coding(column.words, column.valid);
  const { kind } = column;
  return { codes: column.numbers, decode: (numbers) => ({ kind, numbers }) };
}

function int64Coding(words: BigInt64Array, valid: Uint8Array): Coding {
  const ids = new Map<bigint, number>();
  const distinct: bigint[] = [];
  const codes = new Float64Array(words.length).fill(Number.NaN);
  words.forEach((word, i) => {
    if (valid[i] === 0) return;
    const known = ids.get(word);
    if (known === undefined) ids.set(word, distinct.push(word) - 1);
    codes[i] = known ?? distinct.length - 1;
  });
  return { codes, decode: (out) => decodeInt64(out, distinct) };
}

function decodeInt64(codes: Float64Array, distinct: readonly bigint[]): Column {
  const valid = new Uint8Array(codes.length);
  const words = new BigInt64Array(codes.length);
  for (let i = 0; i < valid.length; i++) {
    const code = codes[i] as number;
    if (code !== code) continue;
    valid[i] = 1;
    words[i] = distinct[code] as bigint;
  }
  return { kind: "int64", words, valid };
}

/** Renumbers the codes of a coding in order of their values. */
function rank(coding: Coding): Coding {
  let greatest = -1;
  for (const code of coding.codes) if (code > greatest) greatest = code;
  const all = coding.decode(Float64Array.from({ length: greatest + 1 }, (_, code) => code));
  const compare = comparer(all);
  const sorted = Float64Array.from({ length: greatest + 1 }, (_, code) => code).sort(compare);
  const ranks = new Float64Array(greatest + 1);
  sorted.forEach((code, position) => (ranks[code] = position));
  return { codes: renumbered(coding.codes, ranks), decode: (out) => coding.decode(renumbered(out, sorted)) };
}

/** Each code that is not null in the place that `numbers` gives it. */
function renumbered(codes: Float64Array, numbers: Float64Array): Float64Array {
  const given = new Float64Array(codes.length);
  for (let i = 0; i < given.length; i++) {
    const code = codes[i] as number;
    given[i] = code === code ? (numbers[code] as number) : code;
  }
  return given;
}

function comparer(column: Column): (a: number, b: number) => number {
  if (column.kind === "string") return (a, b) => compareText(column.dictionary[a] as string, column.dictionary[b] as string);
  if (column.kind !== "int64") return (a, b) => a - b;
  const { words } = column;
  return (a, b) => ((words[a] as bigint) < (words[b] as bigint) ? -1 : (words[a] as bigint) > (words[b] as bigint) ? 1 : 0);
}
