// Every error that a user can meet: what is wrong, where, and the cure, under a stable code.

/** What an error tells: each part is a sentence or a phrase without a closing full stop. */
export interface Problem {
  /** Stable, upper case, prefixed by its area: `DEFINITION_UNKNOWN_COLUMN`. */
  readonly code: string;
  /** What is wrong, with the offending value. */
  readonly what: string;
  /** Where: `view spending, feature spend_7d`, `labels.parquet, row 17`. */
  readonly where?: string;
  /** What to do about it. */
  readonly cure?: string;
}

/** The root of all errors that are the user's to mend. Anything else that is thrown is a defect of asof. */
export abstract class AsofError extends Error {
  readonly code: string;
  /** The message without its place and cure. */
  readonly what: string;
  readonly where: string | undefined;
  readonly cure: string | undefined;

  constructor(problem: Problem, options?: ErrorOptions) {
    const { code, what, where, cure } = problem;
    super(`${where === undefined ? "" : `${where}: `}${what}.${cure === undefined ? "" : ` ${cure}.`}`, options);
    this.name = new.target.name;
    this.code = code;
    this.what = what;
    this.where = where;
    this.cure = cure;
  }
}

/** A definition, or a configuration, that cannot mean anything. */
export class DefinitionError extends AsofError {}
/** A time, date or duration that cannot be read or lies outside the range of asof. */
export class TimeError extends AsofError {}
/** A source, label set or file that does not hold what its definition says. */
export class SourceError extends AsofError {}
/** A request for features that cannot be answered as put. */
export class RequestError extends AsofError {}
/** An online store that cannot be opened, read or written, or holds another version. */
export class StoreError extends AsofError {}
/** A refresh run, publish or rollback that was refused. */
export class MaterializeError extends AsofError {}
/** An event that is refused, or a log of events that cannot be opened, read or written. */
export class IngestError extends AsofError {}
/** A command line that cannot be carried out as written. */
export class UsageError extends AsofError {}

/** Whether a store could not be reached, or did not answer in time: it may the next time. */
export function isUnreachable(error: unknown): error is StoreError {
  return error instanceof StoreError && error.code === "STORE_UNREACHABLE";
}

/** The nearest of `names` to `wrong`, as a cure: `did you mean 'amount'?`, or the list when none is near. */
export function didYouMean(wrong: string, names: Iterable<string>): string {
  const all = [...names];
  const near = all
    .map((name) => ({ name, distance: editDistance(wrong.toLowerCase(), name.toLowerCase()) }))
    .filter(({ name, distance }) => distance <= Math.max(1, Math.floor(Math.max(wrong.length, name.length) / 3)))
    .toSorted((x, y) => x.distance - y.distance)[0];
  if (near !== undefined) return `Did you mean '${near.name}'?`.replace(/\?$/, "");
  return all.length === 0 ? "There are none" : `There are: ${all.slice(0, 20).join(", ")}${all.length > 20 ? ", ..." : ""}`;
}

/** Levenshtein distance over UTF-16 units, one row of the table at a time. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substituted = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, substituted));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
