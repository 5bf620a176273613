// The shop opens: its rate rises evenly to what it then stays at, as visitors come in, and as processes that have just started need.

/** For so many seconds. */
const RISING = 10;

/** How many events are due after some seconds, at a rate a second once it is reached. */
export function dueAfter(seconds: number, rate: number): number {
  const rising = Math.min(seconds, RISING);
  return rate * (seconds - rising + (rising * rising) / (2 * RISING));
}

/** After how many seconds so many events are due. */
export function secondsUntil(events: number, rate: number): number {
  const risen = (rate * RISING) / 2;
  return events < risen ? Math.sqrt((2 * RISING * events) / rate) : RISING + (events - risen) / rate;
}
