// The limit of time, over a socket: a request that never ends is answered, and the server goes on.
import { mkdtemp, rm } from "node:fs/promises";
import { once } from "node:events";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { defineConfig } from "../define/config.ts";
import { entity } from "../define/entity.ts";
import { events, rows } from "../define/source.ts";
import { every } from "../define/refresh.ts";
import { featureService } from "../define/feature-service.ts";
import { featureView } from "../define/feature-view.ts";
import { openStore } from "../feature-store.ts";
import { serve } from "./server.ts";
import { t } from "../schema/value-type.ts";

const user = entity("user", { user_id: t.string() });
const source = events("purchases", { schema: { user_id: t.string(), at: t.timestamp() }, eventTime: "at", availableAt: { delay: "0s" }, batch: rows([]) });
const view = featureView("spending", { entity: user, source, refresh: every("1d"), features: ({ count }) => ({ n: count().over("7d") }) });
const service = featureService("checkout", { features: [view] });

test("a body that does not come is given up with a 503", async () => {
  const root = await mkdtemp(join(tmpdir(), "asof-serve-"));
  const store = await openStore(defineConfig({ services: [service], limits: { timeout: "500ms" } }), { root });
  await store.problems(); // opens what requests need
  const serving = await serve(store, { port: 0 });
  const socket = connect(Number(new URL(serving.url).port), "127.0.0.1").setEncoding("utf8");
  socket.write('POST /v1/features/checkout HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\n{"input"');
  const [text] = (await once(socket, "data")) as [string];
  expect(text).toMatch(/^HTTP\/1\.1 503 /);
  expect(text).toContain('{"error":{"code":"REQUEST_TIMED_OUT","message":"The answer took longer than is allowed","cure":"Try again');
  socket.destroy();
  const answer = await fetch(`${serving.url}/v1/features/checkout`, { method: "POST", body: '{"input": {"user_id": "u1"}}' });
  expect(await answer.json()).toMatchObject({ status: { n: "UNAVAILABLE" } });
  await serving.close();
  await store.close();
  await rm(root, { recursive: true });
});
