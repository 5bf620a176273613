// Digests of forms: the same for what unfolds to the same tree, however it is shared, cycled and walked.
import { expect, test } from "vitest";
import { Digests, type Form } from "./form.ts";

/** No hash, so that a test could only pass by what is said. */
const digest = (form: Form, before: readonly Form[] = []): string => {
  const digests = new Digests((text) => `<${text}>`);
  for (const one of before) digests.of(one);
  return digests.of(form);
};
const form = (...parts: readonly (string | Form)[]): Form => ({ parts });

/** A ring of forms, each of which says one word and refers to the next. */
function ring(...words: readonly string[]): readonly Form[] {
  const forms = words.map((word) => form(word));
  forms.forEach((one, i) => {
    one.parts = [...one.parts, forms[(i + 1) % forms.length] as Form];
  });
  return forms;
}

test("sharing does not show", () => {
  const shared = form("a", "x".repeat(100));
  expect(digest(form(shared, shared))).toBe(digest(form(form("a", "x".repeat(100)), form("a", "x".repeat(100)))));
});

test("where the walk enters a cycle does not show, and what the cycle says does", () => {
  const [a, b, c] = ring("a", "b", "c") as [Form, Form, Form];
  expect(digest(form(a), [b])).toBe(digest(form(a), [c, a]));
  expect(digest(a)).not.toBe(digest(b));
  expect(digest(ring("a", "b", "d")[0] as Form)).not.toBe(digest(a));
  expect(digest(ring("a", "c", "b")[0] as Form)).not.toBe(digest(a));
});

test("how often a cycle repeats itself does not show", () => {
  expect(digest(ring("a", "b", "a", "b")[0] as Form)).toBe(digest(ring("a", "b")[0] as Form));
  expect(digest(ring("a")[0] as Form)).toBe(digest(ring("a", "a", "a")[0] as Form));
});

test("what a cycle refers to outside of it shows", () => {
  const looped = (end: string): Form => {
    const one = form("f");
    one.parts = ["f", one, form(end)];
    return one;
  };
  expect(digest(looped("x"))).not.toBe(digest(looped("y")));
});
