// An answer: by position in the service's plan, as it is read, sent and logged; by name where somebody asks for that.
import { UNREACHED, type Unreached } from "./store.ts";
import type { Absorbed } from "./state-store.ts";
import type { Micros } from "../time.ts";
import type { Move } from "../plan/record.ts";
import type { ServicePlan } from "../plan/service-plan.ts";
import type { Status } from "../define/answer.ts";
import type { FeatureValue, Value } from "../schema/value-type.ts";

type ByName<V> = Readonly<Record<string, V>>;
/** What a view of the service was read at: a run and its tick, or how far its states had absorbed their log; null: there was neither; or the store did not answer. */
export type ViewRead = Pick<Move, "run" | "tick"> | Absorbed | Unreached | null;

/** As of when a view's values are: the tick of its run, or up to when its log was absorbed; null where there are none. */
export function asOfRead(read: ViewRead): Micros | null {
  return read === null || read === UNREACHED ? null : "tick" in read ? read.tick : read.upTo;
}

/** The features of one entity at T, by position in the service's plan; times are in microseconds. */
export interface AnswerRow {
  /** T: what the clock showed before anything was read. */
  readonly at: Micros;
  /** The keys, then the request's other fields, as they were read. */
  readonly input: readonly Value[];
  /** One per view. */
  readonly runs: readonly ViewRead[];
  /** One per feature, as are the next; with defaults. */
  readonly values: readonly FeatureValue[];
  readonly status: readonly Status[];
  /** The newest event in the feature's window; null if it is empty, if no value could be given, or if it is derived. */
  readonly eventTime: readonly (Micros | null)[];
}

/** The same by name, in the service's order. Records are made when they are asked for. */
export class Answer {
  readonly plan: ServicePlan;
  readonly row: AnswerRow;

  constructor(plan: ServicePlan, row: AnswerRow) {
    this.plan = plan;
    this.row = row;
  }

  get at(): Micros {
    return this.row.at;
  }

  /** The request's fields beside the keys. */
  get request(): ByName<Value> {
    const { keys, request } = this.plan;
    return byName(request, (_, i) => this.row.input[keys.length + i] as Value);
  }

  get values(): ByName<FeatureValue> {
    return byName(this.plan.outputs, (_, i) => this.row.values[i] as FeatureValue);
  }

  get status(): ByName<Status> {
    return byName(this.plan.outputs, (_, i) => this.row.status[i] as Status);
  }

  get eventTime(): ByName<Micros | null> {
    return byName(this.plan.outputs, (_, i) => this.row.eventTime[i] as Micros | null);
  }

  /** The tick of the run, or up to when the stream was absorbed; null where there is neither, and T for what is derived. */
  get asOf(): ByName<Micros | null> {
    return byName(this.plan.outputs, ({ view }) => (view === null ? this.row.at : asOfRead(this.row.runs[view] ?? null)));
  }

  /** The version of the feature's view, or of the derived feature. */
  get version(): ByName<string> {
    return byName(this.plan.outputs, ({ version }) => version);
  }

  /** By the view's name in the service. */
  get views(): ByName<ViewRead> {
    return byName(this.plan.views, (_, i) => {
      const read = this.row.runs[i] as ViewRead;
      return read === null || read === UNREACHED || !("tick" in read) ? read : { run: read.run, tick: read.tick };
    });
  }
}

function byName<T extends { readonly name: string }, V>(named: readonly T[], value: (one: T, position: number) => V): ByName<V> {
  const record: Record<string, V> = {};
  for (let i = 0; i < named.length; i++) record[(named[i] as T).name] = value(named[i] as T, i);
  return record;
}
