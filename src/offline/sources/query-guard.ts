// What a query may be: one SELECT that depends on its tables alone. DuckDB's own parser reads it; all that is not known is refused.
import { didYouMean, SourceError, type Problem } from "../../errors.ts";
import { quoteText, type DuckDB } from "../duckdb.ts";

/** What a query that may be run needs to be told of. */
export interface CheckedQuery {
  /** It says the order of its rows. */
  readonly ordered: boolean;
  /** Its result may depend on the order in which rows are taken. */
  readonly inSequence: boolean;
}

/**
 * Checks a query over tables of these names, in four steps:
 * 1. DuckDB parses the text, and gives a tree only of SELECT statements. There must be one.
 * 2. Each node of the tree that is no expression must be of a known kind: new clauses of DuckDB are refused until they are known.
 * 3. Each table must be one of the query's, or named by a WITH that is in scope, so that no name is looked up as a file, a
 *    view of DuckDB's settings or a table of another source. Functions in FROM must be of a short list.
 * 4. Each other function must be one of DuckDB's that always gives the same for the same arguments.
 *
 * Throws a `SourceError`.
 */
export async function checkQuery(db: DuckDB, query: string, tables: readonly string[], where: string): Promise<CheckedQuery> {
  const statements = await parse(db, query, where);
  if (statements.length !== 1)
    throw refused(
      { what: `there are ${statements.length} statements`, cure: "Write one SELECT; a query over a query is a table of its own: { a: sql(...) }" },
      where,
    );
  const found: Found = { tables, where, functions: new Set(), inSequence: false };
  walk(statements, new Set(tables.map((name) => name.toLowerCase())), found);
  await checkFunctions(db, found, where);
  const modifiers = (statements[0] as Statement).node.modifiers ?? [];
  const ordered = modifiers.some(({ type }) => type === "ORDER_MODIFIER");
  return { ordered, inSequence: found.inSequence || ordered };
}

interface Statement {
  readonly node: { readonly modifiers?: readonly { readonly type: string }[] };
}

/** What the walk has come across. */
interface Found {
  readonly tables: readonly string[];
  readonly where: string;
  readonly functions: Set<string>;
  inSequence: boolean;
}

function refused({ what, cure }: Pick<Problem, "what" | "cure">, where: string): SourceError {
  return new SourceError({ code: "SOURCE_QUERY_REFUSED", what: `the query is refused: ${what}`, where, ...(cure === undefined ? {} : { cure }) });
}

async function parse(db: DuckDB, query: string, where: string): Promise<readonly Statement[]> {
  const bad = (what: string): SourceError =>
    new SourceError({ code: "SOURCE_BAD_QUERY", what: `the query cannot be read: ${what}`, where, cure: "Mend the query" });
  if (query.includes("\0")) throw bad("it holds a NUL");
  const [row] = await db.query(`SELECT json_serialize_sql(${quoteText(query)}) AS tree`);
  const tree = JSON.parse(row?.["tree"] as string) as Tree;
  if (!tree.error) return tree.statements;
  if (tree.error_type === "not implemented") throw refused({ what: "it is no SELECT", cure: "A query only reads: write one SELECT" }, where);
  const at = tree.position === undefined ? "" : `, in line ${query.slice(0, Number(tree.position)).split("\n").length}`;
  throw bad(`${tree.error_message.split("\n")[0] as string}${at}`);
}

type Tree =
  | { readonly error: false; readonly statements: readonly Statement[] }
  | { readonly error: true; readonly error_type: string; readonly error_message: string; readonly position?: string };

type Node = Readonly<Record<string, unknown>>;

/** Visits a node and all below it. `scope` has the tables that are to be seen from it, in lower case. */
function walk(node: unknown, scope: ReadonlySet<string>, found: Found): void {
  if (Array.isArray(node)) for (const part of node) walk(part, scope, found);
  else if (typeof node === "object" && node !== null) visit(node as Node, scope, found);
}

function visit(node: Node, outer: ReadonlySet<string>, found: Found): void {
  const scope = withNamed(node, outer, found);
  if ((node["sample"] ?? null) !== null)
    throw refused({ what: "a sample is drawn at random", cure: "Choose rows by their values: WHERE hash(id) % 10 = 0" }, found.where);
  if (typeof node["class"] === "string") visitExpression(node, found);
  else if (typeof node["type"] === "string") visitClause(node, node["type"], scope, found);
  for (const [name, part] of Object.entries(node)) {
    if (name === "cte_map") continue;
    // The function of a table is known by now; what it is given is not.
    walk(node["type"] === "TABLE_FUNCTION" && name === "function" ? (part as Node)["children"] : part, scope, found);
  }
}

interface Named {
  readonly key: string;
  readonly value: { readonly query: { readonly node: { readonly type: string } } };
}

/** The scope with what a WITH names. Each sees those before it; itself only when it is recursive, or else a table of its name. */
function withNamed(node: Node, outer: ReadonlySet<string>, found: Found): ReadonlySet<string> {
  const named = (node["cte_map"] as { readonly map: readonly Named[] } | undefined)?.map ?? [];
  const scope = new Set(outer);
  for (const { key, value } of named) {
    const name = key.toLowerCase();
    walk(value, value.query.node.type === "RECURSIVE_CTE_NODE" ? new Set([...scope, name]) : scope, found);
    scope.add(name);
  }
  return scope;
}

/** Words that are functions of the clock or the session where no column is named so. */
const WORDS: ReadonlySet<string> = new Set(
  (
    "current_catalog current_database current_date current_role current_schema current_time current_timestamp current_user " +
    "localtime localtimestamp session_user user"
  ).split(" "),
);

function visitExpression(node: Node, found: Found): void {
  const kind = node["class"] as string;
  if (kind === "PARAMETER") throw refused({ what: "it has parameters", cure: "Write their values into the query" }, found.where);
  if (kind === "WINDOW") found.inSequence = true;
  if (kind === "COLUMN_REF") {
    const names = node["column_names"] as readonly string[];
    const word = (names[0] as string).toLowerCase();
    if (names.length === 1 && WORDS.has(word)) throw impure(word, `A column of that name is read with its table: purchases.${word}`, found.where);
  }
  if (kind !== "FUNCTION" && kind !== "WINDOW") return;
  const name = (node["function_name"] as string).toLowerCase();
  if (name === "age" && (node["children"] as readonly unknown[]).length === 1) throw impure(name, "Give it both times: age(a, b)", found.where);
  found.functions.add(name);
}

function impure(name: string, cure: string, where: string): SourceError {
  return refused({ what: `'${name}' depends on more than the rows of its tables (the clock, chance, settings, files)`, cure }, where);
}

/** Clauses that read no more than what they are given. */
const CLAUSES: ReadonlySet<string> = new Set(
  (
    "SELECT_NODE SET_OPERATION_NODE RECURSIVE_CTE_NODE CTE_NODE ORDER_MODIFIER LIMIT_MODIFIER LIMIT_PERCENT_MODIFIER DISTINCT_MODIFIER " +
    "ORDER_DEFAULT ASCENDING DESCENDING EMPTY BASE_TABLE SUBQUERY JOIN TABLE_FUNCTION EXPRESSION_LIST PIVOT"
  ).split(" "),
);
const TABLE_FUNCTIONS: ReadonlySet<string> = new Set(["unnest", "range", "generate_series", "json_each", "json_tree"]);

function visitClause(node: Node, type: string, scope: ReadonlySet<string>, found: Found): void {
  const { where } = found;
  if (!CLAUSES.has(type) && !type.endsWith("_TYPE_INFO")) {
    const what = type === "SHOW_REF" ? "it has a DESCRIBE, SHOW or SUMMARIZE" : `it has a part that asof does not know (${type})`;
    throw refused({ what, cure: "Write a plain SELECT" }, where);
  }
  if (type === "TABLE_FUNCTION") {
    const name = (node["function"] as { readonly function_name: string }).function_name.toLowerCase();
    if (!TABLE_FUNCTIONS.has(name))
      throw refused({ what: `it reads from ${name}(...)`, cure: "Give what it reads as a table: sql(query, { name: parquet(...) })" }, where);
  }
  if (type === "BASE_TABLE") checkTable(node, scope, found);
  if (
    type.startsWith("LIMIT") ||
    (node["distinct_on_targets"] as readonly unknown[] | undefined)?.length ||
    ["ASOF", "POSITIONAL"].includes(node["ref_type"] as string)
  )
    found.inSequence = true;
}

function checkTable(node: Node, scope: ReadonlySet<string>, { tables, where }: Found): void {
  const name = node["table_name"] as string;
  const full = [node["catalog_name"], node["schema_name"], name].filter((part) => part !== "").join(".");
  if ((node["at_clause"] ?? null) !== null) throw refused({ what: `it reads '${full}' as of a version`, cure: "Leave AT (...) out" }, where);
  if (full === name && scope.has(name.toLowerCase())) return;
  throw new SourceError({
    code: "SOURCE_UNKNOWN_TABLE",
    what: `the query reads '${full}', which is none of its tables`,
    where,
    cure: `${didYouMean(full, tables)}. Give each as sql(query, { name: parquet(...) })`,
  });
}

/** Functions that are none in DuckDB's list of them but are to its parser, and one that only fails. */
const ALWAYS: ReadonlySet<string> = new Set(["unnest", "grouping", "grouping_id", "error"]);
/** Functions that DuckDB calls consistent although they ask for settings, variables, the clock or chance, or plan a query. */
const NEVER: ReadonlySet<string> = new Set(
  "current_setting getvariable current_localtime current_localtimestamp json_serialize_plan version vector_type reservoir_quantile approx_top_k".split(" "),
);
/** Aggregates that give the same whatever the order of rows; others run on one thread. */
const IN_ANY_ORDER: ReadonlySet<string> = new Set("count count_star count_if countif min max bool_and bool_or bit_and bit_or bit_xor".split(" "));

async function checkFunctions(db: DuckDB, found: Found, where: string): Promise<void> {
  const checked = new Set(ALWAYS);
  for (let names = [...found.functions]; names.length > 0; names = [...found.functions].filter((name) => !checked.has(name))) {
    for (const name of names) {
      if (checked.has(name)) continue;
      checked.add(name);
      const known = await db.query(
        `SELECT DISTINCT function_type AS type, stability, macro_definition AS macro FROM duckdb_functions() WHERE function_name = ${quoteText(name)} AND function_type IN ('scalar', 'aggregate', 'macro')`,
      );
      if (known.length === 0) throw await unknown(db, name, where);
      if (NEVER.has(name) || known.some(({ stability }) => stability !== null && stability !== "CONSISTENT"))
        throw impure(name, "Leave it out, or take the value from a column", where);
      if (known.some(({ type }) => type === "aggregate") && !IN_ANY_ORDER.has(name)) found.inSequence = true;
      for (const { macro } of known) if (macro !== null) walk(await parse(db, `SELECT ${String(macro)}`, where), new Set(), found);
    }
  }
}

async function unknown(db: DuckDB, name: string, where: string): Promise<SourceError> {
  const names = await db.query("SELECT DISTINCT function_name AS name FROM duckdb_functions() WHERE function_type IN ('scalar', 'aggregate', 'macro')");
  return new SourceError({
    code: "SOURCE_BAD_QUERY",
    what: `the query calls '${name}', which is no function`,
    where,
    cure: didYouMean(
      name,
      names.map((row) => row["name"] as string).filter((one) => /^[a-z]/.test(one)),
    ),
  });
}
