/** Keys and indices from the root to a value. */
export type JsonPath = readonly (string | number)[];

/** Levels; a step has five. */
const DEEPEST = 100;
const SPACE = /[ \t\r\n]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
// eslint-disable-next-line no-control-regex -- JSON forbids them in strings
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const WORD = /true|false|null/y;

/** Where it went wrong, and what would have been right there. */
export class JsonSyntaxError extends Error {
  readonly offset: number;

  constructor(offset: number, expected: string) {
    super(expected);
    this.offset = offset;
  }
}

/** Walks one JSON text, to say where in it something stands: `JSON.parse` does not. */
class Walk {
  readonly #text: string;
  readonly #wanted: string | null;
  readonly #atKey: boolean;
  #at = 0;
  found: number | null = null;

  constructor(text: string, wanted: JsonPath | null, atKey: boolean) {
    this.#text = text;
    this.#wanted = wanted === null ? null : JSON.stringify(wanted);
    this.#atKey = atKey;
  }

  run(): void {
    this.#value([]);
    this.#skip();
    if (this.#at < this.#text.length) throw new JsonSyntaxError(this.#at, 'nothing more is expected here');
  }

  #skip(): void {
    SPACE.lastIndex = this.#at;
    SPACE.exec(this.#text);
    this.#at = SPACE.lastIndex;
  }

  #take(pattern: RegExp): string | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0] ?? null;
    if (found !== null) this.#at += found.length;
    return found;
  }

  #note(path: JsonPath): void {
    if (this.#wanted !== null && this.found === null && JSON.stringify(path) === this.#wanted)
      this.found = this.#at;
  }

  #value(path: (string | number)[]): void {
    this.#skip();
    if (path.length > DEEPEST) throw new JsonSyntaxError(this.#at, 'this is nested too deep');
    if (!this.#atKey || path.length === 0 || typeof path.at(-1) === 'number') this.#note(path);
    const next = this.#text[this.#at];
    if (next === '{') this.#members(path);
    else if (next === '[') this.#items(path);
    else if (this.#take(STRING) === null && this.#take(NUMBER) === null && this.#take(WORD) === null)
      throw new JsonSyntaxError(this.#at, 'a value is expected here');
  }

  #members(path: (string | number)[]): void {
    this.#at += 1;
    this.#skip();
    if (this.#text[this.#at] === '}') {
      this.#at += 1;
      return;
    }
    for (;;) {
      this.#skip();
      const keyAt = this.#at;
      const key = this.#take(STRING);
      if (key === null) throw new JsonSyntaxError(this.#at, 'a key in double quotes is expected here');
      path.push(JSON.parse(key) as string);
      if (this.#atKey) {
        const valueAt = this.#at;
        this.#at = keyAt;
        this.#note(path);
        this.#at = valueAt;
      }
      this.#skip();
      if (this.#text[this.#at] !== ':') throw new JsonSyntaxError(this.#at, 'a colon is expected here');
      this.#at += 1;
      this.#value(path);
      path.pop();
      if (this.#ends('}')) return;
    }
  }

  #items(path: (string | number)[]): void {
    this.#at += 1;
    this.#skip();
    if (this.#text[this.#at] === ']') {
      this.#at += 1;
      return;
    }
    for (let index = 0; ; index += 1) {
      path.push(index);
      this.#value(path);
      path.pop();
      if (this.#ends(']')) return;
    }
  }

  #ends(closing: string): boolean {
    this.#skip();
    const next = this.#text[this.#at];
    if (next !== ',' && next !== closing)
      throw new JsonSyntaxError(this.#at, `a comma or ${closing} is expected here`);
    this.#at += 1;
    return next === closing;
  }
}

/** The first thing wrong with a JSON text; null: nothing. Offsets are in characters. */
export const jsonProblem = (text: string): JsonSyntaxError | null => {
  try {
    new Walk(text, null, false).run();
    return null;
  } catch (error) {
    if (error instanceof JsonSyntaxError) return error;
    throw error;
  }
};

/**
 * Where in a JSON text (a valid one) the value at `path` begins, or with `atKey` the key of it; 0 when
 * it is not there.
 */
export const jsonOffset = (text: string, path: JsonPath, atKey = false): number => {
  const walk = new Walk(text, path, atKey);
  try {
    walk.run();
  } catch (error) {
    // Deeper nesting than is walked, which `JSON.parse` took: what is looked for is not below it.
    if (!(error instanceof JsonSyntaxError)) throw error;
  }
  return walk.found ?? 0;
};
