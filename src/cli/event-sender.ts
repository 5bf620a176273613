// Sends events to the process that takes them, or takes them in this one where there is none.
import { IngestError } from "../errors.ts";
import { ingestAnswer, type IngestAnswer } from "../serve/ingest-server.ts";
import { resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { toJson, type JsonValue } from "../schema/json-value.ts";
import type { FeatureValue } from "../schema/value-type.ts";
import type { Session } from "./session.ts";

/** Sends events of a source, in order. Throws an `IngestError` where none of them is taken. */
export type EventSender = (events: readonly unknown[]) => Promise<IngestAnswer>;

/** All events of the sending were refused; the answer says why each. */
const REFUSED = 422;
/** How often events are sent again that were refused for now, and for how long one waits if the server does not say. */
const TRIES = 30;
const PAUSE_SECONDS = 1;

/** The sender for a source of the project. */
export async function eventSender({ config, root, store, signal }: Session, source: string): Promise<EventSender> {
  const { ingestUrl } = await import("../stream/process-lock.ts");
  const url = await ingestUrl(resolve(root, config.ingest.folder));
  if (url === null) {
    const stream = await (await store()).stream();
    await stream.built(); // nobody else does it once this command has ended
    return async (events) => ingestAnswer(await stream.ingest(source, events));
  }
  return async (events) => {
    const body = events.map((event) => JSON.stringify(jsonOf(event))).join("\n");
    for (let tried = 1; ; tried++) {
      const response = await fetch(`${url}/v1/events/${source}`, { method: "POST", headers: { "content-type": "application/x-ndjson" }, body, signal });
      const answer = (await response.json()) as IngestAnswer & {
        readonly error?: { readonly code: string; readonly message: string; readonly where?: string; readonly cure?: string };
      };
      if (response.ok || response.status === REFUSED) return answer;
      if (tried >= TRIES || (response.status !== 429 && response.status !== 503)) throw told(answer.error, url);
      await sleep(1000 * Number(response.headers.get("retry-after") ?? PAUSE_SECONDS), undefined, { signal });
    }
  };
}

/** An event with its values as JSON holds them. */
function jsonOf(event: unknown): unknown {
  if (typeof event !== "object" || event === null || Array.isArray(event)) return event;
  const fields: [string, JsonValue][] = Object.entries(event).map(([name, value]) => [name, toJson(value as FeatureValue)]);
  return Object.fromEntries(fields);
}

function told(
  error: { readonly code: string; readonly message: string; readonly where?: string; readonly cure?: string } | undefined,
  url: string,
): IngestError {
  const { code = "INGEST_FAILED", message = "it answers with an error", where = url, cure } = error ?? {};
  return new IngestError({ code, what: message, where, ...(cure === undefined ? {} : { cure }) });
}
