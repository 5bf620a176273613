// Things to do at their times: a binary heap.

/** Things, each with its time. */
export interface Agenda<T> {
  put(at: number, thing: T): void;
  /** Takes out the earliest of those whose time has come by `now`. */
  take(now: number): T | undefined;
}

/** An empty agenda. */
export function agenda<T>(): Agenda<T> {
  const heap: { readonly at: number; readonly thing: T }[] = [];
  const time = (i: number): number => heap[i]?.at ?? Infinity;
  const swap = (i: number, j: number): void => {
    [heap[i], heap[j]] = [heap[j] as (typeof heap)[0], heap[i] as (typeof heap)[0]];
  };
  return {
    put: (at, thing) => {
      let i = heap.push({ at, thing }) - 1;
      for (let parent = (i - 1) >> 1; i > 0 && time(parent) > time(i); i = parent, parent = (i - 1) >> 1) swap(i, parent);
    },
    take: (now) => {
      const [first] = heap;
      const last = heap.at(-1);
      if (first === undefined || last === undefined || first.at > now) return undefined;
      heap[0] = last;
      heap.pop();
      for (let i = 0; ;) {
        const child = time(2 * i + 2) < time(2 * i + 1) ? 2 * i + 2 : 2 * i + 1;
        if (time(child) >= time(i)) break;
        swap(i, child);
        i = child;
      }
      return first.thing;
    },
  };
}
