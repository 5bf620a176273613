// Errors say what is wrong, where, and the cure, in one line.
import { describe, expect, test } from "vitest";
import { AsofError, DefinitionError, didYouMean } from "./errors.ts";

describe("AsofError", () => {
  test("says what, where and the cure in its message, and each apart", () => {
    const error = new DefinitionError({ code: "DEFINITION_X", what: "it is wrong", where: "view v", cure: "Mend it" });
    expect(error.message).toBe("view v: it is wrong. Mend it.");
    expect(error).toMatchObject({ name: "DefinitionError", code: "DEFINITION_X", what: "it is wrong", where: "view v", cure: "Mend it" });
    expect(error).toBeInstanceOf(AsofError);
  });

  test("needs neither place nor cure, and keeps its cause", () => {
    const cause = new Error("disk");
    const error = new DefinitionError({ code: "DEFINITION_X", what: "it is wrong" }, { cause });
    expect(error.message).toBe("it is wrong.");
    expect(error.cause).toBe(cause);
  });
});

describe("didYouMean", () => {
  test.each([
    ["amout", "Did you mean 'amount'"],
    ["AMOUNT", "Did you mean 'amount'"],
    ["userid", "Did you mean 'user_id'"],
    ["zzz", "There are: amount, user_id, category"],
  ])("%s", (wrong, cure) => {
    expect(didYouMean(wrong, ["amount", "user_id", "category"])).toBe(cure);
  });

  test("lists twenty names at most, and says when there are none", () => {
    const many = Array.from({ length: 21 }, (_, i) => `column_${"x".repeat(i)}`);
    expect(didYouMean("?", many)).toMatch(/column_x{19}, \.\.\.$/);
    expect(didYouMean("x", [])).toBe("There are none");
  });
});
