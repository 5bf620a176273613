// From label to answer against the oracle: which moment a view shows, what the kernel says of it, status, default and age.
import fc from "fast-check";
import { expect, test } from "vitest";
import { answersAt, history, type Answer } from "../oracle/naive.ts";
import { caseOf, seeds, type Case } from "./cases.ts";
import { kernelInput } from "./keyed-rows.ts";
import { PATIENCE, runs } from "./runs.ts";
import { answerFeature, missingAt, type EntityValues } from "../../src/plan/answer.ts";
import { asOfAt, momentAt, type RefreshRecord } from "../../src/plan/record.ts";
import { planView } from "../../src/plan/view-plan.ts";
import { vectorReader } from "../../src/schema/vector.ts";
import { prepare, sweep } from "../../src/kernel/sweep.ts";

/** Moves of a view's pointer, in microseconds after the case's base. */
const moves = fc.array(
  fc.record({ wait: fc.nat(20), tick: fc.integer({ min: -10, max: 60 }), kind: fc.constantFrom("publish" as const, "rollback" as const) }),
  { maxLength: 5 },
);

interface Served extends Case {
  readonly record: RefreshRecord | null;
}

const served: fc.Arbitrary<Served> = fc
  .record({
    from: seeds,
    maxAge: fc.option(fc.nat(30)),
    fallback: fc.boolean(),
    moves: fc.option(moves),
  })
  .map(({ from: { base, ...others }, maxAge, fallback, moves }) => {
    const from = { ...others, base: Math.max(-7, base) }; // an as-of before the least microsecond is none
    const { definition, rows, wanted } = caseOf(from);
    let at = from.base;
    const record = moves && {
      view: "tried",
      version: "0",
      moves: moves.map(({ wait, tick, kind }, i) => ({ from: (at += wait), run: i + 1, tick: Math.min(2 ** 53, from.base + tick), kind })),
    };
    const planned = planView(definition).features;
    const features = definition.features.map((feature, i) => ({ ...feature, fallback: fallback && planned[i]?.kind === "float64" ? 7 : null }));
    return { definition: { ...definition, maxAge, features }, rows, wanted, record };
  });

/** The answers as training gives them. */
function answers({ definition, rows, wanted, record }: Served): Answer[][] {
  const plan = planView(definition);
  const input = kernelInput(
    definition,
    [rows],
    wanted.map(({ key, at }) => ({ key, at: momentAt(plan.refresh, record, at) })),
  );
  const values = sweep(prepare(plan, input.rows), input.times);
  const readers = values.features.map(vectorReader);
  return input.positions.map((position, i) => {
    const at = wanted[i]?.at as number;
    const asOf = asOfAt(plan.refresh, momentAt(plan.refresh, record, at));
    const newest = values.newest.map((times) => (Number.isNaN(times[position]) ? null : (times[position] as number)));
    const row: EntityValues = { values: readers.map((read) => read(position)), failed: values.failed.map((failed) => failed[position] === 1), newest };
    return plan.features.map((feature, f): Answer => {
      const { value, status, eventTime } = answerFeature(feature, f, missingAt(plan, at, asOf), values.found[position] === 1 ? row : null);
      return { value, status, eventTime: eventTime === null ? null : BigInt(eventTime), asOf: BigInt(asOf) };
    });
  });
}

test("every label has the answer of the oracle", { timeout: PATIENCE }, () => {
  fc.assert(
    fc.property(served, (tried) => {
      const view = history(tried.definition, tried.rows);
      const oracle = tried.wanted.map(({ key, at }) => answersAt(view, key, BigInt(at), tried.record?.moves ?? null));
      expect(answers(tried)).toEqual(oracle);
    }),
    runs(),
  );
});
