// What a function's version covers: what it says and captures, and neither its layout nor its names; and what no version can cover.
import { describe, expect, test } from "vitest";
import { Session } from "node:inspector";
import { DefinitionError } from "../../errors.ts";
import { fingerprint } from "../fingerprint.ts";
import { timestamp } from "../../time.ts";
import type { AnyFunction } from "./captured.ts";

const version = (value: unknown): string => fingerprint({ value });
/** The function of a text, with captured variables around it. */
function made(text: string, captured: Readonly<Record<string, unknown>> = {}): AnyFunction {
  // oxlint-disable-next-line typescript/no-implied-eval -- the layout of the text is what is tested
  return new Function(...Object.keys(captured), `"use strict"; return (${text});`)(...Object.values(captured)) as AnyFunction;
}
const of = (text: string, captured?: Readonly<Record<string, unknown>>): string => version(made(text, captured));

describe("the same version", () => {
  test.each<readonly [string, string, string]>([
    ["comments and white space", "(p) => p.a + 1", "( p )=>/* one */p . a\n+1 // more\n"],
    ["parentheses", "(p) => p.a + p.b * 2", "p => ((p.a) + (p.b * (2)))"],
    ["quotes", '(p) => p.a === "it\'s"', "(p) => p.a === 'it\\'s'"],
    ["escapes", '(p) => p.a === "é"', '(p) => p.a === "\\u00e9"'],
    ["how numbers are written", "(p) => p.a + 1000 + 16", "(p) => p.a + 1_000 + 0x10"],
    ["names of local variables", "(p) => { const x = p.a; return x * x; }", "(row) => { const amount = row.a; return amount * amount; }"],
    ["names of inner functions", "(p) => { function f(x) { return x; } return f(p); }", "(p) => { function g(y) { return y; } return g(p); }"],
    ["names in patterns", "({ a, b: [c] }) => a + c", "({ a: x, b: [y] }) => x + y"],
    ["const and let", "(p) => { const x = p.a; return x; }", "(p) => { let x = p.a; return x; }"],
    ["members by text", "(p) => p.a", '(p) => p["a"]'],
    ["keys by text", "(p) => ({ a: p }).a", '(p) => ({ "a": p }).a'],
    ["shorthand", "(p) => ({ p })", "(p) => ({ p: p })"],
    ["braces and empty statements", "(p) => { if (p.a) return 1; return 2; }", "(p) => { if (p.a) { return 1; }; return 2; }"],
    ["the comma of a compiler", "(p) => Math.abs(p.a)", "(p) => (0, Math.abs)(p.a)"],
    ["constants folded", "(p) => p.a / (24 * 60 * 60)", "(p) => p.a / 86400"],
    ["undefined", "(p) => p.a === undefined && true", "(p) => p.a === void 0 && !0"],
    ["a template without holes", "(p) => p.a + `x`", '(p) => p.a + "x"'],
    ["a method and a function", "({ f(p) { return p.a; } }).f", "function (p) { return p.a; }"],
    ["the function's own name", "function f(n) { return n < 1 ? 0 : f(n - 1); }", "function g(n) { return n < 1 ? 0 : g(n - 1); }"],
    ["a directive", "function (p) { return p.a; }", 'function (p) { "use strict"; return p.a; }'],
  ])("whatever the %s", (_, one, other) => {
    expect(of(one)).toBe(of(other));
  });

  test.each<readonly [string, string, Readonly<Record<string, unknown>>, string, Readonly<Record<string, unknown>>]>([
    ["a constant is captured or written out", "(p) => p.a > limit", { limit: -3 }, "(p) => p.a > -3", {}],
    ["a pattern is captured or written out", "(p) => word.test(p.a)", { word: /^a\/b$/i }, "(p) => /^a\\/b$/i.test(p.a)", {}],
    ["what is captured has one name or another", "(p) => list.includes(p.a)", { list: [1, 2] }, "(p) => all.includes(p.a)", { all: [1, 2] }],
    ["a global's function is captured or named", "(p) => floor(p.a)", { floor: Math.floor }, "(p) => Math.floor(p.a)", {}],
    [
      "a helper is captured alone or in a module",
      "(p) => f(p.a)",
      { f: (x: number) => x },
      "(p) => (0, m.f)(p.a)",
      { m: { __esModule: true, f: (x: number) => x } },
    ],
    ["a field is read that others stand beside", "(p) => p.a > o.limit", { o: { limit: 3, more: 4 } }, "(p) => p.a > o.limit", { o: { limit: 3, more: 5 } }],
    ["a computed column is captured or written out", "(p) => p[column]", { column: "a" }, "(p) => p.a", {}],
    [
      "esbuild keeps names",
      "(p) => [named((x) => x, 'f'), p]",
      { named: (t: object, value: string) => Object.defineProperty(t, "name", { value, configurable: true }) },
      "(p) => [(x) => x, p]",
      {},
    ],
  ])("whether %s", (_, one, around, other, aroundOther) => {
    expect(of(one, around)).toBe(of(other, aroundOther));
  });

  test("from whichever of two functions that call each other the walk sets out, and however often it is asked", () => {
    const even = (n: number): boolean => n === 0 || odd(n - 1);
    const odd = (n: number): boolean => n !== 0 && even(n - 1);
    const alone = (n: number): boolean => even(n);
    expect(version([even, odd])).toBe(version([even, odd]));
    const [first, second] = [fingerprint({ f: alone }), fingerprint({ f: alone })];
    expect(first).toBe(second);
    expect(version([odd, alone])).not.toBe(version([even, alone]));
    // The digest of `even` must not depend on whether `odd` was digested before it.
    const together = (list: readonly unknown[]): string => fingerprint({ list });
    expect(together([odd, even, odd])).toBe(together([odd, even, odd]));
  });
});

describe("another version", () => {
  const over = (limit: unknown) => (row: { readonly x: never }) => row.x > (limit as never);
  const dated = (moment: unknown): AnyFunction => over(moment);
  const cyclic = (end: number): object => {
    const loop: { end: number; self?: object } = { end };
    loop.self = loop;
    return loop;
  };
  class Counter {
    readonly by: number;
    constructor(by: number) {
      this.by = by;
    }
  }

  /** A class that inherits from another, of which it tells nothing itself. */
  const below = (text: string): new () => object => {
    const base = made("class { go(x) { return f(x); } }", { f: made(text) });
    return made("class extends base {}", { base }) as unknown as new () => object;
  };

  test.each<readonly [string, unknown, unknown]>([
    ["a number", 1, 2],
    ["a number for text", 1, "1"],
    ["a bigint for a number", 1n, 1],
    ["the sign of zero", -0, 0],
    ["null for undefined", null, undefined],
    ["text", "a", "b"],
    ["an element", [1, 2], [1, 3]],
    ["the order of elements", [1, 2], [2, 1]],
    ["a hole", [1, undefined], Object.assign([1], { length: 2 })],
    ["how lists nest", [[1], 2], [[1, 2]]],
    ["a field", { a: { b: 1 } }, { a: { b: 2 } }],
    ["the order of fields", { a: 1, b: 2 }, { b: 2, a: 1 }],
    ["a field by a symbol", { [Symbol.for("x")]: 1 }, { [Symbol.for("x")]: 2 }],
    ["a value of a Map", new Map([["a", 1]]), new Map([["a", 2]])],
    ["a key of a Map", new Map([["a", 1]]), new Map([["b", 1]])],
    ["an element of a Set", new Set([1]), new Set([2])],
    ["a Set for a list", new Set([1]), [1]],
    ["a date", new Date(0), new Date(1)],
    ["a timestamp", timestamp("2026-01-01"), timestamp("2026-01-02")],
    ["a pattern", /a/, /b/],
    ["the flags of a pattern", /a/, /a/i],
    ["a byte", new Uint8Array([1]), new Uint8Array([2])],
    ["what the bytes are", new Uint8Array([1]), new Int8Array([1])],
    ["a function", (x: number) => x + 1, (x: number) => x + 2],
    ["what a function captures", over(1), over(2)],
    ["what a function captures twice removed", over(over(1)), over(over(2))],
    ["a function of the language", Math.floor, Math.ceil],
    ["an instance's field", new Counter(1), new Counter(2)],
    ["a method that an instance inherits", new (below("x => x"))(), new (below("x => -x"))()],
    ["the end of a cycle", cyclic(1), cyclic(2)],
    [
      "a getter",
      {
        get a() {
          return Math.abs(1);
        },
      },
      {
        get a() {
          return Math.abs(2);
        },
      },
    ],
    [
      "a class",
      class {
        a(): number {
          return 1;
        }
      },
      class {
        a(): number {
          return 2;
        }
      },
    ],
    [
      "a static field",
      class {
        static a = [1];
      },
      class {
        static a = [2];
      },
    ],
  ])("for %s", (_, one, other) => {
    expect(String(over(one))).toBe(String(over(other)));
    expect(version(dated(one))).toBe(version(dated(one)));
    expect(version(dated(one))).not.toBe(version(dated(other)));
  });

  test.each<readonly [string, string, string]>([
    ["an operator", "(p) => p.a + p.b", "(p) => p.a - p.b"],
    ["which argument", "(a, b) => a - b", "(a, b) => b - a"],
    ["which variable", "(p) => { const x = 1, y = [2]; return x; }", "(p) => { const x = 1, y = [2]; return y; }"],
    ["what shadows", "(p) => { const q = [p]; { const p = 1; return p; } }", "(p) => { const q = [p]; { const r = 1; return p; } }"],
    ["a column", "(p) => p.a", "(p) => p.b"],
    ["an optional member", "(p) => p.a.b", "(p) => p.a?.b"],
    ["a missing branch", "(p) => { if (p.a) return 1; return 2; }", "(p) => { if (p.a) return 1; else return 2; }"],
    ["what a default is", "({ a = 1 }) => a", "({ a = 2 }) => a"],
    ["rest", "(...p) => p", "(p) => p"],
    ["a computed member", "(p, k) => p[k]", "(p, k) => p.k"],
    ["which global", "(p) => parseInt(p.a)", "(p) => parseFloat(p.a)"],
    ["a raw template", "(p) => String.raw`\\x61`", "(p) => String.raw`a`"],
    ["a label", "(p) => { a: for (;;) { for (;;) break a; } }", "(p) => { a: for (;;) { for (;;) break; } }"],
    ["async", "async (p) => p.a", "(p) => p.a"],
    ["where a hole is", "(p) => [, p]", "(p) => [p, ,]"],
  ])("for %s", (_, one, other) => {
    expect(of(one)).not.toBe(of(other));
  });

  test("for a method's object, which it may read through 'this'", () => {
    const holder = (limit: number): object => ({
      limit,
      above(this: { readonly limit: number }, x: number): boolean {
        return x > this.limit;
      },
    });
    expect(of("(p) => o.above(p.a)", { o: holder(1) })).not.toBe(of("(p) => o.above(p.a)", { o: holder(2) }));
  });

  test("for a variable that has changed when the plan is made anew", () => {
    let limit = 1;
    const above = (p: { readonly a: number }): boolean => p.a > limit;
    const before = version(above);
    limit = 2;
    expect(version(above)).not.toBe(before);
  });
});

describe("a function is refused", () => {
  const wrong = (value: unknown, name = "spending"): string => {
    try {
      return fingerprint({ name, entity: "user", where: value });
    } catch (error) {
      expect(error).toBeInstanceOf(DefinitionError);
      return `${(error as DefinitionError).code} ${(error as DefinitionError).message}`;
    }
  };
  class Secret {
    readonly #limit = 1;
    above(x: number): boolean {
      return x > this.#limit;
    }
  }
  const seen = new WeakMap<object, number>();
  const count = (row: object): number => seen.get(row) ?? 0;

  test.each<readonly [string, AnyFunction, string]>([
    [
      "for a WeakMap, by the way that leads there",
      made("(p) => count(p) > 1", { count }),
      "DEFINITION_OPAQUE_CAPTURE view spending, where: its function `(p) => count(p) > 1` captures 'count -> seen', a WeakMap, whose state cannot be seen, which a version cannot cover. Capture constants,",
    ],
    ["for a promise", made("() => p", { p: Promise.resolve() }), "captures 'p', a Promise"],
    ["for a Proxy", made("() => p", { p: new Proxy({}, {}) }), "captures 'p', a Proxy"],
    ["for private state", made("(p) => secret.above(p.a)", { secret: new Secret() }), "captures 'secret', a Secret, whose state cannot be seen"],
    ["for a state of the language", made("(p) => f.format(p.a)", { f: new Intl.NumberFormat() }), "captures 'f', a NumberFormat, whose state"],
    [
      "when it is bound",
      made("(p) => p.a").bind(null),
      "DEFINITION_UNREADABLE_FUNCTION view spending, where: its function `function () { [native code] }` is bound, so its text is hidden. Write (row) =>",
    ],
    ["when it is native", Math.abs, "has no text that can be read"],
    ["for this", made("(() => (p) => this.a + p)()"), "reads the 'this' of what surrounds it"],
    ["for eval", made("(p) => eval(p.a)"), "evaluates text"],
    ["for an import", made("(p) => import(p.a)"), "imports while it runs"],
    [
      "when it counts",
      made("(() => { let n = 0; return () => ++n; })()"),
      "DEFINITION_STATEFUL_FUNCTION view spending, where: its function `() => ++n` changes 'n', which lives outside of it. A row function depends on its row alone: change local variables and copies only.",
    ],
    [
      "when its helper counts",
      made("(p) => f(p)", { f: made("(p) => { o.n += 1; return p; }", { o: { n: 0 } }) }),
      "calls on 'f', which changes 'o', which lives",
    ],
    ["when it keeps a cache", made("(p) => cache.set(p.a, 1)", { cache: new Map() }), "changes 'cache', which"],
    ["when it sorts a list in place", made("(p) => o.list.sort()", { o: { list: [2, 1] } }), "changes 'o.list', which"],
    ["when it assigns through a pattern", made("(p) => { [n] = p; }", { n: 1 }), "changes 'n', which"],
    ["when it deletes", made("(p) => delete o.a", { o: { a: 1 } }), "changes 'o', which"],
    ["when a pattern remembers", made("(p) => word.test(p.a)", { word: /a/g }), "changes 'word', which"],
  ])("%s", (_, value, message) => {
    expect(wrong(value)).toContain(message);
  });

  test("but not for what it changes of its own", () => {
    const sums = made("(p) => { const seen = new Map(); let n = 0; for (const x of list) { seen.set(x, n); n += x; } return p.a.replace(word, n); }", {
      list: [1],
      word: /a/g,
    });
    expect(wrong(sums)).toMatch(/^[0-9a-f]{16}$/);
  });

  test("of a view by the name of its feature", () => {
    const plan = { name: "v", entity: "user", inputs: [{ value: made("() => p", { p: Promise.resolve() }) }], features: [{ name: "spend", input: 0 }] };
    expect(() => fingerprint(plan)).toThrow("view v, feature spend: its function `() => p` captures 'p', a Promise");
  });
});

describe("the inspector", () => {
  test("is let go of after every plan, and shared with a debugger", () => {
    const above = made("(p) => p.a > limit", { limit: 1 });
    const alone = version(above);
    const debuggerSession = new Session();
    debuggerSession.connect();
    try {
      debuggerSession.post("Debugger.enable");
      expect(version(above)).toBe(alone);
    } finally {
      debuggerSession.disconnect();
    }
    expect(Object.getOwnPropertySymbols(Session)).not.toContain(Symbol.for("asof.captured"));
  });

  test("is said to be missing where it is", () => {
    const { connect } = Session.prototype;
    Session.prototype.connect = () => {
      throw new Error("Inspector is not available");
    };
    try {
      expect(() => version(made("(p) => p.a"))).toThrow(
        "Node's inspector cannot be used here (Inspector is not available), and only it can read what a row function captures.",
      );
    } finally {
      Session.prototype.connect = connect;
    }
  });
});
