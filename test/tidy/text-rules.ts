// Rules about names and words, in code, tests, scripts and documents alike. Each gives one line for every breach.

/** Text of the project that the rules read. */
export interface TextFile {
  readonly path: string;
  readonly text: string;
}

const NAME = /^\.?[a-z0-9]+(-[a-z0-9]+)*(\.(test|test-d|config))?\.(ts|mjs)$/;
const EMPTY_NAMES = /^(utils?|types?|helpers?|common|misc|shared)\./;
/** Words with a better one in this project; in pieces, so that this file does not hold them. */
const WORDS: readonly (readonly [RegExp, string])[] = [
  [/\bspines?\b/i, "labels, or training set"],
  [/\bbuckets?\b/i, "tile, or range"],
  [/\bfeature groups?\b/i, "feature view"],
  [/\bsync(s|ed|ing)?\b(?!\()/i, "materialize, or publish"],
];
const UNFINISHED = /\b(TODO|FIXME)\b/;
const MACHINE_PATHS = /(^|[\s"'`(=:])(\/(home|root|work|Users)\/|[A-Z]:\\\\)/;

const baseName = (path: string): string => path.slice(path.lastIndexOf("/") + 1);

function linesWith(files: readonly TextFile[], pattern: RegExp, why: string): string[] {
  return files.flatMap(({ path, text }) =>
    text.split("\n").flatMap((line, i) => (pattern.test(line) ? [`${path}:${i + 1}: ${why}: ${line.trim().slice(0, 100)}`] : [])),
  );
}

/** Files are named in kebab-case, by what they hold; `index` is the public face alone. */
export function fileNames(files: readonly TextFile[]): string[] {
  return files
    .filter(({ path }) => /\.(ts|mjs)$/.test(path))
    .filter(({ path }) => !NAME.test(baseName(path)) || EMPTY_NAMES.test(baseName(path)) || (baseName(path) === "index.ts" && path !== "src/index.ts"))
    .map(({ path }) => `${path} is no name for a file`);
}

/** One sentence opens each file of code. */
export function openings(files: readonly TextFile[]): string[] {
  return files
    .filter(({ path }) => /\.(ts|mjs)$/.test(path))
    .filter(({ text }) => !/^(#!.*\n)?\/\/ \S/.test(text))
    .map(({ path }) => `${path} does not open with a sentence`);
}

/** The words of the field, and of this project. */
export function words(files: readonly TextFile[]): string[] {
  return WORDS.flatMap(([pattern, better]) => linesWith(files, pattern, `say ${better}`));
}

/** Nothing is left for later in the text. */
export function nothingUnfinished(files: readonly TextFile[]): string[] {
  return linesWith(files, UNFINISHED, "unfinished");
}

/** No path of somebody's machine. */
export function noMachinePaths(files: readonly TextFile[]): string[] {
  return linesWith(files, MACHINE_PATHS, "a path of one machine");
}

/** Tests run against the real thing. */
export function noMocks(files: readonly TextFile[]): string[] {
  return linesWith(files, /\bvi\.(mock|fn|spyOn)\(/, "a mock");
}
