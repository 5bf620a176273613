// The steps of a history: drawn by chance, shrunk where one fails, and told in words.
import fc from "fast-check";
import { codeText, type Code } from "./scenario.ts";
import { seeds, type Seeds } from "../property/cases.ts";

/** Where the process that takes events dies: in the middle of a write of the log, after one that it never answered, or before it writes states. */
export const DEATHS = ["torn", "unanswered", "unabsorbed"] as const;

/** How that process dies: of a torn write `share` hundredths reach the disk; states are written `share` modulo 3 times before. */
export interface Doom {
  readonly death: (typeof DEATHS)[number];
  readonly share: number;
}

/** How the process that refreshes dies: when it looks at the clock, or when it hands over a row, once it has done so `after` times. In a crowd a row stands for 700. */
export interface Fate {
  readonly at: "look" | "row";
  readonly after: number;
}

/** One step. Deaths are null where nothing dies. */
export type Step =
  /** The next events of the history are sent; those that were lost are sent again, if `again`. `back`: the clock may be set back before. */
  | { readonly kind: "send"; readonly events: number; readonly visible: boolean; readonly back: boolean; readonly again: boolean; readonly death: Doom | null }
  /** Time passes: so many hundredths of the range of the history's times. */
  | { readonly kind: "wait"; readonly share: number }
  /** The features of an entity are asked for, by the code that is applied, or by the code `before` it. */
  | { readonly kind: "ask"; readonly key: number; readonly before: boolean }
  /** The process that takes events ends and starts again; `death`: it dies while its states catch up. */
  | { readonly kind: "restart"; readonly death: number | null }
  | { readonly kind: "refresh"; readonly mode: (typeof MODES)[number]; readonly death: Fate | null }
  | { readonly kind: "rollback" }
  /** Definitions are applied, by another process at the same time too if there is a `rival`. `death`: before or after the registry is written. */
  | { readonly kind: "apply"; readonly to: Code; readonly rival: Code | null; readonly death: "before" | "after" | null };

export type Kind = Step["kind"];
type StepOf<K extends Kind> = Extract<Step, { kind: K }>;

/** What a refresh computes: see `Mode` of materialize. `again`: the newest tick, even if it is online. */
export const MODES = ["now", "again", "catch-up", "backfill"] as const;

/** A history before it is lived. */
export interface History {
  readonly seeds: Seeds;
  /** How many of the rows of the seeds there are, at most. */
  readonly rows: number;
  /** Settings of the processes: sizes of segments and of indexes. */
  readonly sizes: number;
  readonly steps: readonly Step[];
  /** Whether the batch, where there is one, has so many entities that a run is written in several transactions. */
  readonly crowded: boolean;
  /** Whether what was answered is verified and trained on in the end. */
  readonly proof: boolean;
}

/** What a step is made of stays as it was drawn: a failure is told best by the fewest steps, and each thing more to shrink takes many lives. */
const drawn = fc.noShrink;

/** Once in `of` times; else, and when it is shrunk, null. */
function sometimes<V>(arbitrary: fc.Arbitrary<V>, of: number): fc.Arbitrary<V | null> {
  return fc.oneof({ withCrossShrink: true }, { weight: of - 1, arbitrary: fc.constant(null) }, { weight: 1, arbitrary });
}

const code: fc.Arbitrary<Code> = drawn(fc.record({ column: fc.boolean(), live: fc.nat(2), refreshed: fc.nat(2) }));

const STEPS: { readonly [K in Kind]: { readonly weight: number; readonly step: fc.Arbitrary<StepOf<K>> } } = {
  send: {
    weight: 12,
    step: fc.record({
      kind: fc.constant("send"),
      events: drawn(fc.integer({ min: 1, max: 5 })),
      visible: drawn(fc.boolean()),
      back: drawn(fc.nat(5).map((by) => by === 1)),
      again: drawn(fc.nat(2).map((by) => by > 0)),
      death: sometimes(drawn(fc.record({ death: fc.constantFrom(...DEATHS), share: fc.nat(100) })), 5),
    }),
  },
  ask: { weight: 12, step: fc.record({ kind: fc.constant("ask"), key: drawn(fc.nat(99)), before: drawn(fc.nat(3).map((by) => by === 3)) }) },
  wait: { weight: 3, step: fc.record({ kind: fc.constant("wait"), share: drawn(fc.nat(100)) }) },
  restart: { weight: 2, step: fc.record({ kind: fc.constant("restart"), death: sometimes(drawn(fc.nat(3)), 2) }) },
  refresh: {
    weight: 4,
    step: fc.record({
      kind: fc.constant("refresh"),
      mode: drawn(fc.constantFrom(...MODES)),
      death: sometimes(drawn(fc.record({ at: fc.constantFrom("look", "row"), after: fc.constantFrom(0, 1, 2, 3, 3, 4, 5, 6, 6) })), 3),
    }),
  },
  rollback: { weight: 1, step: fc.record({ kind: fc.constant("rollback") }) },
  apply: {
    weight: 2,
    step: fc.record({ kind: fc.constant("apply"), to: code, rival: sometimes(code, 4), death: sometimes(drawn(fc.constantFrom("before", "after")), 4) }),
  },
};

/** Histories with steps of some kinds; see `crowded`. */
export function historiesOf(kinds: readonly Kind[], crowded: boolean = false): fc.Arbitrary<History> {
  const steps = kinds.map((kind) => ({ weight: STEPS[kind].weight, arbitrary: STEPS[kind].step as fc.Arbitrary<Step> }));
  return fc.record({
    steps: fc.array(fc.oneof(...steps), { maxLength: 32, size: "max" }), // first, so that it is shrunk first
    rows: fc.nat(60),
    crowded: fc.constant(crowded),
    proof: sometimes(fc.constant(true), 24).map((proof) => proof !== null),
    seeds: drawn(seeds),
    sizes: drawn(fc.nat(2 ** 31)),
  });
}

const STREAMED: readonly Kind[] = ["send", "ask", "wait", "restart"];
/** All kinds of steps. */
export const KINDS = Object.keys(STEPS) as readonly Kind[];

/** Where in a run of a crowd a process may die: mostly once it has begun to write. */
const PARTS: readonly Fate[] = [
  { at: "row", after: 6 },
  { at: "look", after: 3 },
  { at: "look", after: 4 },
  { at: "row", after: 0 },
];
const toTheEnd: readonly Step[] = [
  { kind: "refresh", mode: "now", death: null },
  { kind: "ask", key: 4, before: false },
];

/** Histories of runs that are written in several transactions, between which their process may die. The last is not: it meets what they left. */
export const crowds: fc.Arbitrary<History> = fc
  .tuple(historiesOf(["refresh", "ask", "wait", "rollback"], true), fc.array(sometimes(fc.constantFrom(...PARTS), 2), { minLength: 4, maxLength: 4 }))
  .filter(
    ([
      {
        seeds: { source },
      },
    ]) => source % 2 > 0,
  )
  .map(([{ steps, ...history }, deaths]) => {
    const dying = steps.map((step, i): Step => (step.kind === "refresh" ? { ...step, death: deaths[i % deaths.length] ?? null } : step));
    return { ...history, steps: [...dying, ...toTheEnd] };
  });

/** One of them in which a run surely dies in between. */
export const torn: History = {
  ...(fc.sample(crowds, { numRuns: 1, seed: 1 })[0] as History),
  seeds: { ...(fc.sample(seeds, { numRuns: 1, seed: 1 })[0] as Seeds), source: 1, where: 0 },
  steps: [{ kind: "refresh", mode: "now", death: PARTS[0] as Fate }, ...toTheEnd],
};

/** Histories, most of them of events and questions alone. */
export const histories: fc.Arbitrary<History> = fc.oneof({ weight: 5, arbitrary: historiesOf(STREAMED) }, { weight: 2, arbitrary: historiesOf(KINDS) });

const TOLD: { readonly [K in Kind]: (step: StepOf<K>) => string } = {
  send: ({ events, visible, back, again, death }) =>
    `${back ? "the clock may be set back; " : ""}${events} event${events > 1 ? "s are" : " is"} sent${visible ? ", until seen" : ""}${
      death === null ? "" : `; its process dies, ${death.death} (${death.share})${again ? ", what is lost is sent again" : ""}`
    }`,
  wait: ({ share }) => `${share} % of the range pass`,
  ask: ({ key, before }) => `a question about the entity of row ${key}${before ? ", to the code before" : ""}`,
  restart: ({ death }) => `the process that takes events starts again${death === null ? "" : `, and dies after ${death} writes of states`}`,
  refresh: ({ mode, death }) => `refresh, ${mode}${death === null ? "" : `; its process dies at ${death.at} ${death.after}`}`,
  rollback: () => "roll back",
  apply: ({ to, rival, death }) =>
    `apply ${codeText(to)}${rival === null ? "" : `, and at the same time ${codeText(rival)}`}${death === null ? "" : `; its process dies ${death} it writes`}`,
};

/** A step in words. */
function told(step: Step): string {
  return (TOLD[step.kind] as (step: Step) => string)(step);
}

/** What a check found that failed: the shrunk history in words, why it fails, and how to live it again. */
export function report({ seed, counterexamplePath, counterexample, numRuns, numShrinks, errorInstance }: fc.RunDetails<[History]>): string {
  const [history] = counterexample ?? [];
  const steps = history?.steps.map((step, i) => `${i + 1}. ${told(step)}`) ?? [];
  return [
    `history ${numRuns} fails; shrunk ${numShrinks} times it has ${steps.length} steps over at most ${history?.rows} rows${history?.crowded === true ? " and a crowd" : ""}:`,
    ...steps,
    errorInstance instanceof Error ? errorInstance.message : String(errorInstance),
    `npm run simulate -- --seed ${seed} --path ${counterexamplePath}${history?.crowded === true ? " --crowd" : ""} replays it`,
  ].join("\n");
}
