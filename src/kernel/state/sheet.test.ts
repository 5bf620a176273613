// Sheets read back as they were written, whichever of its encodings a text takes.
import fc from "fast-check";
import { expect, test } from "vitest";
import { runs } from "../../../test/property/runs.ts";
import { SheetReader, SheetWriter } from "./sheet.ts";

test("numbers, texts and bytes come back, in order", () => {
  const text = fc.oneof(fc.string(), fc.string({ unit: "grapheme" }), fc.constantFrom("", "\0", "\x7f", "\x80\xff", "\u0100", "\u{1f600}"));
  fc.assert(
    fc.property(fc.array(fc.double()), fc.array(text), text, fc.uint8Array(), (numbers, texts, one, rest) => {
      const writer = new SheetWriter();
      writer.list(numbers);
      writer.text(one);
      writer.texts(texts);
      writer.number(7);
      const bytes = writer.bytes(rest);
      const moved = new Uint8Array(3 + bytes.length); // a store gives them at any place
      moved.set(bytes, 3);
      for (const given of [bytes, moved.subarray(3)]) {
        const reader = new SheetReader(given);
        expect([...reader.list()]).toEqual(numbers);
        expect(reader.text()).toBe(one);
        expect(reader.texts()).toEqual(texts);
        expect(reader.number()).toBe(7);
        expect(new Uint8Array(reader.rest)).toEqual(rest);
      }
    }),
    runs(500),
  );
});
