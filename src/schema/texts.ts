// Texts with numbers: a dictionary under construction, into which those of others are translated.

/** Texts, each once, numbered from 0. */
export class Texts {
  readonly dictionary: string[] = [];
  readonly #ids: Map<string, number> = new Map();
  /** The numbers here of the texts of other dictionaries, -1 where a text has not been met yet. */
  readonly #translations: Map<readonly string[], Int32Array> = new Map();

  /** The number of a text. */
  id(text: string): number {
    let id = this.#ids.get(text);
    if (id === undefined) this.#ids.set(text, (id = this.dictionary.push(text) - 1));
    return id;
  }

  /** The numbers here of texts that have these numbers in another dictionary; -1, for null, stays. Only texts that occur are taken in. */
  translated(ids: Int32Array, dictionary: readonly string[]): Int32Array {
    let translation = this.#translations.get(dictionary);
    if (translation === undefined) this.#translations.set(dictionary, (translation = new Int32Array(dictionary.length).fill(-1)));
    const translated = new Int32Array(ids.length).fill(-1);
    for (let i = 0; i < ids.length; i++) {
      const id = ids[i] as number;
      if (id < 0) continue;
      if (translation[id] === -1) translation[id] = this.id(dictionary[id] as string);
      translated[i] = translation[id] as number;
    }
    return translated;
  }
}
