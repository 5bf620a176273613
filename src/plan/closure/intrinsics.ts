// What JavaScript, Node and asof bring along: known by its name, since its text is native, or changes from version to version.
import { formatTime, parseTime, timestamp } from "../../time.ts";

/** The globals of the language: they and what they hold are looked through. */
const LANGUAGE =
  "AggregateError Array ArrayBuffer AsyncDisposableStack Atomics BigInt BigInt64Array BigUint64Array Boolean DataView Date DisposableStack Error EvalError FinalizationRegistry Float16Array " +
  "Float32Array Float64Array Function Int16Array Int32Array Int8Array Intl Iterator JSON Map Math Number Object Promise Proxy RangeError ReferenceError " +
  "Reflect RegExp Set SharedArrayBuffer String SuppressedError Symbol SyntaxError Temporal TypeError URIError Uint16Array Uint32Array Uint8Array Uint8ClampedArray WeakMap " +
  "WeakRef WeakSet decodeURI decodeURIComponent encodeURI encodeURIComponent escape eval isFinite isNaN parseFloat parseInt unescape";
/** The globals of Node: they may hold the clock, chance and the environment, whose values no version should cover. */
const HOST =
  "AbortController AbortSignal Blob BroadcastChannel Buffer DOMException Event EventTarget File FormData Headers MessageChannel Performance Request Response TextDecoder TextEncoder URL URLPattern URLSearchParams " +
  "WebAssembly WebSocket atob btoa clearImmediate clearInterval clearTimeout console crypto fetch global globalThis localStorage navigator performance process " +
  "queueMicrotask sessionStorage setImmediate setInterval setTimeout structuredClone";

const language: ReadonlySet<string> = new Set(LANGUAGE.split(" "));
const host: ReadonlySet<string> = new Set(HOST.split(" "));
const ASOF = { formatTime, parseTime, timestamp } as const;

/** Whether a global is known by its name: `language`'s members too. Null for what a program made global. */
export function globalKind(name: string): "language" | "host" | null {
  return language.has(name) ? "language" : host.has(name) ? "host" : null;
}

let names: ReadonlyMap<unknown, string> | null = null;

/** `Math.floor` for that function under whatever name it was captured; null for what is neither JavaScript's, Node's nor asof's. */
export function intrinsicName(value: unknown): string | null {
  names ??= collect();
  return names.get(value) ?? null;
}

/** Names all functions and objects within two steps of a global, by the shortest way, then the first in the alphabet. */
function collect(): ReadonlyMap<unknown, string> {
  const found = new Map<unknown, string>(Object.entries(ASOF).map(([name, value]) => [value, `asof.${name}`]));
  let level: [string, unknown][] = [...language, ...host].toSorted().flatMap((name): [string, unknown][] => dataOf(globalThis, name, name));
  for (let depth = 0; depth < 3; depth++) {
    const next: [string, unknown][] = [];
    for (const [name, value] of level) {
      if (found.has(value)) continue;
      found.set(value, name);
      const inner = (key: string | symbol): [string, unknown][] => dataOf(value as object, key, `${name}.${String(key)}`);
      if (language.has(name.split(".", 1)[0] as string)) next.push(...Reflect.ownKeys(value as object).flatMap(inner));
    }
    level = next.toSorted(([a], [b]) => (a < b ? -1 : 1));
  }
  return found;
}

/** A property that holds a function or an object; what a getter would give is left alone. */
function dataOf(owner: object, key: string | symbol, name: string): [string, unknown][] {
  const value: unknown = Reflect.getOwnPropertyDescriptor(owner, key)?.value;
  return (typeof value === "object" && value !== null) || typeof value === "function" ? [[name, value]] : [];
}
