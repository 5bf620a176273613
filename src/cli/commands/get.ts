// `asof get <service> key=value...`: one online answer, as a table.
import { didYouMean, UsageError } from "../../errors.ts";
import { fromText, SPELLING, toJsonText } from "../../schema/json-value.ts";
import { shortened, table } from "../output.ts";
import { withSession, type Session } from "../session.ts";
import type { Answer } from "../../online/answer.ts";
import type { Command } from "commander";
import type { ServicePlan } from "../../plan/service-plan.ts";
import type { Value } from "../../schema/value-type.ts";
import type { WireAnswer } from "../../serve/answer-text.ts";

/** Adds the command. */
export function addGet(program: Command): void {
  const command = program
    .command("get")
    .description("ask for the features of one entity, as a request would be answered now")
    .argument("<service>", "the service's name")
    .argument("[key=value...]", "the keys and request fields");
  command.addHelpText("after", "\nExamples:\n  asof get checkout user_id=u1 amount=12.5\n  asof get checkout user_id=u1 amount=12.5 --json");
  command.action((service: string, pairs: readonly string[]) => withSession(command, (session) => get(session, service, pairs)));
}

async function get({ output, store }: Session, service: string, pairs: readonly string[]): Promise<void> {
  const opened = await store();
  const plan = opened.plan(service);
  const input = readInput(plan, pairs);
  const [answer] = (await opened.answer(plan, [input])) as [Answer];
  const { answerWriter } = await import("../../serve/answer-text.ts");
  const told = JSON.parse(answerWriter(plan)(answer)) as WireAnswer;
  const rows = plan.outputs.map(({ name }, i) => [
    name,
    shortened(toJsonText(answer.row.values[i] ?? null)),
    told.status[name] ?? "",
    told.eventTime[name] ?? "-",
    told.asOf[name] ?? "-",
  ]);
  output.result(`${service} at ${told.at}\n${table([["feature", "value", "status", "event time", "as of"], ...rows], "  ")}`, told);
}

/** Reads `key=value` by the plan; the store checks that none is missing. Throws a `UsageError` that names the pair. */
function readInput(plan: ServicePlan, pairs: readonly string[]): Readonly<Record<string, Value>> {
  const fields = [...plan.keys, ...plan.request];
  const where = `service ${plan.name}`;
  const given: Record<string, Value> = Object.fromEntries(fields.filter((field) => field.nullable).map((field) => [field.name, null]));
  const named = new Set<string>();
  for (const pair of pairs) {
    const cut = pair.indexOf("=");
    const name = cut < 0 ? pair : pair.slice(0, cut);
    const field = fields.find((candidate) => candidate.name === name);
    if (field === undefined)
      throw new UsageError({
        code: "USAGE_UNKNOWN_FIELD",
        what: `there is no key or request field '${name}'`,
        where,
        cure: didYouMean(
          name,
          fields.map((candidate) => candidate.name),
        ),
      });
    if (named.has(name))
      throw new UsageError({ code: "USAGE_FIELD_TWICE", what: `'${name}' is given twice`, where, cure: "Ask about one entity at a time: give each key once" });
    named.add(name);
    if (cut < 0) throw new UsageError({ code: "USAGE_NO_VALUE", what: `'${pair}' has no value`, where, cure: `Write ${name}=..., ${SPELLING[field.kind]}` });
    const value = fromText(pair.slice(cut + 1), field.kind);
    if (value === undefined)
      throw new UsageError({
        code: "USAGE_BAD_VALUE",
        what: `'${pair.slice(cut + 1)}' is no ${field.kind}`,
        where: `${where}, ${name}`,
        cure: `Give ${SPELLING[field.kind]}`,
      });
    given[name] = value;
  }
  return given;
}
