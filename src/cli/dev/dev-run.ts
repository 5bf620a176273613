// One run of `asof dev`: applies the definitions, keeps three commands running, and takes over what is saved.
import { buildText, type Build } from "../build-lines.ts";
import { DefinitionError, UsageError, type Problem } from "../../errors.ts";
import { errorText } from "../output.ts";
import { isError, startCommand, type Line, type ToldError } from "./command-process.ts";
import { KeptCommand, type Listener } from "./kept-command.ts";
import type { Dashboard } from "./dashboard.ts";

/** Where the servers are to listen. */
export interface DevPlaces {
  readonly config: string;
  readonly port: number;
  readonly streamPort: number;
  readonly host: string;
}

/** Where they do. */
export interface DevUrls {
  readonly features: string;
  readonly events: string;
  /** The sources that take events. */
  readonly sources: readonly string[];
}

/** What runs for a project. */
export class DevRun {
  readonly #dashboard: Dashboard;
  readonly #places: DevPlaces;
  readonly #stream: KeptCommand;
  readonly #refresh: KeptCommand;
  readonly #serve: KeptCommand;
  #urls: DevUrls | null = null;
  /** Changes are taken over one after the other. */
  #queue: Promise<void> = Promise.resolve();
  #isStopping = false;

  constructor(places: DevPlaces, dashboard: Dashboard) {
    this.#places = places;
    this.#dashboard = dashboard;
    const { config, host } = places;
    const listener: Listener = {
      heard: (_, line) => this.#heard(line),
      erred: (_, line) => this.#erred(line),
      died: (_, why, again) => dashboard.say(`${told(why)}\n  it is started again in ${again}`),
    };
    const at = (url: string | undefined, port: number): string => (url === undefined ? String(port) : new URL(url).port); // stays where it was
    const own = ["--config", config];
    this.#stream = new KeptCommand("stream", () => ["stream", ...own, "--host", host, "--port", at(this.#urls?.events, places.streamPort)], listener);
    this.#refresh = new KeptCommand("materialize", () => ["materialize", "--watch", ...own], listener);
    this.#serve = new KeptCommand("serve", () => ["serve", ...own, "--host", host, "--port", at(this.#urls?.features, places.port)], listener);
  }

  /** Where the servers listen; null before they have started. */
  get urls(): DevUrls | null {
    return this.#urls;
  }

  /** Applies and starts everything; resolves once it answers, and what was due is refreshed. Throws what a command told, with nothing left running. */
  async start(): Promise<DevUrls> {
    const why = (await this.#apply()) ?? (await this.#up());
    if (why === null) return this.#urls as DevUrls;
    await this.stop();
    throw asError(why);
  }

  /** Takes over what was saved. What cannot be applied is told, and what runs stays as it is. */
  changed(files: readonly string[]): void {
    this.#queue = this.#queue.then(async () => {
      if (this.#isStopping) return;
      this.#dashboard.say(`${files.join(", ")} changed`);
      const why = await this.#apply();
      if (why !== null) return this.#dashboard.say(`${told(why)}\n  what ran before goes on`);
      await this.#down();
      const failed = await this.#up();
      this.#dashboard.say(failed === null ? "reloaded" : `${told(failed)}\n  not all is running: save the file again once it is mended`);
    });
  }

  /** Ends everything. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#queue;
    await this.#down();
  }

  async #apply(): Promise<ToldError | null> {
    const applying = startCommand(
      ["apply", "--config", this.#places.config],
      () => undefined,
      () => undefined,
    );
    const first = await applying.first;
    await applying.ended;
    if (isError(first)) return first;
    for (const { view, change } of first["changes"] as readonly { readonly view: string; readonly change: string }[])
      if (change !== "same") this.#dashboard.say(`view ${view} is ${change}`);
    return null;
  }

  /** Starts everything; gives the first error. Streams come first, so that the server of features finds its states. */
  async #up(): Promise<ToldError | null> {
    const events = await this.#stream.start();
    if (isError(events)) return { ...events, cure: events.cure?.replace("--port", "--stream-port") ?? null };
    const refreshed = await this.#refresh.start();
    if (isError(refreshed)) return refreshed;
    const features = await this.#serve.start();
    if (isError(features)) return features;
    this.#urls = { features: features["url"] as string, events: events["url"] as string, sources: events["sources"] as readonly string[] };
    this.#dashboard.listening(this.#urls.features, this.#urls.sources.length === 0 ? null : this.#urls.events);
    return null;
  }

  async #down(): Promise<void> {
    await Promise.all([this.#serve.stop(), this.#refresh.stop()]);
    await this.#stream.stop();
  }

  /** What refreshes and builds tell; the first lines of the servers are told by who started them. */
  #heard(line: Line): void {
    if (line["building"] !== undefined) this.#dashboard.say(buildText(line["building"] as Build));
    if (line["built"] !== undefined) this.#dashboard.say(`view ${line["built"] as string} is up to date`);
    const failed = line["failed"] as { readonly message: string } | undefined;
    if (failed !== undefined) this.#dashboard.say(`a refresh failed: ${failed.message}`);
    for (const { view, runs } of (line["views"] as readonly ToldRuns[] | undefined) ?? [])
      for (const { tick, entities } of runs) this.#dashboard.say(`view ${view} is refreshed as of ${tick}: ${entities} entities`);
  }

  /** Of a server's log, which is lines of JSON, the errors. */
  #erred(line: string): void {
    if (/^\{.*"level":"error"/.test(line)) this.#dashboard.say(line);
  }
}

interface ToldRuns {
  readonly view: string;
  readonly runs: readonly { readonly tick: string; readonly entities: number }[];
}

function told(why: ToldError): string {
  return errorText(asError(why), false);
}

/** What a command told, as the error that it was: of those who ask wrongly, such as for a port that is taken, or of a definition. */
function asError({ code, message, where, cure }: ToldError): Error {
  const problem: Problem = { code, what: message, ...(where == null ? {} : { where }), ...(cure == null ? {} : { cure }) };
  return code === "SERVE_CANNOT_LISTEN" ? new UsageError(problem) : new DefinitionError(problem);
}
