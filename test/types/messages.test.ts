// The message of each typical mistake, held against the sentence that `mistakes.test-d.ts` writes above it.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { compile } from "./compile.ts";

/** A statement that must not compile and the sentence that its message must hold. */
interface Mistake {
  readonly sentence: string;
  readonly code: string;
  /** The lines of the statement in the file without expectations, from 1. */
  readonly from: number;
  readonly to: number;
}

const EXPECTATION = "// @ts-expect-error ";

/** The file without its expectations, and what each of them said about the lines up to the next. */
function takeOut(text: string): { readonly text: string; readonly mistakes: readonly Mistake[] } {
  const kept: string[] = [];
  const starts: { readonly sentence: string; readonly from: number }[] = [];
  for (const line of text.split("\n")) {
    if (line.startsWith(EXPECTATION)) starts.push({ sentence: line.slice(EXPECTATION.length), from: kept.length + 1 });
    else kept.push(line);
  }
  const mistakes = starts.map(({ sentence, from }, i) => {
    const to = starts[i + 1]?.from ?? kept.length + 1;
    return { sentence, from, to, code: kept.slice(from - 1, to - 1).join("\n") };
  });
  return { text: kept.join("\n"), mistakes };
}

/** Whether the parts of a sentence, cut at ` ... `, follow each other in a message. */
function holds(message: string, sentence: string): boolean {
  let at = 0;
  return sentence.split(" ... ").every((part) => {
    const found = message.indexOf(part, at);
    at = found + part.length;
    return found >= 0;
  });
}

const { text, mistakes } = takeOut(readFileSync(new URL("mistakes.test-d.ts", import.meta.url), "utf8"));
const { errors } = compile("mistakes", text);
const messageOf = (mistake: Mistake): string =>
  errors
    .filter(({ line }) => line >= mistake.from && line < mistake.to)
    .map(({ message }) => message)
    .join("\n");

describe("messages of mistakes", () => {
  test.each(mistakes.map((mistake) => [mistake.sentence, mistake] as const))("%s", (sentence, mistake) => {
    const message = messageOf(mistake);
    expect(holds(message, sentence), `${mistake.code}\n\nsays\n\n${message}`).toBe(true);
  });

  test("nothing else in the file fails to compile", () => {
    const elsewhere = errors.filter(({ line }) => !mistakes.some(({ from, to }) => line >= from && line < to));
    expect(elsewhere).toEqual([]);
  });

  test("a sentence that is not in the message is noticed", () => {
    expect(holds("Property 'x' is missing", "Property 'y' is missing")).toBe(false);
    expect(holds("b then a", "a ... b")).toBe(false);
  });
});
