// What functions capture, read through V8's inspector, which alone can see it; the only file that touches Node's own modules for that.
import { Session } from "node:inspector";
import { types } from "node:util";
import { DefinitionError } from "../../errors.ts";

/** Any function. */
export type AnyFunction = (...args: never[]) => unknown;
/** Finds the value of a captured variable by its name; undefined if no scope around the function has it, so that it is a global or nothing. */
export type Scopes = (name: string) => { readonly value: unknown } | undefined;
/** Stands for the value of a `const` further down in a file that still runs. Node 20 shows undefined there, like a `let` without a value. */
export const NO_VALUE: unique symbol = Symbol("no value yet");

interface Remote {
  readonly objectId: string;
}
interface Property {
  readonly name: string;
  readonly value?: Remote;
}
interface ScopeEntry {
  readonly description: string;
  readonly object: object;
}
/** Through which values pass between this code and the inspector's: a property of a class that both reach, in any vm context. */
interface Holder {
  /** The function in question, in an array of its own: listing that is cheaper than running code in the inspector. */
  readonly slot: (AnyFunction | null)[];
  scopes: readonly ScopeEntry[];
  builtin: unknown;
}

const HOLDER = Symbol.for("asof.captured");
const SESSION = 'process.getBuiltinModule("node:inspector").Session';
/** Node's modules whose functions depend on their arguments alone, or mostly so, under the names by which they are known. */
const PURE_BUILTINS = ["buffer", "crypto", "path/posix", "path/win32", "path", "querystring", "string_decoder", "url", "util", "zlib"] as const;

/** A short connection to the inspector of this thread. Close it after use. */
export class Inspection {
  readonly #session = new Session();
  readonly #holder: Holder = { slot: [null], scopes: [], builtin: null };
  readonly #holderId: string;
  readonly #slotId: string;
  #builtins: Map<unknown, string> | null = null;

  /** Throws a `DefinitionError` where Node was built without its inspector, or does not allow it. */
  constructor() {
    try {
      this.#session.connect();
      (Session as unknown as Record<symbol, unknown>)[HOLDER] = this.#holder;
      this.#holderId = this.#evaluate(`${SESSION}[Symbol.for("asof.captured")]`);
      this.#slotId = this.#evaluate(`${SESSION}[Symbol.for("asof.captured")].slot`);
    } catch (error) {
      this.close();
      throw new DefinitionError(
        {
          code: "DEFINITION_NO_INSPECTOR",
          what: `Node's inspector cannot be used here (${(error as Error).message}), and only it can read what a row function captures`,
          cure: "Run a Node that was built with its inspector; under --permission, allow it by --allow-inspector where Node has that",
        },
        { cause: error },
      );
    }
  }

  /** The variables that a function captured. They are looked for when the first is asked for: most row functions have none. */
  scopes(of: AnyFunction): Scopes {
    let found: readonly object[] | null = null;
    return (name) => lookUp((found ??= this.#around(of)), name);
  }

  /** The scopes around a function, the innermost first, globals left out. */
  #around(of: AnyFunction): readonly object[] {
    this.#holder.slot[0] = of;
    const [item] = this.#properties(this.#slotId).result;
    const { internalProperties } = this.#properties(item?.value?.objectId as string);
    const scopes = internalProperties?.find(({ name }) => name === "[[Scopes]]");
    if (scopes === undefined) throw new Error("the inspector shows no scopes of a function"); // weaker versions must not pass silently
    this.#post("Runtime.callFunctionOn", {
      objectId: scopes.value?.objectId,
      functionDeclaration: "function (holder) { holder.scopes = Array.from(this); }",
      arguments: [{ objectId: this.#holderId }],
    });
    return this.#holder.scopes.filter(({ description }) => description !== "Global").map(({ object }) => object);
  }

  /** `node:crypto.createHash` for what one of Node's modules exports, null for anything else. */
  nameOfBuiltin(value: unknown): string | null {
    this.#builtins ??= new Map(PURE_BUILTINS.toReversed().flatMap((module) => this.#exports(module)));
    return this.#builtins.get(value) ?? null;
  }

  #exports(module: string): [unknown, string][] {
    this.#evaluate(`(${SESSION}[Symbol.for("asof.captured")].builtin = process.getBuiltinModule("node:${module}"))`);
    const fields = Object.entries(Object.getOwnPropertyDescriptors(this.#holder.builtin as object));
    return fields.flatMap(([name, { value }]): [unknown, string][] => (typeof value === "function" ? [[value, `node:${module}.${name}`]] : []));
  }

  /** Ends the connection. */
  close(): void {
    delete (Session as unknown as Record<symbol, unknown>)[HOLDER];
    this.#session.disconnect();
  }

  /** The id of an expression's value, in Node's main context. */
  #evaluate(expression: string): string {
    const { result } = this.#post<{ result: Remote }>("Runtime.evaluate", { expression });
    if (result.objectId === undefined) throw new Error("it sees no objects of this program");
    return result.objectId;
  }

  #properties(objectId: string): { readonly result: readonly Property[]; readonly internalProperties?: readonly Property[] } {
    return this.#post("Runtime.getProperties", { objectId, ownProperties: true });
  }

  /** The answer of the inspector, which calls back before `post` returns. */
  #post<T>(method: string, parameters: object): T {
    let answer: unknown;
    let failed: Error | null = null;
    this.#session.post(method, parameters, (error, result) => {
      failed = error;
      answer = result;
    });
    if (failed !== null) throw Object.assign(new Error(`the inspector failed on ${method}`), { cause: failed });
    return answer as T;
  }
}

function lookUp(scopes: readonly object[], name: string): ReturnType<Scopes> {
  for (const scope of scopes) {
    try {
      if (Object.hasOwn(scope, name)) return { value: (scope as Record<string, unknown>)[name] };
    } catch {
      return { value: NO_VALUE }; // from Node 22 on, such a variable throws
    }
  }
  return undefined;
}

/** Whether a value is a Proxy, whose content is what its handler says at the moment. */
export const isProxy: (value: unknown) => boolean = types.isProxy;
/** Whether a value is what `import * as` gives. */
export const isNamespace: (value: unknown) => boolean = types.isModuleNamespaceObject;
