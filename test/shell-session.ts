// Commands of a document, run word for word in one shell, as somebody would who reads it.
import { spawnSync } from "node:child_process";

/** How a session ended. */
export interface SessionEnd {
  readonly status: number | null;
  readonly output: string;
}

/** The blocks of shell commands in Markdown. */
export function shellBlocks(markdown: string): string[] {
  return [...markdown.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map((match) => match[1] as string);
}

const SERVES = /^(npx asof serve|npx asof dev|npm run dev)\b/;

/** Blocks as one script: a server is left running beside the block after its own, and then told to stop as Ctrl-C does. */
export function script(blocks: readonly string[]): string {
  const serves = (block: string | undefined): boolean => block !== undefined && SERVES.test(block);
  return blocks
    .map((block, i) => {
      if (serves(block))
        return `setsid ${block.trim()} >serve.log 2>&1 &\nserver=$!\ntrap "kill -KILL -- -$server 2>&1 || true" EXIT\nuntil grep -qE 'listening|^ready' serve.log; do kill -0 $server || { cat serve.log; exit 1; }; sleep 0.1; done\n`;
      return serves(blocks[i - 1]) ? `${block}kill -INT -- -$server\nwhile kill -0 -- -$server 2>&1; do sleep 0.1; done\n` : block;
    })
    .join("");
}

/** Runs lines in one shell that stops at the first that fails. */
export function shell(folder: string, lines: string, timeout: number): SessionEnd {
  const { status, stdout, stderr } = spawnSync("bash", ["-euo", "pipefail", "-c", lines], { cwd: folder, encoding: "utf8", timeout });
  return { status, output: `${stdout}\n${stderr}` };
}
