// Derived features of logged requests, made again from the features and the request that were logged with them.
import { canonical } from "../schema/canonical.ts";
import { deriver, type Derive } from "../plan/derive.ts";
import { inputIndex } from "./serving-log-format.ts";
import type { Counts } from "./compare.ts";
import type { FeatureValue } from "../schema/value-type.ts";
import type { LoggedService, ReadRequest } from "./serving-log-format.ts";
import type { ServicePlan } from "../plan/service-plan.ts";
import type { Status } from "../define/answer.ts";

/** What was found of a service's derived features. */
export interface DerivedVerification extends Readonly<Counts> {
  readonly service: string;
  /** Requests under another version of a derived feature, which were not compared. */
  readonly skipped: number;
}

/** A derived value or status that is not what its function gives. */
export interface DerivedDifference {
  readonly service: string;
  readonly feature: string;
  readonly part: "value" | "status";
  readonly request: ReadRequest;
  readonly logged: FeatureValue;
  readonly recomputed: FeatureValue;
}

/**
 * Compares the derived features of one service, request by request. They are made from the logged features, each of which is
 * proven by itself: so a difference here is one of the function, of T or of the request.
 */
export class DerivedCheck {
  readonly counts: Counts = { compared: 0, notNull: 0, different: 0 };
  readonly differences: DerivedDifference[] = [];
  skipped = 0;
  readonly #plan: ServicePlan;
  readonly #derive: Derive;
  readonly #limit: number;
  readonly #same = new Map<LoggedService, boolean>();

  /** At most `limit` differences are kept. */
  constructor(plan: ServicePlan, limit: number) {
    this.#plan = plan;
    this.#derive = deriver(plan, plan.name);
    this.#limit = limit;
  }

  check(request: ReadRequest): void {
    const { derived, features, request: fields } = this.#plan;
    if (derived.length === 0) return;
    if (!this.#isSame(request.service)) return void this.skipped++;
    const values = request.values.slice(0, features.length);
    const status: Status[] = request.status.slice(0, features.length);
    const asked = fields.map(({ name }) => request.input[inputIndex(request.service, name)] ?? null);
    this.#derive(values, status, asked, request.at);
    derived.forEach(({ name, kind }, i) => {
      const place = features.length + i;
      const [logged, recomputed] = [request.values[place] as FeatureValue, values[place] as FeatureValue];
      this.counts.compared++;
      if (recomputed !== null) this.counts.notNull++;
      const part = !canonical([logged], [kind]).equals(canonical([recomputed], [kind])) ? "value" : request.status[place] !== status[place] ? "status" : null;
      if (part === null) return;
      this.counts.different++;
      if (this.differences.length < this.#limit)
        this.differences.push({
          service: this.#plan.name,
          feature: name,
          part,
          request,
          logged: part === "value" ? logged : (request.status[place] as Status),
          recomputed: part === "value" ? recomputed : (status[place] as Status),
        });
    });
  }

  /** Whether the service was logged with these features and derived features, in this order. */
  #isSame(service: LoggedService): boolean {
    const known = this.#same.get(service);
    if (known !== undefined) return known;
    const { outputs } = this.#plan;
    const same =
      service.features.length === outputs.length &&
      service.features.every(({ name, view, version }, i) => name === outputs[i]?.name && (view !== null || version === outputs[i]?.version));
    this.#same.set(service, same);
    return same;
  }
}
