// What a user can do wrong on the command line: each has a code, a place, a cure and an exit code, and no stack trace.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildAsof, type BuiltAsof, type Ended } from "./built-asof.ts";
import { createShop, SHOP, type Shop } from "./shop.ts";

let asof: BuiltAsof;
let shop: Shop;
const run = (...args: readonly string[]): Ended => asof.run(shop.folder, ...args);

/** A config with texts changed, in a file of its own. */
const config = (name: string, ...changes: readonly (readonly [string, string])[]): string => {
  const file = join(shop.folder, `${name}.config.ts`);
  const text = readFileSync(join(shop.folder, "asof.config.ts"), "utf8");
  writeFileSync(
    file,
    changes.reduce((changed, [before, after]) => changed.replace(before, () => after), text),
  );
  return file;
};

beforeAll(() => {
  asof = buildAsof();
  shop = createShop();
});
afterAll(() => {
  asof.remove();
  shop.remove();
});

describe("asked wrongly: exit code 2", () => {
  test.each<[string, readonly string[], RegExp]>([
    ["no command", [], /error USAGE_HELP: no command is given/],
    ["a misspelt command", ["trainig", "checkout"], /error USAGE_UNKNOWN_COMMAND: unknown command 'trainig'\n {2}cure Did you mean training/],
    ["a misspelt option", ["apply", "--jsno"], /error USAGE_UNKNOWN_OPTION: unknown option '--jsno'\n {2}cure Did you mean --json/],
    [
      "a missing option",
      ["training", "checkout", "--out", "x"],
      /error USAGE_MISSING_MANDATORY_OPTION_VALUE: required option '--labels <name>' not specified\n {2}cure asof training --help/,
    ],
    ["a missing argument", ["rollback"], /error USAGE_MISSING_ARGUMENT: missing required argument 'view'/],
    ["a misspelt view", ["materialize", "spendin"], /error STORE_UNKNOWN_VIEW: .*'spendin'.*\n {2}cure Did you mean 'spending'/],
    ["a misspelt service", ["get", "chekout", "user_id=u1"], /error STORE_UNKNOWN_SERVICE: .*\n {2}cure Did you mean 'checkout'/],
    [
      "misspelt labels",
      ["training", "checkout", "--labels", "chrn", "--out", "x"],
      /error USAGE_UNKNOWN_LABELS: .*\n {2}at {3}--labels\n {2}cure Did you mean 'churn'/,
    ],
    ["a misspelt key", ["get", "checkout", "userid=u1"], /error USAGE_UNKNOWN_FIELD: .*'userid'.*\n.*\n {2}cure Did you mean 'user_id'/],
    ["a key without a value", ["get", "checkout", "user_id"], /error USAGE_NO_VALUE: .*\n.*\n {2}cure Write user_id=/],
    ["a key given twice", ["get", "checkout", "user_id=u1", "user_id=u2"], /error USAGE_FIELD_TWICE: 'user_id' is given twice/],
    ["text for a number", ["get", "checkout", "user_id=u1", `shop_id=${SHOP}`, "amount=much"], /error USAGE_BAD_VALUE: 'much' is no float64/],
    ["a port that is none", ["serve", "--port", "80000"], /error USAGE_BAD_PORT/],
    ["a backfill without a range", ["materialize", "--backfill"], /error USAGE_NO_RANGE/],
    [
      "a backfill from its end to its start",
      ["materialize", "--backfill", "--from", "2026-01-02", "--to", "2026-01-01"],
      /error USAGE_NO_RANGE: --from 2026-01-02T00:00:00Z is after --to 2026-01-01T00:00:00Z/,
    ],
    ["two modes", ["materialize", "--catch-up", "--at", "2026-01-01"], /error USAGE_CONFLICT: --at and --catch-up exclude each other/],
    ["a config that is a folder", ["apply", "--config", "."], /error CONFIG_NOT_FOUND: \. is a folder\n.*\n {2}cure Name the file in it/],
    ["a config that is not there", ["apply", "--config", "nowhere.ts"], /error CONFIG_NOT_FOUND: there is no file nowhere.ts/],
  ])("%s", (_, args, message) => {
    const { code, err, out } = run(...args);
    expect(err).toMatch(message);
    expect(err).not.toMatch(/\n\s+at .*\.[jt]s:\d/);
    expect({ code, out }).toEqual({ code: 2, out: "" });
  });

  test("where there is no config", () => {
    const empty = join(shop.folder, "..");
    expect(asof.run(empty, "apply")).toMatchObject({
      code: 2,
      err: expect.stringMatching(/error CONFIG_NOT_FOUND: there is no asof\.config\.ts here or in any folder above/) as string,
    });
  });

  test("with --json the error is JSON too", () => {
    expect(run("rollback", "spendin", "--json").json()).toEqual({
      error: { code: "STORE_UNKNOWN_VIEW", message: expect.any(String) as string, where: null, cure: "Did you mean 'spending'" },
    });
  });
});

describe("failed: exit code 1", () => {
  test.each<[string, () => readonly string[], RegExp]>([
    ["a missing key", () => ["get", "checkout", "user_id=u1", "amount=3"], /error REQUEST_MISSING_FIELD: 'shop_id' is missing\n {2}at/],
    ["a time that is none", () => ["materialize", "--at", "yesterday"], /error TIME_UNREADABLE: 'yesterday' is no time\n {2}cure/],
    [
      "a tick between two",
      () => ["materialize", "spending", "--at", "2026-01-01T00:30:00Z"],
      /error MATERIALIZE_NO_TICK: .*\n {2}at {3}view spending\n {2}cure The ticks around it/,
    ],
    ["a tick to come", () => ["materialize", "spending", "--at", "2200-01-01T00:00:00Z"], /error MATERIALIZE_NOT_DUE/],
    ["a rollback before any run", () => ["rollback", "spending"], /error MATERIALIZE_NO_RUN_BEFORE: nothing was published yet/],
    ["no log to verify", () => ["verify"], /error LOG_NOT_FOUND: there is no serving log\n {2}at .*log\n/],
    [
      "a missing source",
      () => ["materialize", "--config", config("nofile", ["purchases.csv", "purchase.csv"])],
      /error SOURCE_NO_FILE: no file matches 'purchase.csv'\n {2}at {3}source purchases/,
    ],
    [
      "a definition that cannot mean anything",
      () => ["apply", "--config", config("window", ['entity("user"', 'entity("2 users"'])],
      /error DEFINITION_BAD_NAME: "2 users".*\n {2}at {3}.*window\.config\.ts:4:\d+\n {2}cure /,
    ],
    [
      "a window of 0",
      () => ["apply", "--config", config("zero", ['overEach("1d", "7d")', 'over("0d")'])],
      /error TIME_BAD_DURATION: '0d' is no duration\n {2}at {3}count\(\.\.\.\)\.over, .*zero\.config\.ts:\d+:\d+\n {2}cure Write one positive whole number/,
    ],
    [
      "a function of a column that is not there",
      () => ["apply", "--config", config("column", ["p.kind", "p.knd"])],
      /error DEFINITION_UNKNOWN_COLUMN: its function reads 'knd', .*\n {2}at {3}view spending, feature last_kind\n {2}cure Did you mean 'kind'/,
    ],
    [
      "a label without a time",
      () => {
        writeFileSync(join(shop.folder, "timeless.csv"), "user_id,shop_id,amount,note,label_time,churned\nu1,1,1,,2026-01-01,true\nu1,1,1,,,true\n");
        return ["training", "checkout", "--labels", "churn", "--out", "x", "--config", config("timeless", ["labels.csv", "timeless.csv"])];
      },
      /error LABELS_NO_TIME: the label has no time: 'label_time' is null\n {2}at {3}labels churn, timeless.csv, line 3\n/,
    ],
    [
      "a truncated Parquet file",
      () => {
        writeFileSync(join(shop.folder, "cut.parquet"), "PAR1 and no end");
        return [
          "materialize",
          "--config",
          config(
            "cut",
            ["import { csv, defineConfig", "import { csv, parquet, defineConfig"],
            ['batch: csv("purchases.csv")', 'batch: parquet("cut.parquet")'],
          ),
        ];
      },
      /error SOURCE_UNREADABLE: .*\n {2}at {3}source purchases, cut.parquet\n {2}cure It may be cut short/,
    ],
    [
      "a folder that cannot be written",
      () => ["training", "checkout", "--labels", "churn", "--out", join(shop.folder, "labels.csv", "x")],
      /error SYSTEM_\w+: .*\n {2}at {3}.*\n {2}cure Mend the path/,
    ],
    [
      "a config with an error of its own",
      () => ["apply", "--config", config("broken", ["const user", "const nothing = undefined.x; const user"])],
      /error CONFIG_FAILED: it cannot be loaded: Cannot read properties of undefined.*\n {2}at {3}.*broken\.config\.ts/,
    ],
    [
      "a config that is no TypeScript",
      () => ["apply", "--config", config("syntax", ["const user", "const const user"])],
      /error CONFIG_FAILED: .*\n {2}at {3}.*syntax\.config\.ts/,
    ],
    [
      "a config that exports another thing",
      () => ["apply", "--config", config("export", ["export default defineConfig(", "export default ("])],
      /error CONFIG_NOT_EXPORTED/,
    ],
    [
      "two views of one name",
      () => ["apply", "--config", config("twice", ['featureView("shops"', 'featureView("spending"'])],
      /error DEFINITION_NAME_TWICE: two different feature views are named 'spending'\n {2}at {3}service checkout/,
    ],
  ])("%s", (_, args, message) => {
    const { code, err } = run(...args());
    expect(err).toMatch(message);
    expect(err).not.toMatch(/\n\s+at .*\.js:\d+:\d+\)/);
    expect(code).toBe(1);
  });

  test("a training set is not built over other files", () => {
    mkdirSync(join(shop.folder, "mine"));
    writeFileSync(join(shop.folder, "mine", "thesis.txt"), "");
    const { code, err } = run("training", "checkout", "--labels", "churn", "--out", "mine");
    expect({ code, kept: readFileSync(join(shop.folder, "mine", "thesis.txt"), "utf8") }).toEqual({ code: 1, kept: "" });
    expect(err).toMatch(/^error [A-Z_]+: .*\n {2}/);
  });
});
