// Rows sorted by their values: by merging where they are few, digit by digit where they are many.

/** So many rows are in order before any are merged. */
const RUN = 16;
/** From so many rows on, passes over their digits are quicker than merging (measured). */
const MANY = 256;
const NO_ROWS = new Int32Array(0);
const NO_DIGITS = new Uint32Array(0);

/** The rows of a range that have a value, ascending by value and, where values are equal, by row. */
export class SortedRows {
  rows: Int32Array = NO_ROWS;
  length = 0;
  #spare: Int32Array = NO_ROWS;
  #low = NO_DIGITS;
  #high = NO_DIGITS;
  #places: Int32Array = NO_ROWS;

  /** Sorts the rows `[from, to)`. `codes` holds their values, NaN for null. */
  fill(codes: Float64Array, from: number, to: number): void {
    if (this.rows.length < to - from) {
      this.rows = new Int32Array(2 * (to - from));
      this.#spare = new Int32Array(2 * (to - from));
    }
    const { rows } = this;
    let length = 0;
    for (let row = from; row < to; row++) {
      const x = codes[row] as number;
      if (x === x) rows[length++] = row;
    }
    this.length = length;
    if (length < MANY) this.#merge(codes);
    else this.#byDigits(codes, from);
  }

  #merge(codes: Float64Array): void {
    const { length } = this;
    for (let from = 0; from < length; from += RUN) insert(codes, this.rows, from, Math.min(from + RUN, length));
    for (let size = RUN; size < length; size *= 2) {
      const { rows } = this;
      for (let from = 0; from < length; from += 2 * size)
        mergeInto(this.#spare, codes, rows, from, Math.min(from + size, length), Math.min(from + 2 * size, length));
      this.#swap();
    }
  }

  /** 1. The bits of a double are put so that they compare as whole numbers do. 2. Stable passes from the lowest of 8 digits on; one that all rows share needs none. */
  #byDigits(codes: Float64Array, from: number): void {
    const { length } = this;
    if (this.#low.length < this.rows.length) {
      this.#low = new Uint32Array(this.rows.length);
      this.#high = new Uint32Array(this.rows.length);
    }
    if (this.#places === NO_ROWS) this.#places = new Int32Array(8 * 256);
    this.#countDigits(codes, from);
    const places = this.#places;
    for (let digit = 0; digit < 8; digit++) {
      const [rows, spare] = [this.rows, this.#spare];
      const keys = digit < 4 ? this.#low : this.#high;
      const shift = 8 * (digit & 3);
      const first = 256 * digit;
      if (places[first + (((keys[(rows[0] as number) - from] as number) >>> shift) & 255)] === length) continue;
      let total = 0;
      for (let i = first; i < first + 256; i++) {
        const count = places[i] as number;
        places[i] = total;
        total += count;
      }
      for (let i = 0; i < length; i++) {
        const row = rows[i] as number;
        const bin = first + (((keys[row - from] as number) >>> shift) & 255);
        const place = places[bin] as number;
        places[bin] = place + 1;
        spare[place] = row;
      }
      this.#swap();
    }
  }

  #countDigits(codes: Float64Array, from: number): void {
    const bits = new Uint32Array(codes.buffer, codes.byteOffset, 2 * codes.length); // little endian: low word, high word
    const { rows, length } = this;
    const [lows, highs, places] = [this.#low, this.#high, this.#places];
    const count = (digit: number, value: number): void => {
      const bin = 256 * digit + (value & 255);
      places[bin] = (places[bin] as number) + 1;
    };
    places.fill(0);
    for (let i = 0; i < length; i++) {
      const row = rows[i] as number;
      const sign = (bits[2 * row + 1] as number) >> 31;
      const low = (bits[2 * row] as number) ^ sign;
      const high = (bits[2 * row + 1] as number) ^ (sign | (1 << 31));
      lows[row - from] = low;
      highs[row - from] = high;
      for (let digit = 0; digit < 4; digit++) {
        count(digit, low >>> (8 * digit));
        count(4 + digit, high >>> (8 * digit));
      }
    }
  }

  #swap(): void {
    [this.rows, this.#spare] = [this.#spare, this.rows];
  }
}

function insert(codes: Float64Array, rows: Int32Array, from: number, to: number): void {
  for (let i = from + 1; i < to; i++) {
    const row = rows[i] as number;
    const x = codes[row] as number;
    let place = i;
    for (; place > from && (codes[rows[place - 1] as number] as number) > x; place--) rows[place] = rows[place - 1] as number;
    rows[place] = row;
  }
}

/** Merges `[from, middle)` and `[middle, to)`, each in order. */
function mergeInto(out: Int32Array, codes: Float64Array, rows: Int32Array, from: number, middle: number, to: number): void {
  let left = from;
  let right = middle;
  for (let place = from; place < to; place++) {
    const takesLeft = right === to || (left < middle && (codes[rows[left] as number] as number) <= (codes[rows[right] as number] as number));
    out[place] = rows[takesLeft ? left++ : right++] as number;
  }
}
