// What the text of a function tells of its purity: names of clocks, chance, the network, the environment and locales.
import { DefinitionError } from "../errors.ts";

/** What a function must not depend on. */
export type ImpurityKind = "clock" | "chance" | "network" | "environment" | "file" | "locale" | "time zone";

/** Something in a function's text that makes its values depend on more than the row. */
export interface Impurity {
  /** `inexact`: `Math` whose last bit differs between versions of Node: a warning. Anything else is refused. */
  readonly kind: ImpurityKind | "inexact";
  /** As it stands in the text: `Date.now`, `Math.pow`, `**`. */
  readonly uses: string;
  /** What to do about it. */
  readonly cure: string;
}

const CURES: { readonly [K in Impurity["kind"]]: string } = {
  clock: "Use a time of the row, such as its event time: the same row must give the same value tomorrow",
  chance: "Draw it where the rows are made, and read it as a column",
  network: "Fetch it where the rows are made and read it as a column, or pass it as a request field",
  environment: "Write the value into the definition, or read it as a column",
  file: "Read it when the definition is made, or join it to the rows as a column",
  locale: "Use what is the same on all machines: toLowerCase, <, toFixed",
  "time zone": "Use UTC: getUTCHours, toISOString, Date.UTC, a text that ends with Z",
  inexact: "Its last bit may differ between versions of Node: train and serve with one version, or use + - * / and Math.sqrt",
};

const SAYS: { readonly [K in ImpurityKind]: string } = {
  clock: "reads the clock",
  chance: "depends on chance",
  network: "asks the network",
  environment: "reads the environment of the process",
  file: "reads a file or loads code",
  locale: "depends on the locale",
  "time zone": "depends on the time zone",
};

/** The error of a function that reads more than its row. */
export function impureError(kind: ImpurityKind, uses: string, where: string, value: ((row: never) => unknown) | null): DefinitionError {
  const text = value === null ? "" : `: ${shortened(String(value))}`;
  return new DefinitionError({ code: "DEFINITION_IMPURE", what: `a row function ${SAYS[kind]} (${uses})${text}`, where, cure: CURES[kind] });
}

function shortened(text: string): string {
  const line = text.replaceAll(/\s+/g, " ");
  return line.length <= 120 ? line : `${line.slice(0, 117)}...`;
}

/** Patterns over text without strings and comments. `free` names are nobody's property, and not bound in the text. */
const free = (name: string, then: string): RegExp => new RegExp(`(?<![\\w$]|(?<!\\.\\.)\\.)(${name})${then}`, "g");
const PATTERNS: readonly (readonly [ImpurityKind, RegExp])[] = [
  ["clock", free("Date\\.now|performance\\.now|Temporal\\.Now|process\\.hrtime", "\\b")],
  ["clock", free("new Date", "(?:\\s*\\(\\s*\\)|(?!\\s*[(\\w$.]))")],
  ["clock", free("(?<!new\\s+)Date", "\\s*\\(")],
  ["chance", free("Math\\.random", "\\b")],
  ["chance", /(?<![\w$])(randomUUID|randomInt|randomBytes|getRandomValues)\)?\s*\(/g],
  ["network", free("fetch|(?:new )?(?:WebSocket|XMLHttpRequest|EventSource)", "\\s*\\(")],
  ["environment", free("process\\.(?!hrtime)[\\w$]+|import\\.meta\\.[\\w$]+", "")],
  ["file", free("require|import", "\\s*\\(")],
  ["file", /(?<![\w$])(readFileSync|readFile|openSync)\)?\s*\(/g],
  ["locale", free("Intl\\.[\\w$]+", "")],
  ["locale", /\.(toLocale[A-Z]\w*|localeCompare)\s*\(/g],
  ["time zone", /\.(getTimezoneOffset|get(?:FullYear|Month|Date|Day|Hours|Minutes|Seconds|Milliseconds)|to(?:Date|Time)String)\s*\(/g],
];
const INEXACT = /(?<![\w$.])(Math\s*\.\s*(?:acosh?|asinh?|atan[2h]?|cbrt|cosh?|expm1|exp|hypot|log(?:10|1p|2)?|pow|sinh?|tanh?))\b/g;

/**
 * What a function's text shows of its purity. A look at the text alone: what helpers do it does not see, and names that the text
 * binds itself (`(process) => process.step`) are taken for what they are.
 */
export function impurities(value: ((row: never) => unknown) | string): Impurity[] {
  const text = codeOf(String(value));
  const refused = PATTERNS.flatMap(([kind, pattern]) =>
    [...text.matchAll(pattern)].map((match) => (match[1] as string).trim()).flatMap((uses) => (isBound(uses, text) ? [] : [{ kind, uses, cure: CURES[kind] }])),
  );
  const inexact = inexactMath(value).map((uses): Impurity => ({ kind: "inexact", uses, cure: CURES.inexact }));
  return [...refused, ...inexact];
}

/** The functions of `Math`, and `**`, in a function's text that give other bits in other versions of Node. */
export function inexactMath(value: ((row: never) => unknown) | string): string[] {
  const text = codeOf(String(value));
  const named = [...text.matchAll(INEXACT)].map((match) => (match[1] as string).replaceAll(/\s/g, ""));
  return [...new Set(text.includes("**") ? [...named, "**"] : named)];
}

/** Throws a `DefinitionError` for a function whose text reads more than its row. */
export function refuseImpure(value: (row: never) => unknown, where: string): void {
  const [first] = impurities(value).filter(({ kind }) => kind !== "inexact");
  if (first !== undefined) throw impureError(first.kind as ImpurityKind, first.uses, where, value);
}

/** Whether the first name of `uses` is a parameter or a variable of the text: it stands where no value is read of it. */
function isBound(uses: string, text: string): boolean {
  const [name = ""] = uses.replace(/^new /, "").split(/[^\w$]/);
  return new RegExp(`(?<![\\w$.])${name.replaceAll("$", "\\$")}\\s*(?:=(?!=)|[,})]|:\\s*[\\w$]+\\s*[,})])`).test(text);
}

/** A text without what stands in its strings, comments and regular expressions. A template that holds expressions stays. */
function codeOf(text: string): string {
  const parts =
    /\/\/[^\n]*|\/\*[\s\S]*?\*\/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\$])*`|(?<=(?:[(,=:[!&|?{};>]|return)\s*)\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\])*\]|[^/\\\n])+\/[a-z]*/g;
  return text.replaceAll(parts, (part) => (part.startsWith("/*") || part.startsWith("//") ? " " : '""'));
}
