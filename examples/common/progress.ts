// Progress on standard error: what is being done, and how long it took.

/** Says what the demo is doing. */
export interface Progress {
  /** Runs one phase: its title at once, then its time and what `note` makes of its result. */
  phase<T>(title: string, work: () => Promise<T>, note?: (result: T, seconds: number) => string): Promise<T>;
  /** Shows how far the running phase has come, 0 to 1, where the output is a terminal. */
  part(done: number, detail?: string): void;
}

/** Progress since the program began, which does `title` until a phase says otherwise. */
export function progressOn(output: NodeJS.WriteStream, title = ""): Progress {
  const start = performance.now();
  const elapsed = (): string => `${((performance.now() - start) / 1000).toFixed(1).padStart(6)} s`;
  let doing = title;
  const line = (text: string): void => void output.write(output.isTTY ? `\r\x1b[K${text}` : text);
  return {
    phase: async (named, work, note) => {
      doing = named;
      line(`${elapsed()}  ${named} ...${output.isTTY ? "" : "\n"}`);
      const before = performance.now();
      const result = await work();
      const seconds = (performance.now() - before) / 1000;
      line(`${elapsed()}  ${named}: ${seconds.toFixed(1)} s${note === undefined ? "" : `, ${note(result, seconds)}`}\n`);
      return result;
    },
    part: (done, detail) => {
      if (output.isTTY) line(`${elapsed()}  ${doing} ... ${Math.floor(done * 100)} %${detail === undefined ? "" : `, ${detail}`}`);
    },
  };
}
