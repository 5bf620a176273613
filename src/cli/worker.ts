// A worker's side of a server of several processes.
import cluster from "node:cluster";
import type { FromWorker, ToWorker } from "./worker-messages.ts";
import type { GatherReports, Report } from "../serve/metrics.ts";

/** What binds a worker to the process that started it. */
export interface Bond {
  /** Gives the metrics of all workers. */
  readonly gather: GatherReports;
  /** Resolves when the worker is to end: it was told, or the process that started it is gone. */
  readonly stopped: Promise<void>;
  listening(url: string, problems: readonly string[]): void;
}

/** Whether this process is a worker. */
export function isWorker(): boolean {
  return cluster.isWorker;
}

/** Lets a worker end, which the channel to the process that started it keeps alive; elsewhere it does nothing. */
export function release(): void {
  process.channel?.unref();
}

/** Binds this worker. */
export function bond(): Bond {
  const waiting = new Map<number, (reports: readonly Report[]) => void>();
  let asked = 0;
  let own: () => Promise<Report> = () => Promise.resolve([]);
  let stop = (): void => undefined;
  const stopped = new Promise<void>((resolve) => (stop = resolve));
  const say = (message: FromWorker): void => void process.send?.(message, undefined, undefined, () => undefined);
  process.on("message", (message: ToWorker) => {
    if (message.kind === "stop") stop();
    else if (message.kind === "report") void own().then((report) => say({ kind: "report", id: message.id, report }));
    else {
      waiting.get(message.id)?.(message.reports);
      waiting.delete(message.id);
    }
  });
  cluster.worker?.once("disconnect", () => {
    if (cluster.worker !== undefined) cluster.worker.exitedAfterDisconnect = true; // node would end the process at once, and open requests with it
    stop();
  });
  return {
    gather: (report) => {
      own = report;
      return () =>
        new Promise((resolve) => {
          waiting.set(++asked, resolve);
          say({ kind: "gather", id: asked });
        });
    },
    stopped,
    listening: (url, problems) => say({ kind: "listening", url, problems }),
  };
}
