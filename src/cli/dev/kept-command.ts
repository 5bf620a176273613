// A command that is kept running: started again when it dies, and stopped and started when the project changes.
import { formatDuration, MILLISECOND } from "../../time.ts";
import { isError, startCommand, type CommandProcess, type Line, type ToldError } from "./command-process.ts";

/** A command that dies is started again after so many milliseconds, twice as many each time, up to the longest. */
const PAUSE = 500;
const LONGEST_PAUSE = 30_000;

/** Who hears of a command. */
export interface Listener {
  heard(name: string, line: Line): void;
  erred(name: string, line: string): void;
  /** It ended, though nobody told it to, and is started again in `again`. */
  died(name: string, why: ToldError, again: string): void;
}

/** A command that runs until it is stopped. */
export class KeptCommand {
  readonly name: string;
  readonly #args: () => readonly string[];
  readonly #listener: Listener;
  #process: CommandProcess | null = null;
  #pause: NodeJS.Timeout | undefined;

  /** `args` is asked at each start. */
  constructor(name: string, args: () => readonly string[], listener: Listener) {
    this.name = name;
    this.#args = args;
    this.#listener = listener;
  }

  /** Starts it; resolves with its first line, or with why it did not start. */
  async start(deaths = 0): Promise<Line | ToldError> {
    const { heard, erred } = this.#listener;
    const own = startCommand(
      this.#args(),
      (line) => heard(this.name, line),
      (line) => erred(this.name, line),
    );
    this.#process = own;
    const first = await own.first;
    if (isError(first)) {
      if (deaths === 0) this.#process = null;
      else this.#again(own, first, deaths);
      return first;
    }
    void own.ended.then((why) => this.#again(own, why ?? { code: "DEV_ENDED", message: `asof ${this.name} ended` }, deaths));
    return first;
  }

  /** Stops it, and waits until it has ended. */
  async stop(): Promise<void> {
    clearTimeout(this.#pause);
    const own = this.#process;
    this.#process = null;
    await own?.stop();
  }

  #again(own: CommandProcess, why: ToldError, deaths: number): void {
    if (this.#process !== own) return; // it was told to stop
    const wait = Math.min(LONGEST_PAUSE, PAUSE * 2 ** deaths);
    this.#listener.died(this.name, why, formatDuration(wait * MILLISECOND));
    this.#pause = setTimeout(() => void this.start(deaths + 1), wait);
  }
}
