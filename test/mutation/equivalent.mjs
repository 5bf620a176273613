// Comparisons whose neighbour changes no value, each with the reason: they are not counted.

/** A comparison is one of these where its file and its own text are the same, and its line holds `on`, where there is one. */
export const EQUIVALENT = [];
