// Calls of aggregates, checked: which functions of the row they take and with which parameters. Plain frozen data.
import * as AGGREGATES from "../aggregate/aggregates.ts";
import { DefinitionError } from "../errors.ts";
import { checkType, refuseMore, told } from "./given.ts";
import { parseDuration, type Micros } from "../time.ts";
import { refuseUnknown } from "./settings.ts";
import type { ColumnKind, Type } from "../schema/value-type.ts";

type Function = (row: never) => unknown;

/** Parameters of an aggregate; what it does not have is absent. */
export interface Parameters {
  /** How many values a list holds. */
  readonly n?: number;
  /** The most different values that a window may hold. */
  readonly limit?: number;
  /** The most different values of `by` that a window may hold. */
  readonly byLimit?: number;
  /** Which quantile, as the shortest decimal text of a number from 0 to 1. */
  readonly p?: string;
  /** How many decimal places the values have. */
  readonly scale?: number;
  readonly halfLife?: Micros;
}

/** One aggregate of row functions, without a window yet. */
export interface AggregateCall {
  readonly aggregate: AggregateName;
  /** The row function; null where it takes none. */
  readonly value: Function | null;
  /** What the row function returns, where it is declared. */
  readonly declared: ColumnKind | null;
  /** Whether a row adds or removes its item, for `currentItems`; null for all others. */
  readonly add: Function | null;
  /** What the values are grouped by, and its kind where it is declared; null if by nothing. */
  readonly by: { readonly value: Function; readonly declared: ColumnKind | null } | null;
  readonly parameters: Parameters;
}

/** The aggregates there are, by name. */
export type AggregateName = keyof typeof AGGREGATES;

/** How an aggregate is called. Each says so in its own file. */
export interface Form {
  /** Whether it takes a row function. */
  readonly value: "none" | "optional" | "required";
  /** The number that it takes after its row function: how many values, or which quantile. */
  readonly number?: "n" | "p";
  readonly options: readonly ("type" | "limit" | "scale" | "add")[];
  /** Whether it is for entity sources; others are for events. */
  readonly ofEntity?: true;
}

/** The aggregates of events that a definition calls by name. */
export const CALLED: readonly AggregateName[] = (Object.keys(AGGREGATES) as AggregateName[]).filter((name) => {
  const { form } = AGGREGATES[name];
  return form !== null && form.ofEntity !== true;
});

/** As many different values as a window may hold where nothing is said. */
const DEFAULT_LIMIT = 10_000;
/** A list may hold so many values. */
const LONGEST_LIST = 10_000;

interface Options {
  readonly type?: Type<unknown>;
  readonly limit?: number;
  readonly scale?: number;
  readonly add?: unknown;
}

/** The call of an aggregate with the arguments that a definition gives it. Throws a `DefinitionError`. */
export function callOf(aggregate: AggregateName, given: readonly unknown[]): AggregateCall {
  const { value: takes, number, options: known } = AGGREGATES[aggregate].form as Form;
  const where = `${aggregate}(...)`;
  refuseMore(given, (takes === "none" ? 0 : 1) + (number === undefined ? 0 : 1) + (known.length === 0 ? 0 : 1), where);
  const rest = takes === "none" ? [...given] : given.slice(1);
  const example = { none: "", n: ", 5", p: ", 0.9" }[number ?? "none"];
  const value = takes === "none" ? null : functionOf(given[0], takes === "optional", where, `${aggregate}((row) => row.column${example})`);
  const parameter = number === undefined ? {} : { [number]: numberOf(rest.shift(), number, aggregate) };
  const options = optionsOf(rest[0], known, where);
  const add = known.includes("add") ? addOf(options.add) : null;
  return freeze({
    aggregate,
    value,
    declared: options.type?.kind ?? null,
    add,
    by: null,
    parameters: { ...parameter, ...limitOf(options, known, where), ...scaleOf(options, where) },
  });
}

/** The same call for each value of a function. Throws a `DefinitionError`. */
export function byCall(call: AggregateCall, key: unknown, given: unknown): AggregateCall {
  const where = `${call.aggregate}(...).by`;
  const value = functionOf(key, false, where, `${where}((row) => row.column)`) as Function;
  const options = optionsOf(given, ["type", "limit"], where);
  const { limit } = limitOf(options, ["limit"], where);
  return freeze({ ...call, by: { value, declared: options.type?.kind ?? null }, parameters: { ...call.parameters, byLimit: limit as number } });
}

/** The fading form of a sum or a count. Throws a `DefinitionError` or `TimeError`. */
export function decayedCall(call: AggregateCall, halfLife: string): AggregateCall {
  const aggregate = call.aggregate === "sum" ? "decayedSum" : call.aggregate === "count" ? "decayedCount" : null;
  if (aggregate === null || call.parameters.scale !== undefined)
    throw wrong(`${call.aggregate}(...).decayed`, "only sums and counts without a scale can fade", "Write sum((row) => row.column).decayed(...)");
  return freeze({ ...call, aggregate, parameters: { ...call.parameters, halfLife: parseDuration(halfLife, `${call.aggregate}(...).decayed`) } });
}

function freeze(call: AggregateCall): AggregateCall {
  return Object.freeze({ ...call, by: call.by === null ? null : Object.freeze(call.by), parameters: Object.freeze(call.parameters) });
}

function optionsOf(given: unknown, known: Form["options"], where: string): Options {
  if (given === undefined) return {};
  refuseUnknown(given as Options, known, where);
  const options = given as Options;
  if (options.type !== undefined) checkType(options.type, "what the function returns", where);
  return options;
}

function functionOf(value: unknown, isOptional: boolean, where: string, example: string): Function | null {
  if (typeof value === "function") return value as Function;
  if (value === undefined && isOptional) return null;
  throw new DefinitionError({
    code: "DEFINITION_NO_FUNCTION",
    what: "it takes a function of the row",
    where,
    cure: `Write ${example}`,
  });
}

function addOf(add: unknown): Function {
  if (typeof add === "function") return add as Function;
  throw new DefinitionError({
    code: "DEFINITION_NO_FUNCTION",
    what: "it does not say which rows add an item",
    where: "currentItems(...)",
    cure: 'Write currentItems((row) => row.item, { add: (row) => row.kind === "add" })',
  });
}

function numberOf(given: unknown, parameter: "n" | "p", aggregate: string): number | string {
  const where = `${aggregate}(...)`;
  if (parameter === "n") {
    if (Number.isInteger(given) && (given as number) >= 1 && (given as number) <= LONGEST_LIST) return given as number;
    throw wrong(where, `${told(given)} is no number of values`, `Give a whole number from 1 to ${LONGEST_LIST}: ${aggregate}((row) => row.column, 5)`);
  }
  if (typeof given === "number" && given >= 0 && given <= 1) return String(given);
  throw wrong(where, `${told(given)} is no quantile`, "Give a number from 0 to 1: quantile((row) => row.column, 0.9)");
}

function limitOf({ limit = DEFAULT_LIMIT }: Options, known: Form["options"], where: string): { readonly limit?: number } {
  if (!known.includes("limit")) return {};
  if (Number.isSafeInteger(limit) && limit >= 1) return { limit };
  throw wrong(where, `limit ${told(limit)} is no number of values`, "Give a whole number from 1 on");
}

function scaleOf({ scale }: Options, where: string): { readonly scale?: number } {
  if (scale === undefined) return {};
  if (Number.isInteger(scale) && scale >= 0 && scale <= 15) return { scale };
  throw wrong(where, `scale ${told(scale)} is no number of decimal places`, "Give a whole number from 0 to 15: sum((row) => row.amount, { scale: 2 })");
}

function wrong(where: string, what: string, cure: string): DefinitionError {
  return new DefinitionError({ code: "DEFINITION_BAD_PARAMETER", what, where, cure });
}
