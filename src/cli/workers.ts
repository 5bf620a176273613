// A server of several processes: the first one starts workers, starts those again that die, and lets each tell the metrics of all.
import cluster, { type Worker } from "node:cluster";
import { createServer, type AddressInfo } from "node:net";
import { once } from "node:events";
import { formatDuration, MILLISECOND, monotonic } from "../time.ts";
import { merged, type Report } from "../serve/metrics.ts";
import type { FromWorker, ToWorker } from "./worker-messages.ts";

/** A worker that dies is started again after so many milliseconds, twice as many each time, up to the longest. */
const PAUSE = 250;
const LONGEST_PAUSE = 30_000;
/** A worker that has lived for so many seconds dies for another reason than the one before. */
const LIVED = 60;
/** How long a worker may take to tell its metrics, in milliseconds; then those that it told last count. */
const PATIENCE = 1000;

/** What the first worker says once it answers requests. */
export type Listening = Extract<FromWorker, { kind: "listening" }>;

/** Workers that answer requests on one port. */
export class Workers {
  readonly #say: (text: string) => void;
  readonly #workers: Set<Worker> = new Set();
  readonly #listening: WeakSet<Worker> = new WeakSet();
  readonly #pauses: Set<NodeJS.Timeout> = new Set();
  /** What each worker told last. */
  readonly #reports: Map<number, Report> = new Map();
  readonly #asked: Map<number, (report: Report) => void> = new Map();
  #asks = 0;
  /** What workers that died had counted. */
  #buried: Report = [];
  #isStopping = false;

  /** `say` hears of workers that die. */
  constructor(say: (text: string) => void) {
    this.#say = say;
    cluster.on("message", (worker: Worker, message: FromWorker) => {
      if (message.kind === "listening") this.#listening.add(worker);
      if (message.kind === "gather") void this.#gather(worker, message.id);
      if (message.kind === "report") this.#asked.get(message.id)?.(message.report);
    });
  }

  /** Starts workers. Gives what the first of them says, or the exit code with which it ended before it listened. */
  async start(count: number, port: number, host: string): Promise<Listening | number> {
    const args = [...process.argv.slice(2), "--port", String(port === 0 ? await freePort(host) : port)];
    cluster.setupPrimary({ args, serialization: "advanced", stdio: ["ignore", "inherit", "inherit", "ipc"] });
    const eldest = this.#fork();
    const first = await startedBy(eldest);
    if (typeof first === "number") return first;
    this.#keep(eldest);
    cluster.setupPrimary({ args, serialization: "advanced", stdio: ["ignore", "ignore", "inherit", "ipc"] }); // one result is enough
    const others = Array.from({ length: count - 1 }, () => this.#fork());
    for (const worker of others) this.#keep(worker);
    await Promise.all(others.map(startedBy));
    return first;
  }

  /** Lets each worker finish its open requests and end. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    for (const pause of this.#pauses) clearTimeout(pause);
    const ended = [...this.#workers].map((worker) => once(worker, "exit"));
    for (const worker of this.#workers) {
      if (this.#listening.has(worker)) tell(worker, { kind: "stop" });
      else worker.process.kill(); // it does not hear yet, and has nothing to finish
    }
    await Promise.all(ended);
  }

  #fork(): Worker {
    const worker = cluster.fork();
    this.#workers.add(worker);
    worker.once("exit", () => {
      this.#workers.delete(worker);
      void this.#bury(worker);
    });
    return worker;
  }

  /** Starts a worker again whenever it dies. */
  #keep(worker: Worker, deaths = 0): void {
    const born = monotonic();
    const { pid } = worker.process;
    worker.once("exit", (code: number | null, signal: string | null) => {
      if (this.#isStopping) return;
      const died = monotonic() - born > LIVED ? 1 : deaths + 1;
      const wait = Math.min(LONGEST_PAUSE, PAUSE * 2 ** (died - 1));
      this.#say(`worker ${pid} ended (${signal ?? `exit code ${code}`}): another is started in ${formatDuration(wait * MILLISECOND)}`);
      const pause = setTimeout(() => {
        this.#pauses.delete(pause);
        this.#keep(this.#fork(), died);
      }, wait);
      this.#pauses.add(pause);
    });
  }

  /** What a worker had counted still counts, so that sums do not fall; what it was (its memory, say) is no more. */
  async #bury(worker: Worker): Promise<void> {
    const counted = this.#reports.get(worker.id)?.filter(({ type }) => type !== "gauge") ?? [];
    this.#reports.delete(worker.id);
    if (counted.length > 0) this.#buried = await merged([this.#buried, counted]);
  }

  async #gather(asker: Worker, id: number): Promise<void> {
    const reports = await Promise.all([...this.#workers].map((worker) => this.#reportOf(worker)));
    tell(asker, { kind: "gathered", id, reports: [...reports, this.#buried] });
  }

  async #reportOf(worker: Worker): Promise<Report> {
    const id = ++this.#asks;
    const known = this.#reports.get(worker.id) ?? [];
    const report = await new Promise<Report>((resolve) => {
      this.#asked.set(id, resolve);
      setTimeout(() => resolve(known), PATIENCE).unref();
      tell(worker, { kind: "report", id });
    });
    this.#asked.delete(id);
    if (this.#workers.has(worker)) this.#reports.set(worker.id, report);
    return report;
  }
}

function tell(worker: Worker, message: ToWorker): void {
  if (worker.isConnected()) worker.send(message, () => undefined);
}

/** Resolves with what a worker says once it listens, or with its exit code. */
function startedBy(worker: Worker): Promise<Listening | number> {
  return new Promise((resolve) => {
    worker.on("message", (message: FromWorker) => {
      if (message.kind === "listening") resolve(message);
    });
    worker.once("exit", (code) => resolve(code ?? 1));
  });
}

/** Node has a port of its own for 0 as long as one worker lives; a port by number outlives them all. */
async function freePort(host: string): Promise<number> {
  const server = createServer().listen(0, host);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
