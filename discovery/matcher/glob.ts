import { RE2JS } from 're2js';
import type { PatternProblem } from './pattern.js';

/** A glob in OBI's sense: it describes the whole text, in linear time. */
export class Glob {
  readonly #compiled: RE2JS;

  /** @internal {@link compileGlob} makes them. */
  constructor(compiled: RE2JS) {
    this.#compiled = compiled;
  }

  test(text: string): boolean {
    return this.#compiled.testExact(text);
  }
}

/** Deepest nesting of `{…}`: far more than anybody writes, and less than RE2's parser refuses. */
const DEEPEST = 200;

class Refusal extends Error {
  readonly position: number;

  constructor(message: string, position: number) {
    super(message);
    this.position = position;
  }
}

const fail = (message: string, position: number): never => {
  throw new Refusal(message, position);
};

const inClass = (character: string): string => `\\x{${(character.codePointAt(0) ?? 0).toString(16)}}`;

/** Walks a glob by whole characters; offsets are those of the text. */
class Walk {
  readonly text: string;
  at = 0;

  constructor(text: string) {
    this.text = text;
  }

  /** The character here, without passing it; empty at the end. */
  peek(): string {
    const code = this.text.codePointAt(this.at);
    return code === undefined ? '' : String.fromCodePoint(code);
  }

  take(): string {
    const character = this.peek();
    this.at += character.length;
    return character;
  }

  /** A backslash was taken: the character that it makes literal. */
  escaped(): string {
    const character = this.take();
    if (character === '') fail('a "\\" at the end escapes nothing; write "\\\\" for itself', this.at - 1);
    return character;
  }
}

/** After `[`: either one range `a-z`, or a list of characters, as OBI's glob library has it. */
const characterClass = (walk: Walk): string => {
  const open = walk.at - 1;
  const unclosed = (): never => fail('a "[" is never closed with "]"; write "\\[" for itself', open);
  const negated = walk.peek() === '!';
  if (negated) walk.take();
  const start = walk.at;
  const first = walk.take();
  if (first === '') unclosed();
  if (walk.peek() === '-') {
    walk.take();
    const last = walk.take();
    if (last === '') unclosed();
    const end = walk.at;
    const closing = walk.take();
    if (closing === '') unclosed();
    if (closing !== ']') {
      const hint = 'a class is one range or a list of characters; write for example {[a-z],[0-9]}';
      fail(`expected "]" after the range "${first}-${last}": ${hint}`, end);
    }
    if ((last.codePointAt(0) ?? 0) < (first.codePointAt(0) ?? 0)) {
      fail(`the range runs backwards; write ${last}-${first}`, start);
    }
    return `[${negated ? '^' : ''}${inClass(first)}-${inClass(last)}]`;
  }
  walk.at = start;
  let list = '';
  for (;;) {
    const character = walk.take();
    if (character === '') unclosed();
    if (character === ']') break;
    list += inClass(character === '\\' ? walk.escaped() : character);
  }
  if (list === '') fail('the class is empty; name a character in it, or write "\\[" for itself', open);
  return `[${negated ? '^' : ''}${list}]`;
};

/** The glob as a regular expression of RE2, every literal quoted. Throws a {@link Refusal}. */
const translate = (text: string): string => {
  const walk = new Walk(text);
  const braces: number[] = [];
  let source = '';
  for (;;) {
    const at = walk.at;
    const character = walk.take();
    switch (character) {
      case '': {
        const open = braces.at(-1);
        if (open !== undefined) fail('a "{" is never closed with "}"; write "\\{" for itself', open);
        return source;
      }
      case '*':
        while (walk.peek() === '*') walk.take();
        source += '(?s:.*)';
        break;
      case '?':
        source += '(?s:.)';
        break;
      case '[':
        source += characterClass(walk);
        break;
      case '{':
        if (braces.length === DEEPEST) fail(`"{" is nested more than ${String(DEEPEST)} deep`, at);
        braces.push(at);
        source += '(?:';
        break;
      case ',':
        source += braces.length > 0 ? '|' : ',';
        break;
      case '}':
        if (braces.pop() === undefined) source += '\\}';
        else source += ')';
        break;
      case '\\':
        source += RE2JS.quote(walk.escaped());
        break;
      default:
        source += RE2JS.quote(character);
    }
  }
};

/**
 * Compiles a glob as OBI's `instrument` has it: the whole text must fit; `*` and `**` stand for any
 * text (`/` included), `?` for one character, `[abc]`, `[!abc]`, `[a-z]`, `[!a-z]` for one of (or
 * not of) these, `{a,b}` for one of several globs, `\` makes the next character literal.
 */
export const compileGlob = (text: string): Glob | PatternProblem => {
  try {
    return new Glob(RE2JS.compile(translate(text)));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { message: error.message, position: error.position };
  }
};
