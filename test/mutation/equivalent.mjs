// Comparisons whose neighbour changes no value, each with the reason: they are not counted.

/** A comparison is one of these where its file is the same and its line holds the code. */
export const EQUIVALENT = [];
