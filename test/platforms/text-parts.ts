// What texts and numbers become: canonical bytes, order, JSON and times, over values that locales and time zones treat differently.
import { belowOf, type Below } from "./seeds.ts";
import { canonical, compareText } from "../../src/schema/canonical.ts";
import { doubleOf } from "../property/doubles.ts";
import { formatDuration, formatTime, parseTime, timestamp, timestampOf } from "../../src/time.ts";
import { fromJson, fromText, toJson, toJsonText } from "../../src/schema/json-value.ts";
import { mathFingerprint } from "../../src/plan/math-probe.ts";
import { pack } from "../../src/schema/pack.ts";
import type { Part } from "./part.ts";
import type { FeatureValue, Scalar, ScalarKind, ValueKind } from "../../src/schema/value-type.ts";

/** Texts that locales order or spell in ways of their own, beyond the BMP too, and half of a pair. */
export const TEXTS: readonly string[] = "i I ı İ c ç C Ç s ş S Ş g ğ h u ü z Z ä ö a å é e ñ ß ﬀ ǆ ٣ ３ IŞIK ışık co-op coop 10 9 -1"
  .split(" ")
  .concat("\u{1F600}", "\u{10FFFF}", "\uE000", "\uFF5E", "\uD7FF", "e\u0301", "a\u030A", "\uD83D", "", "\0", "a\0b");
/** Moments at which clocks are moved, in some zone: to the microsecond, before 1970 too. */
const MOMENTS = [
  "2026-03-08T03:31:00",
  "2026-11-01T03:31:00",
  "2011-11-06T02:31",
  "1985-12-31T18:30:00",
  "1935-03-30T03:30:52",
  "2026-03-08T00:01:00",
  "2026-11-01T00:01:00.000001",
  "1986-01-01T00:10",
  "1900-01-01",
  "1684-07-29T01:00:00",
  "2255-06-05",
  "1969-12-31T23:59:59.999999",
];
const ZONES = ["", "Z", "+05:45", "-03:30", "+00:00", "-0230"];
const KINDS: readonly ScalarKind[] = ["string", "float64", "int32", "int64", "int128", "boolean", "timestamp"];

function scalar(kind: ScalarKind, below: Below): Scalar {
  const word = (): bigint => BigInt(below(2 ** 32));
  const values: { readonly [K in ScalarKind]: () => Scalar } = {
    string: () => Array.from({ length: below(4) }, () => TEXTS[below(TEXTS.length)]).join(""),
    float64: () => finite(doubleOf("mixed", below(2 ** 32), below(2 ** 32))),
    int32: () => below(2 ** 32) | 0,
    int64: () => BigInt.asIntN(64, (word() << 32n) | word()),
    int128: () => BigInt.asIntN(128, (word() << 100n) | word()),
    boolean: () => below(2) === 1,
    timestamp: () => timestampOf((below(2 ** 32) - 2 ** 31) * 2 ** 22 + below(2 ** 22)),
  };
  return values[kind]();
}

function finite(x: number): number {
  return Number.isFinite(x) ? x + 0 : 0.1;
}

/** Values of a kind, of lists of it and of maps by it. */
function* valuesOf(kind: ScalarKind, below: Below): Generator<readonly [FeatureValue, ValueKind]> {
  for (let i = 0; i < 300; i++) yield [scalar(kind, below), kind];
  if (kind === "int128") return;
  for (let i = 0; i < 40; i++) yield [Array.from({ length: below(6) }, () => scalar(kind, below)), { list: kind }];
  if (kind === "timestamp") return;
  for (let i = 0; i < 40; i++)
    yield [new Map(Array.from({ length: below(6) }, () => [scalar(kind, below), scalar("float64", below)] as const)), { map: kind, of: "float64" }];
}

const canonicalOf = (kind: ScalarKind): Part => ({
  name: `canonical: ${kind}`,
  make: (add) => {
    for (const [value, of] of valuesOf(kind, belowOf(kind))) add(canonical([value], [of]));
  },
});

const jsonOf = (kind: ScalarKind): Part => ({
  name: `json: ${kind}`,
  make: (add) => {
    for (const [value, of] of valuesOf(kind, belowOf(kind))) {
      add(toJsonText(value));
      add(JSON.stringify(toJson(value)));
      add(canonical([fromJson(JSON.parse(toJsonText(value)), of) as FeatureValue], [of]));
      if (typeof of === "string") add(canonical([fromText(`${value as Scalar}`, of) ?? null], [of]));
    }
  },
});

const order: Part = {
  name: "order of texts",
  make: (add) => {
    const below = belowOf("order");
    const texts = Array.from({ length: 400 }, () => scalar("string", below) as string);
    add(texts.toSorted(compareText).join("\n"));
  },
};

const times: Part = {
  name: "times",
  make: (add) => {
    for (const moment of MOMENTS) {
      for (const zone of moment.includes("T") ? ZONES : [""]) {
        const micros = parseTime(moment + zone);
        add(`${micros} ${formatTime(micros)} ${timestamp(moment + zone)} ${timestamp(new Date(micros / 1000))} ${formatDuration(micros)}`);
      }
    }
  },
};

const packed: Part = {
  name: "packed cells",
  make: (add) => {
    const below = belowOf("packed");
    const kinds = KINDS.filter((kind) => kind !== "int128" && kind !== "timestamp");
    for (let i = 0; i < 300; i++) add(pack(kinds.map((kind) => scalar(kind, below))));
  },
};

/** Whatever asof says of texts, numbers and times. */
export const TEXT_PARTS: readonly Part[] = [...KINDS.map(canonicalOf), ...KINDS.map(jsonOf), order, times, packed];

/** What is *not* the same everywhere, so that it can be seen that the machines really are different ones. */
export const DIFFERENT: Readonly<Record<string, () => string>> = {
  math: mathFingerprint,
  number: () => (1_234_567.5).toLocaleString(),
  order: () => TEXTS.toSorted((a, b) => a.localeCompare(b)).join(""),
  hours: () => String(new Date(1_780_000_000_000).getTimezoneOffset()),
};
