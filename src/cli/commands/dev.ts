// `asof dev`: takes events, answers requests and refreshes what is due, in one command that follows the project as it is edited.
import { createOutput } from "../output.ts";
import { dirname } from "node:path";
import { findConfig } from "../load-config.ts";
import { interruptSignal } from "../interrupt.ts";
import { listenOptions, untilAborted, type ListenFlags } from "../listening.ts";
import type { Command } from "commander";

interface Flags extends Omit<ListenFlags, "log"> {
  readonly streamPort: string;
}

/** How often the servers are asked how they fare, in milliseconds. */
const LOOK = 500;

/** Adds the command. */
export function addDev(program: Command): void {
  const command = program
    .command("dev")
    .description("apply, take events, answer requests and refresh what is due until Ctrl-C; code that is saved is taken over")
    .option("--port <number>", "where requests are answered; 0 takes any free port", "7600")
    .option("--stream-port <number>", "where events are taken; 0 takes any free port", "7601")
    .option("--host <address>", "0.0.0.0 listens on every address of this machine", "127.0.0.1");
  command.addHelpText("after", '\nExample:\n  asof dev\n  curl -d \'{"input": {"user_id": "u1"}}\' localhost:7600/v1/features/checkout');
  command.action(async ({ host, port, streamPort }: Flags) => {
    const globals: { readonly config?: string; readonly json?: boolean } = command.optsWithGlobals();
    const config = findConfig(globals.config);
    const places = { config, host, port: listenOptions({ port, host }).port, streamPort: listenOptions({ port: streamPort, host }, "--stream-port").port };
    await develop(places, globals.json === true);
  });
}

async function develop(
  places: { readonly config: string; readonly port: number; readonly streamPort: number; readonly host: string },
  json: boolean,
): Promise<void> {
  const [{ DevRun }, { createDashboard }, { measure }, { watchProject }] = await Promise.all([
    import("../dev/dev-run.ts"),
    import("../dev/dashboard.ts"),
    import("../dev/measures.ts"),
    import("../dev/project-watch.ts"),
  ]);
  const signal = interruptSignal();
  const dashboard = createDashboard();
  const run = new DevRun(places, dashboard);
  const starting = run.start();
  await Promise.race([starting, untilAborted(signal)]);
  if (!signal.aborted) {
    const { features, events, sources } = await starting;
    const taking = sources.length === 0 ? "" : `, events at ${events}`;
    createOutput(json).result(`ready: requests at ${features}${taking}`, { url: features, events, sources });
    const unwatch = watchProject(dirname(places.config), (files) => run.changed(files));
    let looking = false;
    const look = async (): Promise<void> => {
      if (looking || run.urls === null) return;
      looking = true;
      dashboard.show(await measure(run.urls.features, run.urls.events));
      looking = false;
    };
    const clock = setInterval(() => void look(), LOOK);
    await untilAborted(signal);
    clearInterval(clock);
    unwatch();
  } else await starting.catch(() => undefined); // what it has started by then is stopped below
  await run.stop();
}
