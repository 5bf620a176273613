// `asof dev`: one command that takes events, answers, refreshes and follows what is saved; and ends with nothing left running.
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildAsof, change, type BuiltAsof } from "./built-asof.ts";
import { initProject, type LinkedProject } from "./linked-project.ts";
import type { ChildProcess } from "node:child_process";

let asof: BuiltAsof;
let project: LinkedProject;
beforeAll(() => {
  asof = buildAsof();
  project = initProject(asof, "shop");
});
afterAll(() => {
  project.remove();
  asof.remove();
});

/** A command that runs, with all that it has said. */
function started(...args: readonly string[]): { readonly child: ChildProcess; said(what: RegExp): Promise<string>; ended: Promise<number | null> } {
  const child = asof.start(project.folder, "dev", "--port", "0", "--stream-port", "0", ...args);
  let all = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (text: Buffer) => (all += text.toString()));
  const ended = once(child, "close").then(([code]) => code as number | null);
  const said = async (what: RegExp): Promise<string> => {
    const isOver = ended.then(() => true);
    for (;;) {
      if (what.test(all)) return all;
      const over = await Promise.race([isOver, new Promise<false>((wake) => setTimeout(() => wake(false), 50))]);
      if (over && !what.test(all)) throw new Error(`it ended without ${what}: ${all}`);
    }
  };
  return { child, said, ended };
}

/** The children of a process, by their pids. */
function childrenOf(pid: number | undefined): string[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean);
}

const runs = (pid: string): boolean => {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
};

test("it comes up, takes events, follows what is saved, and leaves nothing behind", async () => {
  const { child, said, ended } = started();
  const [, url = "", events = ""] = /^ready: requests at (\S+), events at (\S+)$/m.exec(await said(/^ready:/m)) ?? [];
  expect(await said(/refreshed/)).toMatch(/view spending is refreshed as of \S+: 40 entities/);
  const post = async (to: string, body: unknown): Promise<Record<string, unknown>> =>
    (await (await fetch(to, { method: "POST", body: JSON.stringify(body) })).json()) as Record<string, unknown>;
  const event = { event_id: "e1", session_id: "s1", item_id: "pen", at: new Date().toISOString(), kind: "add" };
  expect(await post(`${events}/v1/events/basket_events?wait=visible`, event)).toMatchObject({ accepted: 1 });
  const ask = () => post(`${url}/v1/features/checkout`, { input: { user_id: "u1", session_id: "s1", amount: 25 } });
  expect(await ask()).toMatchObject({ values: { items_in_session: ["pen"] }, status: { purchases_30d: "PRESENT" } });

  const file = join(project.folder, "definitions.ts");
  const before = readFileSync(file, "utf8");
  writeFileSync(file, before.replace("mean_amount_30d: mean(", "mean_amount_30d: meen("));
  await said(/meen is not defined[\s\S]*what ran before goes on/);
  expect(await ask(), "the old one still answers").toMatchObject({ values: { items_in_session: ["pen"] } });

  writeFileSync(file, before);
  change(file, "purchases_30d: count()", 'purchases_7d: count().over("7d"),\n    purchases_30d: count()');
  await said(/^view spending is changed$[\s\S]*^reloaded$/m);
  expect(await ask(), "on the same port").toMatchObject({ values: { items_in_session: ["pen"] }, status: { purchases_7d: "PRESENT" } });

  const children = childrenOf(child.pid);
  expect(children.filter(runs)).toHaveLength(3);
  child.kill("SIGINT");
  expect(await ended).toBe(0);
  expect(children.filter(runs)).toEqual([]);
});

test("its children end with it, even where it is killed", async () => {
  const { child, said, ended } = started();
  await said(/^ready:/m);
  const children = childrenOf(child.pid);
  child.kill("SIGKILL");
  await ended.catch(() => null);
  await expect.poll(() => children.filter(runs), { timeout: 15_000 }).toEqual([]);
});

test("a port that is taken is told, and nothing stays", async () => {
  const taken = createServer().listen(0, "127.0.0.1");
  await once(taken, "listening");
  const { port } = taken.address() as AddressInfo;
  for (const flag of ["--port", "--stream-port"]) {
    const { code, err } = asof.run(project.folder, "dev", "--port", "0", "--stream-port", "0", flag, String(port));
    expect(code).toBe(2);
    expect(err).toMatch(new RegExp(`error SERVE_CANNOT_LISTEN: .*\\n.*127.0.0.1:${port}\\n  cure Choose another port with ${flag},`));
  }
  taken.close();
});
