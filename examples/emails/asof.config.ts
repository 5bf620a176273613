// The README's example: emails to support, loaded every night, and what they say about a customer.
import { csv, defineConfig, entity, events, every, featureService, featureView, labels, t } from "asof";

const customer = entity("customer", { customer_id: t.string() });

const emails = events("emails", {
  schema: { email_id: t.string(), customer_id: t.string(), received_at: t.timestamp(), loaded_at: t.timestamp(), words: t.int32(), angry: t.boolean() },
  eventTime: "received_at",
  availableAt: "loaded_at",
  id: "email_id",
  batch: csv("data/emails.csv"),
});

const support = featureView("support", {
  entity: customer,
  source: emails,
  refresh: every("1d", { at: "03:30", delay: "15m" }),
  features: ({ count, mean, last }) => ({
    emails: count().overEach("7d", "30d"),
    mean_words: mean((email) => email.words).lifetime(),
    angry: last((email) => email.angry)
      .lifetime()
      .default(false),
  }),
});

const churn = featureService("churn", { features: [support] });

const left = labels("left", {
  schema: { customer_id: t.string(), at: t.timestamp(), left: t.boolean() },
  at: "at",
  from: csv("data/churn.csv"),
});

export default defineConfig({ services: [churn], labels: [left], servingLog: ".asof/log" });
