// Functions with all that they capture, as forms: the text of each, and the values of the names that stand in it, as far as they lead.
import { constantWord, patternForm, printed } from "./print.ts";
import { Digests, type Form } from "./form.ts";
import { handedOn, isConstant, isModule, Reading, type Known } from "./reading.ts";
import { Inspection, isProxy, NO_VALUE, type AnyFunction } from "./captured.ts";
import { intrinsicName } from "./intrinsics.ts";
import { isTimestamp } from "../../time.ts";
import { Locals } from "./locals.ts";
import { opaque, unreadable } from "./refusal.ts";
import { children, parseFunction, readsThis, type Node } from "./parse.ts";

/** What esbuild's `__name` is, as it is written into the files that keep names. */
const NAMER = (target: object, value: string): object => Object.defineProperty(target, "name", { value, configurable: true });

/** Finds the digests of functions. One is made for one plan, and closed after it. */
export class Closures {
  readonly #inspection = new Inspection();
  readonly #forms = new Map<unknown, Form>();
  readonly #parsed = new Map<AnyFunction, Node | null>();
  readonly #readings = new Map<AnyFunction, Reading>();
  readonly #digests: Digests;

  /** `hash`: of any text, at a fixed length. Throws a `DefinitionError` where there is no inspector. */
  constructor(hash: (text: string) => string) {
    this.#digests = new Digests(hash);
  }

  /** The digest of a function of a definition. Throws a `Refusal` for what no digest can cover. */
  digest(of: AnyFunction): string {
    return this.#digests.of(this.#function(of, ""));
  }

  /** Ends the connection to the inspector. */
  close(): void {
    this.#inspection.close();
  }

  #parse(of: AnyFunction): Node | null {
    if (!this.#parsed.has(of)) this.#parsed.set(of, parseFunction(String(of)));
    return this.#parsed.get(of) ?? null;
  }

  #reading(of: AnyFunction): Reading {
    const known = this.#readings.get(of);
    if (known !== undefined) return known;
    const id = this.#parse(of)?.["id"] as Node | null | undefined;
    const self = { value: of, name: (id?.["name"] as string | undefined) ?? "" };
    const reading = new Reading(this.#inspection.scopes(of), self, (getter) => this.#aliased(getter));
    this.#readings.set(of, reading);
    return reading;
  }

  /** The value that a getter hands on; null for one that computes. */
  #aliased(getter: AnyFunction): Known | null {
    const expression = handedOn(getter);
    return expression === null ? null : this.#reading(getter).known(expression, new Locals(null, []));
  }

  #value({ value, name }: Known, trail: string): string | Form {
    if (isConstant(value)) return constantWord(value);
    const known = intrinsicName(value);
    if (known !== null) return `intrinsic:${known}`;
    const path = trail === "" ? name : `${trail} -> ${name}`;
    if (value === NO_VALUE) throw opaque(path, "a variable that has no value yet");
    if (typeof value === "symbol") return `symbol:${JSON.stringify(String(value))}`;
    if (typeof value === "function") return this.#function(value as AnyFunction, path);
    const made = this.#forms.get(value);
    if (made !== undefined) return made;
    const form: Form = { parts: [] };
    this.#forms.set(value, form);
    form.parts = this.#object(value, path);
    return form;
  }

  #function(of: AnyFunction, trail: string): Form {
    const made = this.#forms.get(of);
    if (made !== undefined) return made;
    const form: Form = { parts: [] };
    this.#forms.set(of, form);
    form.parts = this.#functionWords(of, trail);
    return form;
  }

  #functionWords(of: AnyFunction, trail: string): (string | Form)[] {
    if (isProxy(of)) throw opaque(trail, "a Proxy");
    const builtin = trail === "" ? null : this.#inspection.nameOfBuiltin(of);
    if (builtin !== null) return [builtin];
    const node = this.#parse(of);
    if (node === null) {
      const isBound = of.name.startsWith("bound ");
      const cure = isBound ? "Write (row) => ... in place of .bind(...)" : "Write it in TypeScript, or as a method with a plain name";
      throw unreadable(trail, isBound ? "is bound, so its text is hidden" : "has no text that can be read", cure);
    }
    const words = printed(node, {
      reading: this.#reading(of),
      trail,
      value: (known) => this.#value(known, trail),
      readsThis: (value) => typeof value === "function" && this.#readsThis(value as AnyFunction),
      isNamer: (known) => this.#isNamer(known, trail),
    });
    return [...words, ...this.#fields(of, Object.keys(of), trail), ...this.#methods(of, node, trail)];
  }

  /** The methods that were put on the prototype of a function, as classes were once written. */
  #methods(of: AnyFunction, node: Node, trail: string): (string | Form)[] {
    const prototype: unknown = node.type === "FunctionExpression" ? Reflect.getOwnPropertyDescriptor(of, "prototype")?.value : undefined;
    if (typeof prototype !== "object" || prototype === null) return [];
    const names = Reflect.ownKeys(prototype).filter((key) => key !== "constructor");
    return names.length === 0 ? [] : ["prototype", ...this.#fields(prototype, names, trail)];
  }

  #readsThis(of: AnyFunction): boolean {
    const node = this.#parse(of);
    return node !== null && node.type !== "ArrowFunctionExpression" && children(node).some(readsThis);
  }

  /** Compared by its words, all of them text, since the forms that others refer to may not be complete yet. */
  #isNamer(known: Known, trail: string): boolean {
    if (typeof known.value !== "function" || known.value.length !== 2 || String(known.value).length > 200) return false;
    const form = this.#value(known, trail);
    const { parts } = this.#function(NAMER, "__name");
    return typeof form !== "string" && form.parts.length === parts.length && form.parts.every((part, i) => part === parts[i]);
  }

  #object(value: object, trail: string): readonly (string | Form)[] {
    const prototype: unknown = Object.getPrototypeOf(value);
    const item = (content: unknown, name: string): string | Form => this.#value({ value: content, name }, trail);
    if (isModule(value)) {
      const names = Object.keys(value).filter((name) => name !== "__esModule" && name !== "module.exports");
      return ["module", ...this.#fields(value, names.toSorted(), trail)];
    }
    if (isProxy(value)) throw opaque(trail, "a Proxy"); // after the modules, which loaders may hand out behind one
    if (prototype === null || prototype === Object.prototype) {
      return [prototype === null ? "bare" : "object", ...this.#fields(value, Reflect.ownKeys(value), trail)];
    }
    switch (intrinsicName(prototype) ?? "") {
      case "Array.prototype":
        return ["array", ...Array.from(value as unknown[], (content, i) => (i in value ? item(content, `[${i}]`) : "_"))];
      case "Map.prototype":
        return ["map", ...[...(value as Map<unknown, unknown>)].flatMap(([key, content]) => [item(key, "a key"), item(content, String(key))])];
      case "Set.prototype":
        return ["set", ...Array.from(value as Set<unknown>, (content) => item(content, "an element"))];
      case "Date.prototype":
        return ["date", String((value as Date).getTime())];
      case "RegExp.prototype":
        return patternForm(value as RegExp).parts;
      default:
        return this.#instance(value, prototype as object, trail);
    }
  }

  #instance(value: object, prototype: object, trail: string): (string | Form)[] {
    if (isTimestamp(value) && Object.keys(value).join() === "micros") return ["timestamp", String(value.micros)];
    if (value instanceof ArrayBuffer) return ["bytes", hex(new Uint8Array(value))];
    if (ArrayBuffer.isView(value)) {
      const { buffer, byteOffset, byteLength } = value;
      return ["view", intrinsicName(value.constructor) ?? "Buffer", hex(new Uint8Array(buffer, byteOffset, byteLength))];
    }
    const words: (string | Form)[] = ["instance"];
    for (let at: object | null = prototype; at !== Object.prototype && at !== null; at = Object.getPrototypeOf(at) as object | null) {
      const maker: unknown = Reflect.getOwnPropertyDescriptor(at, "constructor")?.value;
      const node = typeof maker === "function" && intrinsicName(maker) === null ? this.#parse(maker as AnyFunction) : null;
      if (node === null || hidesState(node)) throw opaque(trail, `${aKind(value)}, whose state cannot be seen`);
      words.push(this.#function(maker as AnyFunction, trail));
    }
    return [...words, ...this.#fields(value, Reflect.ownKeys(value), trail)];
  }

  #fields(owner: object, names: readonly (string | symbol)[], trail: string): (string | Form)[] {
    return names.flatMap((name) => {
      const { get, set, value } = Reflect.getOwnPropertyDescriptor(owner, name) as PropertyDescriptor;
      const key = typeof name === "symbol" ? `symbol:${JSON.stringify(String(name))}` : JSON.stringify(name);
      const item = (content: unknown): string | Form => this.#value({ value: content, name: String(name) }, trail);
      if (get === undefined && set === undefined) return [key, item(value)];
      const aliased = get === undefined ? null : this.#aliased(get as AnyFunction);
      return aliased === null ? [key, "get", item(get), "set", item(set)] : [key, item(aliased.value)];
    });
  }
}

/** Whether instances of a class have `#private` fields. */
function hidesState(node: Node): boolean {
  const members = node.type === "ClassExpression" ? ((node["body"] as Node)["body"] as readonly Node[]) : [];
  return members.some((member) => (member["key"] as Node | undefined)?.type === "PrivateIdentifier" && member["static"] !== true);
}

function aKind(value: object): string {
  const name = (value.constructor as { readonly name?: string } | undefined)?.name ?? "object";
  return `${/^[AEIOU]/.test(name) ? "an" : "a"} ${name}`;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
}
