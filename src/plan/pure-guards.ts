// The globals by which a function can learn more than its row, and what stands in their places while one runs.
import type { ImpurityKind } from "./pure-text.ts";

/** What the guards tell, and ask. */
export interface Report {
  /** Notes what a function read that is not of its row; the error is to be thrown. */
  readonly impure: (kind: ImpurityKind, uses: string) => Error;
  /** Notes a function of `Math` that differs between versions of Node; null where that is not wanted. */
  readonly inexact: ((name: string) => void) | null;
  /** Whether rows are made up, whose texts may look like times that no real row has. */
  readonly madeUp: () => boolean;
  /** Runs something with the guards lifted. */
  readonly aside: <T>(run: () => T) => T;
}

type Owner = Record<PropertyKey, unknown>;

/** Functions that throw when they are called, by what they give away; `%` stands for the prototype of typed arrays. */
const CALLS: { readonly [K in ImpurityKind]?: readonly string[] } = {
  clock: ["Date.now", "Performance.prototype.now", "process.hrtime", "process.uptime"],
  chance: ["Math.random"],
  network: ["fetch"],
  environment: ["process.cwd"],
  "time zone": [
    ...["FullYear", "Month", "Date", "Day", "Hours", "Minutes", "Seconds", "Milliseconds", "Year", "TimezoneOffset"].map((part) => `Date.prototype.get${part}`),
    ...["FullYear", "Month", "Date", "Hours", "Minutes", "Seconds", "Milliseconds", "Year"].map((part) => `Date.prototype.set${part}`),
    ...["toString", "toDateString", "toTimeString"].map((name) => `Date.prototype.${name}`),
  ],
  locale: [
    ...["Number", "BigInt", "Array", "Object", "Date", "%"].map((owner) => `${owner}.prototype.toLocaleString`),
    ...["localeCompare", "toLocaleLowerCase", "toLocaleUpperCase"].map((name) => `String.prototype.${name}`),
    ...["toLocaleDateString", "toLocaleTimeString"].map((name) => `Date.prototype.${name}`),
  ],
};

/** Objects of which nothing may be read. */
const OBJECTS: readonly (readonly [ImpurityKind, string])[] = [
  ["environment", "process.env"],
  ["environment", "process.argv"],
  ["environment", "process"],
  ["environment", "navigator"],
  ["chance", "crypto"],
  ["clock", "performance"],
  ["locale", "Intl"],
];

/** Functions of `Math` whose last bit differs between versions of Node. */
export const INEXACT_MATH: readonly string[] =
  "acos acosh asin asinh atan atan2 atanh cbrt cos cosh exp expm1 hypot log log10 log1p log2 pow sin sinh tan tanh".split(" ");

/** A property and what takes its place. */
interface Swap {
  readonly owner: Owner;
  readonly name: PropertyKey;
  readonly replace: (original: unknown) => unknown;
  /** Whether it is written as a value. A plain write is much cheaper, and V8 keeps its code. Accessors are defined anew. */
  readonly isValue: boolean;
  /** What stands there while the guard does not: a value, or the descriptor of an accessor. */
  kept: unknown;
  /** The last original and its replacement, which is made once. */
  original: unknown;
  replacement: unknown;
}

/** Guards for all globals there are. A global that cannot be written is left as it is. */
export class Guards {
  readonly #swaps: readonly Swap[];

  constructor(report: Report) {
    const calls = Object.entries(CALLS).flatMap(([kind, paths]) => paths.map((path) => swap(path, () => throwing(report, kind as ImpurityKind, path))));
    const formats = intlMethods().map((path) => swap(path, () => throwing(report, "locale", path)));
    const temporal = namesOf("Temporal.Now").map((name) => swap(`Temporal.Now.${name}`, () => throwing(report, "clock", `Temporal.Now.${name}`)));
    const objects = OBJECTS.map(([kind, path]) => swap(path, () => closed(report, kind, path)));
    const { inexact } = report;
    const math = inexact === null ? [] : INEXACT_MATH.map((name) => swap(`Math.${name}`, (original) => noting(original as Call, () => inexact(name))));
    const others = [
      swap("Date", (original) => guardedDate(original as DateConstructor, report)),
      swap("Date.parse", (original) => guardedParse(original as DateConstructor["parse"], report)),
      swap("Date.prototype.constructor", (original) => guardedDate(original as DateConstructor, report)),
      swap("console", (original) => besides(original as object, report)),
    ];
    // Objects come after what is within them: the last to be put are the first to be lifted.
    this.#swaps = [...calls, ...formats, ...temporal, ...math, ...others, ...objects].filter((one) => one !== null);
  }

  put(): void {
    for (const one of this.#swaps) {
      const { owner, name, isValue } = one;
      one.kept = isValue ? owner[name] : Object.getOwnPropertyDescriptor(owner, name);
      const original = isValue ? one.kept : undefined;
      if (one.replacement === undefined || one.original !== original) {
        one.original = original;
        one.replacement = one.replace(original);
      }
      if (isValue) owner[name] = one.replacement;
      else Reflect.defineProperty(owner, name, { value: one.replacement, writable: true, configurable: true, enumerable: false });
    }
  }

  lift(): void {
    for (let i = this.#swaps.length - 1; i >= 0; i--) {
      const one = this.#swaps[i] as Swap;
      const { owner, name, isValue, kept } = one;
      if (isValue) owner[name] = kept;
      else Reflect.defineProperty(owner, name, kept as PropertyDescriptor);
      one.kept = undefined;
    }
  }
}

type Call = (...args: never[]) => unknown;

const TYPED_ARRAYS = Object.getPrototypeOf(Uint8Array.prototype) as object;

/** What stands at a path of globals; `null` where there is nothing. */
function resolve(path: readonly string[]): object | null {
  let at: unknown = globalThis;
  for (const name of path) at = name === "%" ? { prototype: TYPED_ARRAYS } : (at as Owner | null | undefined)?.[name];
  return (typeof at === "object" && at !== null) || typeof at === "function" ? at : null;
}

function swap(path: string, replace: Swap["replace"]): Swap | null {
  const names = path.split(".");
  const name = names.pop() as string;
  const owner = resolve(names);
  const descriptor = owner === null ? undefined : Object.getOwnPropertyDescriptor(owner, name);
  const isValue = descriptor?.writable === true;
  if (owner === null || (!isValue && descriptor?.configurable !== true)) return null;
  return { owner: owner as Owner, name, replace, isValue, kept: undefined, original: undefined, replacement: undefined };
}

function namesOf(path: string): string[] {
  const owner = resolve(path.split("."));
  return owner === null ? [] : Object.getOwnPropertyNames(owner).filter((name) => typeof (owner as Owner)[name] === "function");
}

/** The methods of formatters and collators, which may have been made before. */
function intlMethods(): string[] {
  const isMade = (name: string): boolean => resolve(["Intl", name, "prototype"]) !== null && name !== "Locale";
  return namesOf("Intl")
    .filter(isMade)
    .flatMap((made) =>
      Object.getOwnPropertyNames(resolve(["Intl", made, "prototype"]))
        .filter((name) => name !== "constructor")
        .map((name) => `Intl.${made}.prototype.${name}`),
    );
}

function throwing({ impure }: Report, kind: ImpurityKind, path: string): unknown {
  const guarded = function (): never {
    throw impure(kind, path.replace(".prototype", "").replace("%", "TypedArray"));
  };
  return Object.assign(guarded, { bigint: guarded }); // as process.hrtime has it
}

/** An object of which nothing can be read. */
function closed({ impure }: Report, kind: ImpurityKind, path: string): unknown {
  const refuse = (_: object, name?: unknown): never => {
    throw impure(kind, typeof name === "string" ? `${path}.${name}` : path);
  };
  const traps = ["get", "has", "set", "ownKeys", "getOwnPropertyDescriptor", "getPrototypeOf", "deleteProperty", "defineProperty"];
  return new Proxy({}, Object.fromEntries(traps.map((trap) => [trap, refuse])));
}

/** The same function, which tells that it was called. */
function noting(original: Call, tell: () => void): unknown {
  return (...args: never[]) => {
    tell();
    return original(...args);
  };
}

/** An object whose methods run with the guards lifted: who prints from a row function must not meet its printer's reads. */
function besides(original: object, { aside }: Report): unknown {
  return new Proxy(original, {
    get: (target, name) => {
      const value = Reflect.get(target, name) as unknown;
      return typeof value === "function" ? (...args: unknown[]) => aside(() => Reflect.apply(value, target, args) as unknown) : value;
    },
  });
}

/** A text that says its zone, or a date alone, which is read as UTC. */
const ZONED = /(^[+-]?\d{4,6}(-\d\d){0,2}|Z|UTC|GMT|[+-]\d\d:?\d\d)$/i;

/** Refuses a text that this machine's zone gives a meaning to. One that is no time in any zone is no matter. */
function checkText(text: string, parse: DateConstructor["parse"], uses: string, { impure, madeUp }: Report): void {
  const milliseconds = ZONED.test(text.trim()) || madeUp() ? Number.NaN : parse(text);
  if (milliseconds === milliseconds) throw impure("time zone", `${uses} of '${text}', which has no zone`);
}

function guardedParse(parse: DateConstructor["parse"], report: Report): DateConstructor["parse"] {
  return (text) => {
    checkText(String(text), parse, "Date.parse", report);
    return parse(text);
  };
}

const DATES = new WeakMap<DateConstructor, unknown>();

/** `Date`, for moments that are given as numbers or with their zone. */
function guardedDate(real: DateConstructor, report: Report): unknown {
  const known = DATES.get(real);
  if (known !== undefined) return known;
  const { parse } = real;
  const Guarded = function (...args: readonly unknown[]): Date {
    if (new.target === undefined) throw report.impure("clock", "Date()");
    if (args.length === 0) throw report.impure("clock", "new Date()");
    if (args.length > 1) throw report.impure("time zone", "new Date(year, month, ...)");
    if (typeof args[0] === "string") checkText(args[0], parse, "new Date", report);
    return Reflect.construct(real, args, new.target === Guarded ? real : new.target) as Date;
  };
  Object.setPrototypeOf(Guarded, real);
  Object.defineProperty(Guarded, "prototype", { value: real.prototype });
  DATES.set(real, Guarded);
  return Guarded;
}
