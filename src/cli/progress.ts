// A progress bar on stderr: what is done, rows a second, time left. One line, redrawn at most ten times a second.
import { formatDuration, SECOND, systemClock, type Micros } from "../time.ts";

/** How far a piece of work is. */
export interface Step {
  /** What is being done: `view spending`. */
  readonly what: string;
  /** What is counted; rows by default. */
  readonly unit?: string;
  readonly done: number;
  /** Null while it is not known. */
  readonly total: number | null;
}

/** Shows steps. */
export interface ProgressBar {
  show(step: Step): void;
  /** Clears the line; what was shown is gone, and results may be printed. */
  end(): void;
}

const REDRAW: Micros = SECOND / 10;
const WIDTH = 24;

/** A bar on stderr, or one that shows nothing. Where stderr is no terminal each redraw is a line, at most one a second. */
export function createProgress(shown: boolean): ProgressBar {
  if (!shown) return { show: () => undefined, end: () => undefined };
  const terminal = process.stderr.isTTY;
  const pause = terminal ? REDRAW : SECOND;
  let current = "";
  let startedAt = 0;
  let drawnAt = 0;
  return {
    show: (step) => {
      const now = systemClock.now();
      if (step.what !== current) startedAt = now;
      if (step.what === current && now - drawnAt < pause && step.done !== step.total) return;
      current = step.what;
      drawnAt = now;
      process.stderr.write(terminal ? `\r\x1b[2K${line(step, now - startedAt)}` : `${line(step, now - startedAt)}\n`);
    },
    end: () => void (terminal && drawnAt > 0 && process.stderr.write("\r\x1b[2K")),
  };
}

function line({ what, unit = "rows", done, total }: Step, elapsed: Micros): string {
  const rate = elapsed === 0 || done === 0 ? null : (done * SECOND) / elapsed;
  const speed = rate === null ? "" : `  ${compact(rate)} ${unit}/s`;
  if (total === null || total === 0) return `${what}  ${compact(done)} ${unit}${speed}`;
  const share = Math.min(1, done / total);
  const filled = Math.round(share * WIDTH);
  const left = rate === null || share === 1 ? "" : `  ${formatDuration(Math.ceil((total - done) / rate) * SECOND)} left`;
  return `${what}  [${"=".repeat(filled)}${" ".repeat(WIDTH - filled)}] ${String(Math.floor(share * 100)).padStart(3)}%  ${compact(done)} of ${compact(total)} ${unit}${speed}${left}`;
}

function compact(n: number): string {
  return new Intl.NumberFormat("en-US", { notation: "compact", maximumFractionDigits: 1 }).format(n);
}
