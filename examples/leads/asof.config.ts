// The README's example: emails sent to sales leads, loaded every night, and which leads became customers.
import { csv, defineConfig, entity, events, every, featureService, featureView, labels, t } from "asof";

const lead = entity("lead", { lead_id: t.string() });

const emails = events("emails", {
  schema: { email_id: t.string(), lead_id: t.string(), sent_at: t.timestamp(), loaded_at: t.timestamp(), template: t.string(), words: t.int32() },
  eventTime: "sent_at",
  availableAt: "loaded_at",
  id: "email_id",
  batch: csv("data/emails.csv"),
});

const outreach = featureView("outreach", {
  entity: lead,
  source: emails,
  refresh: every("1d", { at: "03:30", delay: "15m" }),
  features: ({ count, mean, last }) => ({
    emails_sent: count().lifetime(),
    emails: count().overEach("7d", "30d"),
    mean_words: mean((email) => email.words).lifetime(),
    last_template: last((email) => email.template)
      .lifetime()
      .default("none"),
  }),
});

const scoring = featureService("scoring", { features: [outreach] });

const converted = labels("converted", {
  schema: { lead_id: t.string(), at: t.timestamp(), converted: t.boolean() },
  at: "at",
  from: csv("data/converted.csv"),
});

export default defineConfig({ services: [scoring], labels: [converted], servingLog: ".asof/log" });
