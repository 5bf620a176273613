// Forms: the graph that a function and what it captures make, and a digest of it that does not tell how it was walked.

/** A node: its own words, and the nodes that it refers to, in order. Cycles (recursive functions) are allowed. */
export interface Form {
  parts: readonly (string | Form)[];
}

/** What is shorter stands in its parent as it is; what is longer, as its hash. */
const SHORT = 64;

/** Digests of forms. Forms that unfold to the same tree, however they share and cycle, have the same digest. */
export class Digests {
  readonly #hash: (text: string) => string;
  readonly #known = new Map<Form, string>();
  readonly #order = new Map<Form, number>();
  readonly #open: Form[] = [];

  /** `hash`: of any text, at a fixed length. */
  constructor(hash: (text: string) => string) {
    this.#hash = hash;
  }

  /** The digest of a form that is complete. */
  of(form: Form): string {
    if (!this.#known.has(form)) this.#visit(form);
    return this.#known.get(form) as string;
  }

  /** Tarjan's strongly connected components: each cycle is digested as one, after all that it refers to. Returns the low link. */
  #visit(form: Form): number {
    const index = this.#order.size;
    this.#order.set(form, index);
    const start = this.#open.push(form) - 1;
    let low = index;
    let loops = false;
    for (const part of form.parts) {
      if (typeof part === "string" || this.#known.has(part)) continue;
      loops ||= part === form;
      low = Math.min(low, this.#order.get(part) ?? this.#visit(part));
    }
    if (low === index) this.#close(this.#open.splice(start), loops);
    return low;
  }

  #close(component: readonly Form[], loops: boolean): void {
    const [only] = component;
    if (component.length > 1 || loops) return this.#closeCycle(component);
    const text = this.#text(only as Form, this.#known);
    this.#known.set(only as Form, text.length <= SHORT ? text : `#${this.#hash(text)}`);
  }

  /**
   * Forms of a cycle are told apart by what they say, then by what those say that they refer to, until no more are told
   * apart. A form's digest is then its own label and the whole cycle's: which label refers to which.
   */
  #closeCycle(component: readonly Form[]): void {
    let last = new Map<Form, string>();
    let labels = new Map(component.map((form) => [form, "@"]));
    for (let before = 0, told = 1; told > before;) {
      last = labels;
      labels = new Map(component.map((form) => [form, `#${this.#hash(this.#text(form, this.#known, last))}`]));
      before = told;
      told = new Set(labels.values()).size;
    }
    const cycle = [...new Set(component.map((form) => `${last.get(form)}=${labels.get(form)}`))].toSorted().join(" ");
    for (const [form, label] of labels) this.#known.set(form, `#${this.#hash(`${label} in ${cycle}`)}`);
  }

  #text(form: Form, known: ReadonlyMap<Form, string>, cycle?: ReadonlyMap<Form, string>): string {
    return `(${form.parts.map((part) => (typeof part === "string" ? part : (cycle?.get(part) ?? known.get(part)))).join(" ")})`;
  }
}
