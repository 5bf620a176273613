// Column pruning: which columns a row function can read, as far as its text tells.

/**
 * The columns whose names stand in the text of a function. A function that reads another (through a helper, say) is
 * found out when it runs, and the column is then read too: a guess that is wrong costs time, never a value.
 */
export function mentionedColumns(functions: readonly ((row: never) => unknown)[], columns: readonly string[]): string[] {
  const text = functions.map(String).join("\n");
  return columns.filter((column) => text.includes(column));
}
