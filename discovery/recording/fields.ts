import type { JsonPath } from './json-position.js';

/** What is wrong with a step, and where in it. */
export class StepProblem extends Error {
  readonly path: JsonPath;
  /** The key itself is meant, not its value. */
  readonly atKey: boolean;

  constructor(path: JsonPath, message: string, atKey = false) {
    super(message);
    this.path = path;
    this.atKey = atKey;
  }
}

/** `poll[0].ports[1].proto`. */
export const pathText = (path: JsonPath): string =>
  path.reduce<string>(
    (text, part) =>
      typeof part === 'number'
        ? `${text}[${String(part)}]`
        : /^\w+$/.test(part)
          ? `${text}${text === '' ? '' : '.'}${part}`
          : `${text}[${JSON.stringify(part.slice(0, 80))}]`,
    '',
  );

/** A value as JSON; `JSON.parse` reads deeper nesting than `JSON.stringify` can write. */
const json = (value: unknown): string => {
  try {
    return JSON.stringify(value);
  } catch (error) {
    if (error instanceof RangeError) return 'something nested too deep';
    throw error;
  }
};

const shown = (value: unknown): string => {
  const text = json(value);
  return text.length <= 60 ? text : `${text.slice(0, 57)}…`;
};

/** A value of JSON and where it stands. Everything throws a {@link StepProblem}. */
export class Value {
  readonly raw: unknown;
  readonly path: JsonPath;

  constructor(raw: unknown, path: JsonPath) {
    this.raw = raw;
    this.path = path;
  }

  /** `expected` ends "… expected". */
  wrong(expected: string): StepProblem {
    return new StepProblem(this.path, `${expected} expected, not ${shown(this.raw)}`);
  }

  get isObject(): boolean {
    return typeof this.raw === 'object' && this.raw !== null && !Array.isArray(this.raw);
  }

  get isList(): boolean {
    return Array.isArray(this.raw);
  }

  text(expected = 'a text'): string {
    if (typeof this.raw !== 'string') throw this.wrong(expected);
    return this.raw;
  }

  flag(): boolean {
    if (typeof this.raw !== 'boolean') throw this.wrong('true or false');
    return this.raw;
  }

  /** A whole number. */
  count(least: number, most: number, what = 'a whole number'): number {
    const { raw } = this;
    if (typeof raw !== 'number' || !Number.isInteger(raw) || raw < least || raw > most)
      throw this.wrong(`${what} from ${String(least)} to ${String(most)}`);
    return raw;
  }

  /** A whole number of up to 64 bits; as text where JSON's numbers are not exact. */
  big(what: string): bigint {
    const { raw } = this;
    if (typeof raw === 'number' && Number.isSafeInteger(raw) && raw >= 0) return BigInt(raw);
    if (typeof raw === 'string' && /^\d{1,20}$/.test(raw)) {
      const value = BigInt(raw);
      if (value < 1n << 64n) return value;
    }
    throw this.wrong(what);
  }

  list(what: string): Value[] {
    if (!Array.isArray(this.raw)) throw this.wrong(what);
    return this.raw.map((item: unknown, index) => new Value(item, [...this.path, index]));
  }

  /** `what` is the object in words, `keys` all that it may have. */
  fields<Key extends string>(what: string, keys: readonly Key[]): Fields<Key> {
    if (!this.isObject) throw this.wrong(`${what} (an object)`);
    const record = this.raw as Record<string, unknown>;
    for (const key of Object.keys(record)) {
      if ((keys as readonly string[]).includes(key)) continue;
      throw new StepProblem([...this.path, key], `unknown key; ${what} has ${keys.join(', ')}`, true);
    }
    return new Fields(record, this.path, what);
  }
}

/** The members of an object of which all keys are known. */
export class Fields<Key extends string> {
  readonly #record: Record<string, unknown>;
  readonly #path: JsonPath;
  readonly #what: string;

  constructor(record: Record<string, unknown>, path: JsonPath, what: string) {
    this.#record = record;
    this.#path = path;
    this.#what = what;
  }

  /** Undefined: not said. */
  get<Result>(key: Key, read: (value: Value) => Result): Result | undefined {
    if (!Object.hasOwn(this.#record, key)) return undefined;
    return read(new Value(this.#record[key], [...this.#path, key]));
  }

  /** As {@link get}, where `null` may be said as well. */
  orNull<Result>(key: Key, read: (value: Value) => Result): Result | null | undefined {
    return this.#record[key] === null ? null : this.get(key, read);
  }

  must<Result>(key: Key, read: (value: Value) => Result): Result {
    const result = this.get(key, read);
    if (result === undefined) throw new StepProblem(this.#path, `${this.#what} needs "${key}"`);
    return result;
  }
}
