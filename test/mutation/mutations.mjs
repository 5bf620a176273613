// Defects to plant in the kernel, one at a time: each must make a property fail. `from` stands once in its file.

const SWEEP = ["test/property/sweep.test.ts"];
const SUMS = ["test/property/sweep-sums.test.ts"];
const ORDER = ["test/property/sweep-order.test.ts"];
const MULTISETS = ["test/property/sweep-multisets.test.ts"];
const FORMS = ["test/property/forms.test.ts"];
const STATES = ["src/kernel/state/absorb.test.ts"];
const EXACT = ["src/aggregate/exact-sum.test.ts", "src/aggregate/wide-sum.test.ts", "src/aggregate/decayed.test.ts"];
const AS_OF = ["test/property/as-of.test.ts"];
const ANSWERS = ["test/property/answers.test.ts"];

/** Mutations of one file, tried on some tests. `edge` marks those of window edges, the two clocks and the order. */
const of = (file, tests, list) => list.map(([name, from, to, { edge = false } = {}]) => ({ name, file, tests, from, to, edge }));
const EDGE = { edge: true };

export const MUTATIONS = [
  ...of("src/aggregate/window.ts", SWEEP, [
    ["upper edge and availability: < to <=", "(entry.time[inside] as number) < now", "(entry.time[inside] as number) <= now", EDGE],
    ["lower edge: <= to <", "(eventTime[from + gone] as number) + reach < now", "(eventTime[from + gone] as number) + reach <= now", EDGE],
    ["upper edge without the offset", "Math.max(eventTime + offset,", "Math.max(eventTime,", EDGE],
    ["upper edge one microsecond early", "Math.max(eventTime + offset,", "Math.max(eventTime + offset - 1,", EDGE],
    ["available time ignored", "availableTime + delay)", "-Infinity)", EDGE],
    ["available time one microsecond late", "availableTime + delay)", "availableTime + delay + 1)", EDGE],
    ["offset shifts the available time too", "availableTime + delay)", "availableTime + delay + offset)", EDGE],
    ["delay of the stream ignored", "availableTime + delay)", "availableTime)", EDGE],
    ["event time ignored", "Math.max(eventTime + offset, availableTime + delay)", "availableTime + delay", EDGE],
    ["the earlier of the two clocks", "Math.max(eventTime + offset,", "Math.min(eventTime + offset,", EDGE],
    ["lower edge without the offset", "window.offset + window.length", "window.length", EDGE],
    ["lower edge without the length", "window.offset + window.length", "window.offset", EDGE],
    ["window one microsecond longer", "window.offset + window.length", "window.offset + window.length + 1", EDGE],
    ["rows in order of event time though late", "(time[place - 1] as number) > at && patience-- > 0", "false", EDGE],
    ["no ranks beyond the first", "rank[order[place] as number] = place", "rank[place] = place"],
    ["the real sort in the order given", "(times[a] as number) - (times[b] as number) || a - b", "a - b"],
    ["a version counts for a microsecond after it was replaced", "(this.after[row] as number) < now", "(this.after[row] as number) <= now", EDGE],
    ["the delay of the stream ignored where a version is replaced", ".map((time) => time + delay)", ".map((time) => time)", EDGE],
    ["the real sort keeps the old times", "this.time[place] = times[sorted[place] as number] as number", "this.time[place] = times[place] as number"],
  ]),
  ...of("src/aggregate/window.ts", FORMS, [
    ["a session goes on a microsecond longer", "later - earlier < gap", "later - earlier <= gap", EDGE],
    ["a late row never joins two sessions", "this.#first = this.#chainBack(row);", ";", EDGE],
    ["a session keeps the length of a lifetime", "Math.max(this.left[moment - first] as number, session.firstAt(now))", "session.firstAt(now)"],
  ]),
  ...of("src/aggregate/window.ts", STATES, [
    [
      "a state's window begins a microsecond late",
      "(e) => e >= earliest), firstAbove(eventTime, from, to, (e) => e >= end)",
      "(e) => e > earliest), firstAbove(eventTime, from, to, (e) => e >= end)",
      EDGE,
    ],
    ["a state's window ends a microsecond late, inside a chunk", "(e) => e >= end)", "(e) => e > end)", EDGE],
    ["closed rows are taken whole though a window begins inside them", "from <= first && last < to", "last < to", EDGE],
    ["a state's window ends a microsecond late", "last < to ?", "last <= to ?", EDGE],
    ["a state's window without its offset", "[at - offset - length, at - offset]", "[at - length, at]", EDGE],
  ]),
  ...of("src/kernel/slide.ts", FORMS, [["a session that moves back is not begun anew", "if (nowGone < gone) {", "if (false) {", EDGE]]),
  ...of("src/kernel/slide.ts", SWEEP, [
    ["rows that never came in are removed", "if ((rank[gone] as number) < inside) accumulator.remove", "accumulator.remove"],
    ["the last row that came in is not removed", "(rank[gone] as number) < inside", "(rank[gone] as number) < inside - 1"],
    ["late rows come in after they went out", "if (row >= nowGone) accumulator.add", "accumulator.add"],
    ["the oldest row in the window does not come in", "if (row >= nowGone) accumulator.add", "if (row > nowGone) accumulator.add", EDGE],
    ["rows are removed twice", "accumulator.remove(from + gone)", "(accumulator.remove(from + gone), accumulator.remove(from + gone))"],
    ["a version that was replaced comes in", "if (retractions?.isOut(row, now) === true) return;", "", EDGE],
    ["a version that was replaced stays", "drop(retractions.order[retracted] as number);", ";", EDGE],
    ["a row is taken away twice", "if (isIn[row] === 0) return;", ""],
    ["rows of the first key only", "if (row >= nowGone) accumulator.add(from + row)", "if (row >= nowGone) accumulator.add(row)"],
  ]),
  ...of("src/kernel/sweep.ts", SWEEP, [
    ["refreshed views wait as streams do", 'plan.refresh.kind === "streaming" ? plan.refresh.delay : 0', "plan.refresh.delay"],
    ["windows of all offsets share one order", "groups.set(frame.window.offset,", "groups.set(0,"],
    ["keys without a moment end the sweep", "if (first === end) continue;", "if (first === end) break;"],
  ]),
  ...of("src/kernel/newest.ts", SWEEP, [
    ["the newest row is the last that came in", "if (row > this.top) this.top = row;", "this.top = row;", EDGE],
    ["the newest row never leaves", "if (row === this.top) this.top = -1;", "", EDGE],
    ["the first row of all is not found", "if (this.top < 0 ||", "if (this.top <= 0 ||", EDGE],
    ["the newest of one key stays for the next", "start(): void { this.top = -1;", "start(): void {"],
  ]),
  ...of("src/kernel/newest.ts", ORDER, [["an entity that was deleted is found", "this.#deletes?.[this.top] === 1", "false"]]),
  ...of("src/kernel/evaluate.ts", SWEEP, [
    ["where keeps what is not false", "out[i] = value === true ? 1 : 0", "out[i] = value !== false ? 1 : 0"],
    ["where drops what is true", "out[i] = value === true ? 1 : 0", "out[i] = value !== true ? 1 : 0"],
    ["keys keep their old ranges", "kept[key + 1] = count", "kept[key + 1] = offsets[key + 1] as number"],
    ["times are not selected", "times[index[i] as number] as number", "times[i] as number"],
    [
      "-0 counts",
      'float64: { put: (out, i, value) => typeof value === "number" && ((out[i] = value + 0), true)',
      'float64: { put: (out, i, value) => typeof value === "number" && ((out[i] = value), true)',
    ],
    ["false is true", "(out[i] = value ? 1 : 0)", "(out[i] = value ? 1 : 1)"],
  ]),
  ...of("src/kernel/row-loop.ts", SWEEP, [
    ["inputs are not selected", "const at = index === null ? i : (index[i] as number); let result: unknown;", "const at = i; let result: unknown;"],
    ["an infinity counts", "if (result === Infinity || result === -Infinity) outcome.infinite++;", "if (result === Infinity) outcome.infinite++;"],
  ]),
  ...of(
    "src/kernel/row-loop.ts",
    ["src/kernel/evaluate.test.ts"],
    [
      [
        "what was seen of a text stays though another column was read",
        "if (rows.touched.size > 1 || hasToStop(rows)) return 0;",
        "if (hasToStop(rows)) return 0;",
      ],
      ["of texts that throw one is counted", "else if (first === -1) outcome.threw++;", "else if (first === -1) outcome.threw += 0;"],
      ["null is the last text", "const id = (ids[at] as number) + 1;", "const id = Math.max(0, ids[at] as number);"],
      ["numbers that are null are taken for numbers", "result = seek(at) ? value(row) :", "result = seek(at) || true ? value(row) :"],
    ],
  ),
  ...of("src/aggregate/end-rows.ts", ORDER, [
    ["the last to come in wins a tie", "x === x && row > this.#newest", "x === x", EDGE],
    ["the first in the order wins a tie", "row > this.#newest", "(this.#newest < 0 || row < this.#newest)", EDGE],
    ["a null wins", "x === x && row > this.#newest", "row > this.#newest"],
    ["what left stays", "if (row === this.#newest) this.#newest = -1;", ""],
    ["one row counts for nothing", "this.size === 0 ? -1", "this.size <= 1 ? -1"],
    ["of the oldest rows the newest are kept", "if (this.#fromOldest) rows.dropNewest();", "if (!this.#fromOldest) rows.dropNewest();"],
    ["the newest rows first of the oldest", "this.#fromOldest ? this.#rows.oldest(i) : this.#rows.newest(i)", "this.#rows.newest(i)"],
  ]),
  ...of("src/aggregate/by.ts", FORMS, [
    ["the limit is one value lower", "if (this.#size > this.#limit)", "if (this.#size >= this.#limit)"],
    ["the limit is one value higher", "if (this.#size > this.#limit)", "if (this.#size > this.#limit + 1)"],
  ]),
  ...of("src/aggregate/extreme.ts", MULTISETS, [
    ["a late row is always dropped", "<= x) return;", "<= Infinity) return;"],
    ["a late row is never dropped", "<= x) return;", "<= -Infinity) return;"],
    [
      "a late row that is better than the next is dropped",
      "(codes[deque[place] as number] as number) * sign <= x",
      "(codes[deque[place] as number] as number) * sign >= x",
    ],
    ["a late row goes to the end", "const place = this.#place(row);", "const place = this.#tail;"],
    [
      "better rows before are dropped",
      "(codes[deque[first - 1] as number] as number) * sign >= x",
      "(codes[deque[first - 1] as number] as number) * sign <= x",
    ],
    ["worse rows before stay", "while (first > this.#head && (codes[deque[first - 1] as number] as number) * sign >= x) first--;", ""],
    ["rows behind are overwritten", "if (place < this.#tail) deque.copyWithin(first + 1, place, this.#tail);", ""],
    ["the head never leaves", "this.#deque[this.#head] === row", "false"],
    ["a null is a value", "if (x !== x) return;", ""],
    ["one key's rows stay for the next", "this.#head = this.#tail = 0;", ""],
  ]),
  ...of("src/aggregate/max.ts", MULTISETS, [["max is min", "extreme(-1)", "extreme(1)"]]),
  ...of("src/aggregate/min.ts", MULTISETS, [["min is max", "extreme(1)", "extreme(-1)"]]),
  ...of("src/aggregate/count.ts", SUMS, [
    ["count only rises", "this.#rows--;", ""],
    ["count goes on with the next key", "  start(): void {\n    this.#rows = 0;", "  start(): void {"],
  ]),
  ...of("src/aggregate/input.ts", MULTISETS, [
    [
      "text in order of UTF-16",
      "compareText(column.dictionary[a] as string, column.dictionary[b] as string)",
      "(column.dictionary[a] as string) < (column.dictionary[b] as string) ? -1 : 1",
      EDGE,
    ],
    ["text in order of first use", 'this.column.kind === "string" || this.column.kind === "int64"', 'this.column.kind === "int64"'],
    ["int64 in order of first use", 'this.column.kind === "string" || this.column.kind === "int64"', 'this.column.kind === "string"'],
    [
      "int64 through doubles",
      "((words[a] as bigint) < (words[b] as bigint) ? -1 : (words[a] as bigint) > (words[b] as bigint) ? 1 : 0)",
      "Number(words[a]) - Number(words[b])",
    ],
  ]),
  ...of("src/aggregate/sum.ts", SUMS, [
    ["the sum of nothing is 0", "exact.count === 0 ? Number.NaN : exact.over(units)", "exact.over(units)"],
    ["the sum of no int64 is 0", "exact.count === 0 ? null : exact.sum()", "exact.sum()"],
  ]),
  ...of("src/aggregate/cells.ts", SUMS, [
    ["an infinite sum is a value", "if (x === Infinity || x === -Infinity) this.fail();", "if (false) this.fail();"],
    ["only a positive overflow fails", "if (x === Infinity || x === -Infinity) this.fail();", "if (x === Infinity) this.fail();"],
  ]),
  ...of("src/aggregate/mean.ts", SUMS, [
    ["the mean of int64 is rounded twice", "roundRatio(exact.sum(), BigInt(exact.count), 0)", "Number(exact.sum()) / exact.count"],
  ]),
  ...of("src/aggregate/wide-sum.ts", EXACT, [
    ["a carry forgets the words", "this.#highSum = this.#lowSum = 0;\n    this.#room", "this.#room"],
    ["a carry replaces what was carried", "return this.#carried + (BigInt", "return (BigInt"],
    ["nulls count", "  add(row: number): void {\n    if (this.#valid[row] === 0) return;", "  add(row: number): void {"],
    ["nulls are taken away", "  remove(row: number): void {\n    if (this.#valid[row] === 0) return;", "  remove(row: number): void {"],
  ]),
  ...of("src/aggregate/exact-sum.ts", EXACT, [
    ["the grid is taken for any values", "low + toGrid - toGrid !== low", "false"],
    ["the grid is taken near overflow", "if (exponent > 1900 || exponent < 200) return false;", "if (exponent < 200) return false;"],
    ["the lower limb is lost", "return this.#upper + this.#lower + 0", "return this.#upper + 0"],
    ["the lower limb is not taken away", "this.#lower -= this.#lowerOf[row] as number;", ""],
    ["bands keep what left", "else (this.#bands as Bands).add(-x);", ""],
    ["bands keep the key before", "this.#bands.clear();", ""],
    ["one key's cut is taken for the next", "if (from === this.#from && to === this.#to) return;", "if (this.#from >= 0) return;"],
  ]),
  ...of("src/aggregate/bands.ts", EXACT, [
    ["no carry", "if (--this.#room === 0) this.#carry();", ""],
    ["a carry keeps what it carried", "limbs[2 * slot + 1] = lower - carried;", ""],
    ["a carry loses the upper limb", "if (upper !== 0 && !isLast) this.#put(slot + 1, upper * BAND_DOWN);", ""],
    ["a carry is not scaled", "upper * BAND_DOWN", "upper"],
    ["what is small is lost", "if (x !== 0) this.add(x * UP, exponent - SMALL_SCALE);", ""],
    ["bands that are moved are left behind", "if (!isNew) limbs.set(", "if (false) limbs.set("],
    ["only the least of far bands is read", "if (high - slot > NEAR_BANDS) return -1;", "if (high - slot > NEAR_BANDS) continue;"],
  ]),
  ...of("src/aggregate/expansion.ts", EXACT, [
    ["a quotient is the rounded sum divided", "return least === greatest ? least + 0 : null;", "return q + 0;"],
    ["a quotient is not certified", "return least === greatest ? least + 0 : null;", "return least + 0;"],
    ["the remainder of the sum is lost", "(sum - product - productError(q, n, product) + rest) / n", "(sum - product - productError(q, n, product)) / n"],
    ["ties are not broken by the third part", "if (twice === up - x) x = up;", ""],
    ["what is left over is lost", "if (rest !== 0) parts[kept++] = rest;", ""],
  ]),
  ...of("src/aggregate/rounding.ts", EXACT, [
    ["half goes up", "(rest === half && (sticky || (quotient & 1n) === 1n))", "rest === half"],
    ["half goes down", "(rest === half && (sticky || (quotient & 1n) === 1n))", "false"],
    ["the remainder does not break ties", "(sticky || (quotient & 1n) === 1n)", "((quotient & 1n) === 1n)"],
    ["the sign is lost", "magnitude === 0 ? 0 : negative ? -magnitude : magnitude", "magnitude"],
    ["-0", "magnitude === 0 ? 0 : negative ? -magnitude : magnitude", "negative ? -magnitude : magnitude"],
  ]),
  ...of("src/define/refresh.ts", AS_OF, [
    ["a tick is served at its publish, not after", "at - delay - 1 - phase", "at - delay - phase", EDGE],
    ["a tick is served a microsecond late", "at - delay - 1 - phase", "at - delay - 2 - phase", EDGE],
    ["a tick is served before its delay", "at - delay - 1 - phase", "at - 1 - phase", EDGE],
    ["ticks without their phase", "* tick + phase;", "* tick;"],
  ]),
  ...of("src/plan/record.ts", AS_OF, [
    ["a move holds after its moment only", "(moves[middle] as Move).from <= at", "(moves[middle] as Move).from < at", EDGE],
    ["a stream knows its source up to T", "at - refresh.delay", "at"],
  ]),
  ...of("src/plan/answer.ts", ANSWERS, [
    ["stale at maxAge", "at - asOf > maxAge", "at - asOf >= maxAge", EDGE],
    ["a stale value is served", '? "STALE" : null', "? null : null"],
    ["a default changes the status", "statusOf(value, row.failed", "statusOf(value ?? feature.fallback, row.failed"],
    ["a failure is null", 'failed ? "ERROR" : "NULL"', '"NULL"'],
    ["nothing found counts null", "(emptyValue(feature.call) ?? feature.fallback)", "feature.fallback"],
  ]),
];
