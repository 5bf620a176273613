// The rows that are in, in the source's order, whatever the order in which they come and leave.

/** A block holds so many rows at most: to move half of them costs about as much as to find the block. */
const MOST = 1024;
/** A row that comes in is looked for so far from a block's newest one by one; farther back by halves. */
const NEAR = 8;
const NO_ROWS = new Int32Array(0);

/**
 * Row numbers, ascending, each at most once, in blocks that are split when they are full. Rows come in near the end and leave
 * near the start, mostly: that takes no search.
 */
export class OrderedRows {
  /** None of them is empty, unless it is the only one. */
  readonly #blocks: Block[] = [new Block()];
  #size = 0;

  clear(): void {
    if (this.#blocks.length > 1) this.#blocks.length = 1;
    (this.#blocks[0] as Block).clear();
    this.#size = 0;
  }

  get size(): number {
    return this.#size;
  }

  /** The `i`th row from the oldest, for `i` below the size. */
  oldest(i: number): number {
    let rest = i;
    let b = 0;
    for (; rest >= (this.#blocks[b] as Block).size; b++) rest -= (this.#blocks[b] as Block).size;
    return (this.#blocks[b] as Block).oldest(rest);
  }

  /** The `i`th row from the newest, for `i` below the size. */
  newest(i: number): number {
    let rest = i;
    let b = this.#blocks.length - 1;
    for (; rest >= (this.#blocks[b] as Block).size; b--) rest -= (this.#blocks[b] as Block).size;
    return (this.#blocks[b] as Block).newest(rest);
  }

  /** The oldest row that is newer than `row`; -1 if none is. */
  after(row: number): number {
    const b = this.#blockOf(row);
    const found = (this.#blocks[b] as Block).after(row);
    return found >= 0 ? found : (this.#blocks[b + 1]?.oldest(0) ?? -1);
  }

  /** Puts in a row that is not in. */
  add(row: number): void {
    const b = this.#blockOf(row);
    const block = this.#blocks[b] as Block;
    block.add(row);
    this.#size++;
    if (block.size > MOST) this.#blocks.splice(b + 1, 0, block.split());
  }

  /** Does nothing where the row is not in. */
  remove(row: number): void {
    const b = this.#blockOf(row);
    if ((this.#blocks[b] as Block).remove(row)) this.#removed(b);
  }

  /** Takes out the oldest row, of at least one. */
  dropOldest(): void {
    (this.#blocks[0] as Block).dropOldest();
    this.#removed(0);
  }

  /** Takes out the newest row, of at least one. */
  dropNewest(): void {
    const b = this.#blocks.length - 1;
    (this.#blocks[b] as Block).dropNewest();
    this.#removed(b);
  }

  #removed(b: number): void {
    this.#size--;
    if ((this.#blocks[b] as Block).size === 0 && this.#blocks.length > 1) this.#blocks.splice(b, 1);
  }

  /** The last block that begins with the row or one before it; the first if none does. */
  #blockOf(row: number): number {
    const blocks = this.#blocks;
    let high = blocks.length - 1;
    if (high === 0 || (blocks[high] as Block).oldest(0) <= row) return high;
    if ((blocks[1] as Block).oldest(0) > row) return 0;
    let low = 0;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if ((blocks[middle] as Block).oldest(0) <= row) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

/** Row numbers, ascending, in one array with room at both ends. */
class Block {
  #rows = NO_ROWS;
  #head = 0;
  #tail = 0;

  clear(): void {
    this.#head = this.#tail = 0;
  }

  get size(): number {
    return this.#tail - this.#head;
  }

  oldest(i: number): number {
    return this.#rows[this.#head + i] as number;
  }

  newest(i: number): number {
    return this.#rows[this.#tail - 1 - i] as number;
  }

  after(row: number): number {
    const place = this.#place(row + 1);
    return place < this.#tail ? (this.#rows[place] as number) : -1;
  }

  /** Moves whichever rows are fewer: those before the new one or those after it. */
  add(row: number): void {
    if (this.#tail === this.#rows.length) this.#makeRoom();
    const rows = this.#rows;
    const head = this.#head;
    const tail = this.#tail;
    let place = tail;
    while (place > head && tail - place < NEAR && (rows[place - 1] as number) > row) place--;
    if (tail - place === NEAR) place = this.#place(row);
    if (head > 0 && place - head < tail - place) {
      rows.copyWithin(head - 1, head, place);
      this.#head--;
      rows[place - 1] = row;
    } else {
      if (place < tail) rows.copyWithin(place + 1, place, tail);
      this.#tail++;
      rows[place] = row;
    }
  }

  /** Whether the row was in. */
  remove(row: number): boolean {
    const rows = this.#rows;
    const head = this.#head;
    const tail = this.#tail;
    if (head === tail || (rows[head] as number) > row) return false;
    if (rows[head] === row) {
      this.#head++;
      return true;
    }
    const place = this.#place(row);
    if (place === tail || rows[place] !== row) return false;
    if (place - head < tail - place) {
      rows.copyWithin(head + 1, head, place);
      this.#head++;
    } else {
      rows.copyWithin(place, place + 1, tail);
      this.#tail--;
    }
    return true;
  }

  dropOldest(): void {
    this.#head++;
  }

  dropNewest(): void {
    this.#tail--;
  }

  /** A block of the newer half of the rows, which leave this one. */
  split(): Block {
    const newer = new Block();
    const middle = (this.#head + this.#tail) >>> 1;
    newer.#rows = this.#rows.slice(middle, middle + MOST);
    newer.#tail = this.#tail - middle;
    this.#tail = middle;
    return newer;
  }

  /** Where the first row that is not below `row` stands. */
  #place(row: number): number {
    let low = this.#head;
    let high = this.#tail;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#rows[middle] as number) < row) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #makeRoom(): void {
    const size = this.size;
    const rows = 2 * size >= this.#rows.length ? new Int32Array(Math.max(8, 2 * this.#rows.length)) : this.#rows;
    rows.set(this.#rows.subarray(this.#head, this.#tail));
    this.#rows = rows;
    this.#head = 0;
    this.#tail = size;
  }
}
