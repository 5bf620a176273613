// Answers as JSON text, written by a service's plan: what every answer repeats is quoted once, and no object is made.
import { momentTexts } from "./moment-texts.ts";
import { toJsonText, type JsonValue } from "../schema/json-value.ts";
import { asOfRead, type Answer, type ViewRead } from "../online/answer.ts";
import type { Micros } from "../time.ts";
import type { ServicePlan } from "../plan/service-plan.ts";
import { STATUSES, type Status } from "../define/answer.ts";
import type { FeatureValue } from "../schema/value-type.ts";

/** What the text of an answer reads back as. */
export interface WireAnswer {
  readonly at: string;
  readonly values: Readonly<Record<string, JsonValue>>;
  readonly status: Readonly<Record<string, Status>>;
  readonly eventTime: Readonly<Record<string, string | null>>;
  readonly asOf: Readonly<Record<string, string | null>>;
  readonly version: Readonly<Record<string, string>>;
}

/** Writes answers of one service. */
export type AnswerWriter = (answer: Answer) => string;

/** The writer of a service's answers. */
export function answerWriter(plan: ServicePlan): AnswerWriter {
  const heads = plan.outputs.map(({ name }, i) => `${i === 0 ? "" : ","}${JSON.stringify(name)}:`);
  const statusTexts = new Map(STATUSES.map((status) => [status, heads.map((head) => `${head}"${status}"`)]));
  const moment = momentTexts();
  const asOfText = asOfWriter(plan, heads, moment);
  const derivedHeads = heads.slice(plan.features.length);
  const version = plan.outputs.map((output, i) => `${heads[i]}"${output.version}"`).join("");
  return ({ row: { at, runs, values, status, eventTime } }) => {
    let valueText = "";
    let statusText = "";
    let eventTimeText = "";
    for (let i = 0; i < heads.length; i++) {
      const head = heads[i] as string;
      valueText += head + toJsonText(values[i] as FeatureValue);
      statusText += statusTexts.get(status[i] as Status)?.[i];
      eventTimeText += head + moment(eventTime[i] as Micros | null);
    }
    let derivedAsOf = "";
    for (const head of derivedHeads) derivedAsOf += head + moment(at);
    const others = `"asOf":{${asOfText(runs)}${derivedAsOf}},"version":{${version}}`;
    return `{"at":${moment(at)},"values":{${valueText}},"status":{${statusText}},"eventTime":{${eventTimeText}},${others}}`;
  };
}

/** Runs change seldom: the text of the last ones is kept. */
function asOfWriter(plan: ServicePlan, heads: readonly string[], moment: (at: Micros | null) => string): (runs: readonly ViewRead[]) => string {
  let last: readonly ViewRead[] = [];
  let text = "";
  return (runs) => {
    if (last.length === 0 || runs.some((run, i) => run !== last[i])) {
      text = plan.features.map(({ view }, i) => `${heads[i]}${moment(asOfRead(runs[view] ?? null))}`).join("");
      last = runs;
    }
    return text;
  };
}
