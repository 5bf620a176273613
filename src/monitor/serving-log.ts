// The serving log's writer: one process, one series of segments; slow disks slow the answers, and nothing is lost silently.
import { access, constants, mkdir, open, type FileHandle } from "node:fs/promises";
import { randomUUID } from "node:crypto";
import { resolve } from "node:path";
import { describeService, encodeLine, LOG_FORMAT, type LoggedRequest, type LogHeader, type LossLine } from "./serving-log-format.ts";
import { formatTime, MILLISECOND, type Clock } from "../time.ts";
import { StoreError } from "../errors.ts";
import type { ServicePlan } from "../plan/service-plan.ts";
import type { ServingLogConfig } from "../define/config.ts";

/** Lines that wait for the disk; beyond it `append` waits too. */
const MAX_WAITING_BYTES: number = 8 * 2 ** 20;
/** A write begins once this much waits, without regard to the interval. */
const WRITE_BYTES: number = 256 * 2 ** 10;

/** How a log fares. */
export interface LogState {
  readonly written: number;
  /** Lines that could not be written; the log says so too, once it can be written again. */
  readonly lost: number;
  /** Why the newest write failed; null if it did not. */
  readonly problem: string | null;
}

/**
 * A serving log. Invariants: every line of `append` is either written or counted in `lost`, and a count above 0 is written
 * as a line of its own as soon as the disk takes one; lines have ascending numbers, so that a reader sees a gap; at most
 * `MAX_WAITING_BYTES` wait. A process that is killed loses what came since the last flush.
 */
export interface ServingLog {
  /** Takes a line. Gives a promise to wait for when the disk is behind, nothing otherwise. */
  append(plan: ServicePlan, request: LoggedRequest): Promise<void> | undefined;
  /** Resolves when all lines taken before are on the disk, or counted as lost. */
  flush(): Promise<void>;
  state(): LogState;
  /** Flushes and ends. */
  close(): Promise<void>;
}

interface Segment {
  readonly file: FileHandle;
  bytes: number;
}

class SegmentLog implements ServingLog {
  readonly #config: ServingLogConfig;
  readonly #folder: string;
  readonly #plans: readonly ServicePlan[];
  readonly #writer: string;
  readonly #timer: NodeJS.Timeout;
  #segment: Segment | null = null;
  #segments = 0;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #taken = 0;
  #written = 0;
  #lost = 0;
  #unsaidLoss = 0;
  #problem: string | null = null;
  #writing: Promise<void> | null = null;

  constructor(config: ServingLogConfig, root: string, plans: readonly ServicePlan[], clock: Clock) {
    this.#config = config;
    this.#folder = resolve(root, config.folder);
    this.#plans = plans;
    const stamp = formatTime(clock.now()).replaceAll(/[-:]/g, "").replace(/\.\d+/, "");
    this.#writer = `${stamp}-${process.pid}-${randomUUID().slice(0, 8)}`;
    this.#timer = setInterval(() => void this.flush(), Math.max(1, config.flushEvery / MILLISECOND)).unref();
  }

  append(plan: ServicePlan, request: LoggedRequest): Promise<void> | undefined {
    const service = this.#plans.indexOf(plan);
    const line = Buffer.from(encodeLine(++this.#taken, service, request)); // bytes: text made of pieces is a burden while it waits
    this.#waiting.push(line);
    this.#waitingBytes += line.length;
    if (this.#waitingBytes < WRITE_BYTES) return undefined;
    const writing = this.#write();
    return this.#waitingBytes < MAX_WAITING_BYTES ? undefined : writing;
  }

  async flush(): Promise<void> {
    while (this.#waiting.length > 0 || this.#writing !== null) await this.#write();
  }

  state(): LogState {
    return { written: this.#written, lost: this.#lost, problem: this.#problem };
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.flush();
    await this.#segment?.file.close();
    this.#segment = null;
  }

  /** Writes what waits; joins the write that is under way, if one is. Never rejects. */
  #write(): Promise<void> {
    this.#writing ??= this.#writeWaiting().finally(() => (this.#writing = null));
    return this.#writing;
  }

  async #writeWaiting(): Promise<void> {
    const lines = this.#waiting;
    const first = this.#taken - lines.length + 1;
    this.#waiting = [];
    this.#waitingBytes = 0;
    try {
      const loss: LossLine = { lost: this.#unsaidLoss, because: this.#problem ?? "" };
      const said = this.#unsaidLoss === 0 ? [] : [Buffer.from(`${JSON.stringify(loss)}\n`)];
      const segment = await this.#open(first);
      await writeWhole(segment, Buffer.concat([...said, ...lines]));
      this.#written += lines.length;
      this.#unsaidLoss = 0;
      this.#problem = null;
      if (segment.bytes >= this.#config.segmentBytes) await this.#closeSegment();
    } catch (error) {
      this.#lost += lines.length;
      this.#unsaidLoss += lines.length;
      this.#problem = error instanceof Error ? error.message : String(error);
      await this.#closeSegment().catch(() => undefined);
    }
  }

  async #open(first: number): Promise<Segment> {
    if (this.#segment !== null) return this.#segment;
    await mkdir(this.#folder, { recursive: true });
    const name = `${this.#writer}-${String(++this.#segments).padStart(5, "0")}.ndjson`;
    const segment: Segment = { file: await open(resolve(this.#folder, name), "ax"), bytes: 0 };
    const header: LogHeader = { asof: "serving-log", format: LOG_FORMAT, writer: this.#writer, first, services: this.#plans.map(describeService) };
    await writeWhole(segment, Buffer.from(`${JSON.stringify(header)}\n`));
    this.#segment = segment;
    return segment;
  }

  async #closeSegment(): Promise<void> {
    const segment = this.#segment;
    this.#segment = null;
    await segment?.file.close();
  }
}

async function writeWhole(segment: Segment, bytes: Buffer): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await segment.file.write(bytes, done);
    done += bytesWritten;
  }
  segment.bytes += bytes.length;
}

/** Opens the log of this process. Its folder is made, and shown to be writable, at once. Throws a `StoreError`. */
export async function openServingLog(config: ServingLogConfig, root: string, plans: readonly ServicePlan[], clock: Clock): Promise<ServingLog> {
  const folder = resolve(root, config.folder);
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK);
  } catch (error) {
    throw new StoreError({
      code: "LOG_NOT_WRITABLE",
      what: `the serving log cannot be written: ${(error as Error).message}`,
      where: folder,
      cure: "Make the folder writable, or name another as servingLog in the config",
    });
  }
  return new SegmentLog(config, root, plans, clock);
}
