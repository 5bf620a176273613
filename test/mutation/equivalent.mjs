// Comparisons whose neighbour changes no value, each with the reason: they are not counted.

/** By reason, and then by file: the comparisons as they stand there; with what else stands on their line, where others look the same. */
const REASONS = {
  "past the end there is nothing: the array takes no value and gives none, or the loop inside ends at once": {
    "src/kernel/known-rows.ts": ["i < from.length"],
    "src/kernel/evaluate.ts": ["key + 1 < offsets.length", "i < count"],
    "src/kernel/slide.ts": ["retracted < retractions.order.length"],
    "src/kernel/row-loop.ts": ["at < length"],
    "src/kernel/sweep.ts": ["key + 1 < moments.length"],
    "src/aggregate/bands.ts": ["slot < this.#bands", ["i < numbers.length", "let i = first"]],
    "src/aggregate/cells.ts": ["i < failed.length"],
    "src/aggregate/exact-squares.ts": ["i < values.length"],
    "src/aggregate/expansion.ts": [["i > 0", "const below"]],
    "src/aggregate/input.ts": ["i < codes.length", "i < given.length"],
    "src/aggregate/local-ranks.ts": ["i < whole.length"],
    "src/aggregate/window.ts": ["place > 0", ["place < length", "this.time[place]"], "moment < end", "retracted < out.order.length"],
    "src/aggregate/sorted-rows.ts": ["from < length", "size < length"],
    "src/aggregate/extreme.ts": [["place < this.#tail", "copyWithin"]],
    "src/aggregate/ordered-rows.ts": ["place < tail"],
  },
  "both ways are exact, and the value is rounded once either way; the comparison chooses the quicker": {
    "src/aggregate/bands.ts": ["biased < SMALL", "length >= 0", "biased < 2047", "length < 0", "high - slot > NEAR_BANDS", "shift >= 52"],
    "src/aggregate/decimals.ts": ["sum.count * units <= Number.MAX_SAFE_INTEGER"],
    "src/aggregate/decayed.ts": ["size >= LEAST", "size <= GREATEST", "size < LEAST"],
    "src/aggregate/exact-squares.ts": [
      "size >= LEAST",
      "size <= GREATEST",
      "size < LEAST",
      "sum.length > 1 + SUM_COMPONENTS",
      "squares.length > 1 + SQUARE_COMPONENTS",
      "n * (n - 1) > Number.MAX_SAFE_INTEGER",
      "shift < -100",
      "Math.abs(square) < SMALLEST",
      "Math.abs(x) < SMALLEST",
      "biased < 2047",
    ],
    "src/aggregate/exact-sum.ts": ["exponent > 1900", "exponent < 200"],
    "src/aggregate/expansion.ts": ["size > 1e-250", "size < 1e250"],
    "src/aggregate/quantile.ts": ["product <= EXACT"],
    "src/aggregate/rounding.ts": ["shift < 0", "shift > 0", "exponent > 1000", "exponent < -1000"],
  },
  "one term too many is NaN, of which no quotient is proved, and the exact way is taken": {
    "src/aggregate/exact-squares.ts": ["i < squares.length", "i < sum.length"],
  },
  "a carry too many, or an anchor moved too early, changes no sum": {
    "src/aggregate/bands.ts": ["--this.#room === 0"],
    "src/aggregate/wide-sum.ts": ["--this.#room === 0"],
    "src/aggregate/decayed.ts": ["Math.abs(whole - this.#anchor) > REACH"],
  },
  "only a quicker way to the same: when to sort, to remember, to begin anew, to look into a chunk or to split": {
    "src/kernel/slide.ts": ["nowGone < gone"],
    "src/kernel/row-loop.ts": ["(column.dictionary.length + 1) * REPEATS <= length"],
    "src/aggregate/window.ts": ["first >= to", "from <= first", "patience-- > 0", "patience < 0"],
    "src/aggregate/sorted-rows.ts": ["length < MANY"],
    "src/aggregate/leaders.ts": ["this.#size < size"],
    "src/aggregate/local-ranks.ts": ["i < codes.length", "code < 0"],
    "src/aggregate/ordered-rows.ts": [
      ["this.#blocks.length > 1", "length = 1"],
      "block.size > MOST",
      "(blocks[high] as Block).oldest(0) <= row",
      "place - head < tail - place",
    ],
  },
  "room: more of it than is needed changes nothing": {
    "src/aggregate/bands.ts": ["bands < highest - lowest + 3"],
    "src/aggregate/extreme.ts": ["this.#tail === this.#deque.length", "2 * size > this.#deque.length"],
    "src/aggregate/leaders.ts": ["this.#leaders.length < this.#room"],
    "src/aggregate/local-ranks.ts": ["this.#last.length < groupsAtMost"],
    "src/aggregate/sorted-rows.ts": ["this.rows.length < to - from", "this.#low.length < this.rows.length"],
    "src/aggregate/window.ts": ["this.order.length < length", "this.entered.length < end - first"],
    "src/aggregate/by.ts": ["this.#groups.length <= rank"],
  },
  "the two are never equal: a row is in once, distinct values differ, a sign is 1 or -1, what a text gave is not 0 there, 0 was seen to before": {
    "src/kernel/newest.ts": ["row > this.top"],
    "src/kernel/row-loop.ts": ["first > 0"],
    "src/aggregate/distinct-last-n.ts": ["newest > row", "row < places.oldest(0)"],
    "src/aggregate/end-rows.ts": ["row > this.#newest"],
    "src/aggregate/extreme.ts": ["(deque[high - 1] as number) < row", "(deque[middle] as number) < row", "this.#sign > 0"],
    "src/aggregate/input.ts": ["(words[a] as bigint) < (words[b] as bigint)", "(words[a] as bigint) > (words[b] as bigint)"],
    "src/aggregate/leaders.ts": ["a < b"],
    "src/aggregate/ordered-rows.ts": [["(rows[place - 1] as number) > row", "place--"]],
    "src/aggregate/rounding.ts": ["numerator < 0n", "digits < 0n"],
    "src/aggregate/streak.ts": ["row > broken"],
    "src/aggregate/window.ts": ["row > this.#newest", "row < this.#first"],
    "src/aggregate/expansion.ts": ["rest < 0", "rest > 0"],
  },
  "what is equal may stand on either side, or be taken twice: the value is the same": {
    "src/aggregate/decayed.ts": ["oldest < this.#oldest", "newest > this.#newest"],
    "src/aggregate/input.ts": ["code > greatest"],
    "src/aggregate/extreme.ts": ["(codes[deque[place] as number] as number) * sign <= x", "(codes[deque[first - 1] as number] as number) * sign >= x"],
    "src/aggregate/window.ts": ["(time[place - 1] as number) > at", "e > latest", ["this.#newest < 0", "this.#chainBack(this.#newest)"]],
  },
  "a zero more or less changes no sum, and nothing but zeros has no size": {
    "src/aggregate/expansion.ts": ["kept === 0"],
    "src/aggregate/bands.ts": ["low <= high", "high > low", "high >= 0"],
  },
  "any grid will do that is not finer than it must be, and what does not fit it is summed exactly another way": {
    "src/aggregate/exact-sum.ts": ["i < to"],
  },
};

/** Whether a comparison is one of these. */
export function isEquivalent({ file, shown, code }) {
  return Object.values(REASONS).some((files) =>
    (files[file] ?? []).some((known) => (Array.isArray(known) ? known[0] === shown && code.includes(known[1]) : known === shown)),
  );
}
