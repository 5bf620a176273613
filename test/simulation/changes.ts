// Changes of definitions in a history: applied by the real code, by two processes at a time, by one that dies.
import { Definitions, RegistryMovedError, type Changes as Applied } from "../../src/apply/apply.ts";
import { appliedVersion } from "../../src/plan/registered.ts";
import { AsofError } from "../../src/errors.ts";
import { Death, mortalRegistry, seenAs } from "./world.ts";
import { FIRST_CODE, type Code, type Scenario, type Served } from "./scenario.ts";
import { isChanged } from "../../src/plan/registry-diff.ts";
import { logSize } from "../../src/apply/log-size.ts";
import type { Processes } from "./processes.ts";
import type { Step } from "./steps.ts";

/** What became of an apply. */
type Ending = "written" | "same" | "moved" | "refused" | "dead";

/** Applies definitions. Throws where the registry is not as one of those that applied left it. */
export class Changes {
  readonly #processes: Processes;
  readonly #scenario: Scenario;
  #code: Code = FIRST_CODE;
  deaths = 0;
  count = 0;

  constructor(processes: Processes, scenario: Scenario) {
    this.#processes = processes;
    this.#scenario = scenario;
  }

  /** The definitions as they are: those that were applied last. */
  get code(): Code {
    return this.#code;
  }

  /** Applies; false where that left all as it was. */
  async apply({ to, rival, death }: Extract<Step, { kind: "apply" }>): Promise<boolean> {
    const { registry } = await this.#processes.store("serve");
    const before = await registry.read();
    const codes = [to, ...(rival === null ? [] : [rival])];
    const tried = codes.map((code) => this.#scenario.served(code));
    const endings = await Promise.all(tried.map((of, i) => this.#applied(of, i === 0 ? death : null)));
    const after = await registry.read();
    const written = after.revision - before.revision;
    const told = endings.filter((ending) => ending === "written").length;
    const dead = endings.includes("dead") ? 1 : 0;
    const story = `${endings.join(" and ")} over revision ${before.revision}`;
    this.deaths += dead;
    if (written > 1) throw new Error(`${story}: both wrote over it`);
    if (written < told || (told === 0 && written > 0 && death !== "after")) throw new Error(`${story}, now at ${after.revision}`);
    if (endings.includes("moved") && written === 0) throw new Error(`${story}: refused for another's sake, but no other wrote`);
    const holds = (of: Served): boolean => [of.live, of.refreshed].every(({ name, version }) => appliedVersion(after, name) === version);
    const winner = codes.find((_, i) => endings[i] !== "moved" && endings[i] !== "refused" && holds(tried[i] as Served));
    if (written === 0) return false;
    if (winner === undefined) throw new Error(`${story}: what is applied is none of what was`);
    if (this.#code.column && !winner.column && (await this.#logBytes()) > 0) throw new Error(`${story}: a column was removed that records of the log have`);
    this.#code = winner;
    this.count++;
    return true;
  }

  async #applied({ live, refreshed }: Served, death: "before" | "after" | null): Promise<Ending> {
    const { world } = this.#processes;
    const store = await this.#processes.store("apply");
    const mortal = seenAs(store, { registry: mortalRegistry(store.registry, death) });
    const site = { clock: world.clock, logBytes: () => this.#logBytes(), exists: () => true, store: () => Promise.resolve(mortal) };
    try {
      const changes: Applied = await new Definitions([live, refreshed], site).apply();
      return isChanged(changes) ? "written" : "same";
    } catch (error) {
      if (error instanceof Death) return "dead";
      if (error instanceof RegistryMovedError) return "moved";
      if (error instanceof AsofError && error.code === "REGISTRY_SCHEMA" && this.#code.column && !live.source.schema["extra"]) return "refused";
      throw error;
    }
  }

  async #logBytes(): Promise<number> {
    return (await logSize(this.#processes.machine.root, "log", this.#processes.name)) ?? 0;
  }
}
